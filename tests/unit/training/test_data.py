"""Comparisons to train on, written and read again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from rrm_ui.training.comparisons.families.sums import FAMILY
from rrm_ui.training.comparisons.generate import generate
from rrm_ui.training.data import read_comparisons, write_comparisons


def test_line_ends_within_a_text_lose_no_thought(tmp_path: Path) -> None:
    written = [replace(one, query=f"{one.query}\u2028\u0085 too") for one in generate([FAMILY], 4, "train", 0)]
    write_comparisons(tmp_path / "some.jsonl", written)
    read = read_comparisons(str(tmp_path / "some.jsonl"), 1.0).comparisons
    assert read == written
    assert all(one.working for one in read)


def test_a_byte_order_mark_and_a_torn_row_cost_the_others_no_thought(tmp_path: Path) -> None:
    written = list(generate([FAMILY], 4, "train", 0))
    place = tmp_path / "some.jsonl"
    write_comparisons(place, written)
    first, rest = place.read_text(encoding="utf-8").split("\n", 1)
    place.write_text("\ufeff" + first[: len(first) // 2] + "\n" + rest, encoding="utf-8")
    read = read_comparisons(str(place), 1.0, {"query": "question"})
    assert read.comparisons == written[1:]
    assert read.left_out == 1


def test_rows_of_another_kind_among_them_are_learned_from_too(tmp_path: Path) -> None:
    place = tmp_path / "all.jsonl"
    write_comparisons(place, generate([FAMILY], 3, "train", 0))
    other = {"query": "q", "response_a": "a", "response_b": "b", "label": "B"}
    place.write_text(place.read_text(encoding="utf-8") + json.dumps(other) + "\n", encoding="utf-8")
    read = read_comparisons(str(place), 1.0)
    assert [one.query for one in read.comparisons][3:] == ["q"]
    assert read.left_out == 0
