"""Comparisons to train on, written and read again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rrm_ui.training.comparisons.families.sums import FAMILY
from rrm_ui.training.comparisons.generate import generate
from rrm_ui.training.data import counted, read_comparisons, write_comparisons


def write(place: Path, *rows: object) -> Path:
    place.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return place


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
    read = read_comparisons(str(place), 1.0)
    assert read.comparisons == written[1:]
    assert read.left_out == 1


def test_labels_of_our_rows_are_read_as_those_of_others(tmp_path: Path) -> None:
    made = [one.to_dict() for one in generate([FAMILY], 6, "train", 0)]
    labels = ("a", "B", "tie", "model_2", "neither of the two", None)
    place = write(tmp_path / "some.jsonl", *({**row, "label": label} for row, label in zip(made, labels, strict=True)))
    read = read_comparisons(str(place), 1.0)
    assert [one.label for one in read.comparisons] == ["A", "B", "B"]
    assert read.left_out == 3
    assert all(one.working for one in read.comparisons)


def test_what_was_said_about_columns_and_labels_holds_for_our_rows(tmp_path: Path) -> None:
    first, second = (one.to_dict() for one in generate([FAMILY], 2, "train", 0))
    place = write(tmp_path / "some.jsonl", {**first, "label": 1, "better": 0}, {**second, "label": 1, "better": 1})
    read = read_comparisons(str(place), 1.0, {"label": "better"}, {"0": "A", "1": "B"})
    assert [one.label for one in read.comparisons] == ["A", "B"]
    assert [one.working for one in read.comparisons] == [first["working"], second["working"]]


@pytest.mark.parametrize("text", ["", None, 5])
def test_a_row_whose_text_cannot_be_judged_is_left_out(tmp_path: Path, text: object) -> None:
    made = [one.to_dict() for one in generate([FAMILY], 3, "train", 0)]
    place = write(tmp_path / "some.jsonl", *made[:2], {**made[2], "query": text})
    read = read_comparisons(str(place), 1.0)
    assert [one.id for one in read.comparisons] == [row["id"] for row in made[:2]]
    assert read.left_out == 1


def test_rows_of_another_kind_among_them_are_learned_from_too_and_cost_no_thought(tmp_path: Path) -> None:
    written = list(generate([FAMILY], 3, "train", 0))
    other = {"id": "another", "query": "q", "response_a": "a", "response_b": "b", "label": "B"}
    place = write(tmp_path / "all.jsonl", *(one.to_dict() for one in written), other)
    read = read_comparisons(str(place), 1.0)
    assert read.comparisons[:3] == written
    assert [(one.query, one.has_thought) for one in read.comparisons[3:]] == [("q", False)]
    assert read.left_out == 0


def test_a_thought_takes_its_parts_and_nothing_else_of_our_rows(tmp_path: Path) -> None:
    row = {"prompt": "1 + 1?", "output_1": "3", "output_2": "2", "winner": "output_2"}
    parts = {"working": "1 + 1 = 2.", "finding_a": "says 3: wrong", "finding_b": "says 2: right"}
    chinese = {"working": "1加1得2。", "finding_a": "说3，错", "finding_b": "说2，对"}
    half = {**parts, "finding_b": " "}
    place = write(tmp_path / "own.jsonl", *({**row, **words} for words in (parts, chinese, half)))
    full, in_chinese, without = read_comparisons(str(place), 1.0).comparisons
    assert full.thought("BA") == (
        "1 + 1 = 2.\nAssistant 1 says 2: right. Assistant 2 says 3: wrong.\nAssistant 1 is better."
    )
    assert in_chinese.thought("AB") == "1加1得2。\n助手1说3，错。助手2说2，对。\n助手2更好。"
    assert not without.has_thought


def test_a_whole_thought_is_taught_as_it_stands_to_who_sees_a_first(tmp_path: Path) -> None:
    row = {"query": "1 + 1?", "response_a": "3", "response_b": "2", "label": "B"}
    place = write(tmp_path / "own.jsonl", {**row, "thought": "Assistant 1 cannot add.\n"})
    (one,) = read_comparisons(str(place), 1.0).comparisons
    assert one.thought("AB") == "Assistant 1 cannot add."
    with pytest.raises(ValueError, match="A before B"):
        one.thought("BA")
    write_comparisons(tmp_path / "again.jsonl", [one])
    assert read_comparisons(str(tmp_path / "again.jsonl"), 1.0).comparisons == [one]


def test_the_same_comparison_the_other_way_round_is_no_different_one() -> None:
    one, other = generate([FAMILY], 2, "train", 0)
    turned = replace(one, id="turned", response_a=one.response_b, response_b=one.response_a)
    assert counted([one, other]) == "2"
    assert counted([one, other, turned, other] * 500) == "2,000, 2 of them different"
