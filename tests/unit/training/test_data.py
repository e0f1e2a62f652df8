"""Comparisons to train on, written and read again."""

from __future__ import annotations

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
