"""Responses that are empty, and two that are the same."""

from __future__ import annotations

import pytest

from rrm_ui.evaluation.rows import EMPTY_RESPONSE
from tests.unit.evaluation.small_sources import ROW, imported, only, reasons, turns


def test_one_response_may_be_empty_and_is_the_worse_where_the_other_was_chosen() -> None:
    pair = {"prompt": "q", "chosen": "4"}
    nothing: tuple[object, ...] = ("", " ", None, float("nan"), [])
    found = imported(
        *[{**pair, "rejected": empty} for empty in nothing],
        {"prompt": "q", "chosen": "", "rejected": "4"},
        {**pair, "chosen": None, "rejected": " "},
        {**pair, "chosen": [], "rejected": []},
        pair,
    )
    pairs = [(i.response_a, i.response_b) if i.label == "A" else (i.response_b, i.response_a) for i in found.items]
    assert pairs == [("4", EMPTY_RESPONSE)] * 5 + [(EMPTY_RESPONSE, "4")]
    assert reasons(found) == {7: "both responses are empty", 8: "both responses are empty", 9: "'rejected' is empty"}
    labelled = only(imported({**ROW, "response_a": "", "label": "B"}))
    assert (labelled.response_a, labelled.response_b, labelled.label) == (EMPTY_RESPONSE, "5", "B")
    unlabelled = only(imported({**ROW, "response_b": None, "label": None}))
    assert (unlabelled.response_b, unlabelled.label) == (EMPTY_RESPONSE, None)


def test_an_empty_response_is_one_of_two_that_say_which_is_better() -> None:
    row = {"query": "q", "response_a": "4", "response_b": "", "chosen": "4", "rejected": ""}
    found = imported(row, {**row, "rejected": "5"})
    assert [(item.response_b, item.label) for item in found.items] == [(EMPTY_RESPONSE, "A")]
    assert list(reasons(found)) == [2]


def test_of_two_equal_responses_neither_is_better() -> None:
    same = {"query": "2 + 2?", "response_a": "4", "response_b": "4"}
    found = imported(*[{**same, "label": label} for label in ("A", "B", "tie", None)], {**ROW, "label": "B"})
    assert [(item.id, item.label) for item in found.items] == [("3", "tie"), ("4", None), ("5", "B")]
    assert reasons(found) == dict.fromkeys((1, 2), "both responses are the same, so that neither is better")
    pairs = [{"prompt": f"{n}?", "chosen": "4", "rejected": "4" if n < 8 else "5"} for n in range(9)]
    assert list(reasons(imported(*pairs))) == [*range(1, 9)]


@pytest.mark.parametrize(
    "empty",
    [
        *[[*turns("q"), {"role": "assistant", "content": content}] for content in ("", None, [], [{"text": " "}])],
        [],
        None,
        "",
    ],
)
def test_of_two_conversations_one_may_end_with_an_empty_answer(empty: object) -> None:
    asked: list[dict[str, object]] = [{"chosen": turns("q", "4")}, {"prompt": turns("q"), "chosen": turns("q", "4")}]
    for row in asked:
        item = only(imported({**row, "rejected": empty}))
        assert (item.query, {item.response_a, item.response_b}) == ("q", {"4", EMPTY_RESPONSE})
    alone = only(imported({"prompt": "q", "chosen": "4", "rejected": [{"role": "assistant", "content": ""}]}))
    assert {alone.response_a, alone.response_b} == {"4", EMPTY_RESPONSE}
    found = imported({"chosen": turns("q", "4"), "rejected": empty}, {"chosen": turns("q", ""), "rejected": empty})
    assert reasons(found) == {2: "both responses are empty"}


def test_an_answer_without_text_is_not_always_empty() -> None:
    call = {"role": "assistant", "content": None, "tool_calls": [{"name": "search"}]}
    picture = {"role": "assistant", "content": [{"type": "image_url", "text": ""}]}
    pair = {"prompt": "q", "chosen": "4"}
    found = imported(pair | {"rejected": "5"}, *[{**pair, "rejected": [*turns("q"), last]} for last in (call, picture)])
    assert reasons(found) == {2: "'rejected' is empty", 3: "'rejected' holds something other than text"}


def test_an_empty_conversation_shares_all_turns_before_the_answer() -> None:
    item = only(imported({"chosen": turns("q", "a", "more", "b"), "rejected": []}))
    assert item.query == "User: q\n\nAssistant: a\n\nUser: more"
    assert {item.response_a, item.response_b} == {"b", EMPTY_RESPONSE}
