"""Rows of a file that share an id, and comparisons that it holds more than once."""

from __future__ import annotations

from typing import Any

import pytest

from rrm_ui.evaluation.repeats import find_repeats
from tests.unit.evaluation.small_sources import ROW, imported, reasons


def pair(name: object, rejected: str, query: str = "q") -> dict[str, Any]:
    return {"id": name, "prompt": query, "chosen": "right", "rejected": rejected}


def ids(*rows: dict[str, Any]) -> list[str]:
    found = imported(*rows)
    assert not found.broken
    return [item.id for item in found.items]


def test_pairs_of_one_prompt_that_share_its_id_are_all_kept() -> None:
    found = imported(*[pair("p1", rejected) for rejected in ("a", "b", "c")], pair("p2", "a"))
    assert not found.broken
    assert [item.id for item in found.items] == ["p1", "p1#2", "p1#3", "p2"]
    assert [{item.response_a, item.response_b} - {"right"} for item in found.items] == [{"a"}, {"b"}, {"c"}, {"a"}]
    assert len({item.group for item in found.items}) == 1


def test_an_id_that_is_made_up_is_nobody_elses() -> None:
    assert ids(pair("p", "a"), pair("p", "b"), pair("p#2", "c"), pair("p", "d")) == ["p", "p#3", "p#2", "p#4"]
    assert ids(pair("p#2", "a"), pair("p#2", "b"), pair("p", "c"), pair("p", "d")) == ["p#2", "p#2#2", "p", "p#3"]
    broken = {**pair("p#2", "a"), "prompt": ""}
    assert [item.id for item in imported(pair("p", "a"), pair("p", "b"), broken).items] == ["p", "p#3"]
    assert ids(pair(2, "a"), pair(None, "b"), pair("2.0", "c")) == ["2", "2#2", "2.0"]


def test_the_same_row_twice_counts_once() -> None:
    found = imported(pair("p", "a"), pair("p", "b"), pair("p", "a"), pair("p", "c"), pair("p", "b"))
    assert [item.id for item in found.items] == ["p", "p#2", "p#3"]
    assert reasons(found) == dict.fromkeys((3, 5), "the same comparison with the id 'p' was there before")


def test_the_same_texts_with_another_label_are_kept_under_one_id_too() -> None:
    found = imported(*[{**ROW, "id": "x", "label": label} for label in ("A", "B", "tie", None)])
    assert [(item.id, item.label) for item in found.items] == [("x", "A"), ("x#2", "B"), ("x#3", "tie"), ("x#4", None)]


SWAPPED = {**ROW, "response_a": ROW["response_b"], "response_b": ROW["response_a"]}


@pytest.mark.parametrize(
    ("rows", "repeated", "contradicted"),
    [
        ([ROW, {**ROW, "query": "3 + 1?"}, {**ROW, "response_b": "6"}], 0, 0),
        ([ROW, ROW, ROW], 2, 0),
        ([ROW, {**SWAPPED, "label": "B"}], 1, 0),
        ([ROW, {**ROW, "label": "B"}], 0, 2),
        ([ROW, SWAPPED], 0, 2),
        ([SWAPPED, ROW], 0, 2),
        ([ROW, {**ROW, "label": "tie"}], 0, 2),
        ([{**ROW, "label": "tie"}, {**SWAPPED, "label": "tie"}], 1, 0),
        ([ROW, {**ROW, "label": None}], 0, 0),
        ([{**ROW, "label": None}, {**SWAPPED, "label": None}], 1, 0),
        ([ROW, ROW, {**ROW, "label": "B"}, {**ROW, "label": None}], 1, 3),
    ],
)
def test_repeats_and_contradictions_are_counted(rows: list[dict[str, Any]], repeated: int, contradicted: int) -> None:
    found = imported(*rows)
    assert len(found.items) == len(rows)
    assert find_repeats(found.items) == (repeated, contradicted)
