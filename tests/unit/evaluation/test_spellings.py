"""Names of columns, and conversations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.importing import import_file
from tests.unit.evaluation.small_sources import ROW, imported, only, reasons, turns, write_csv

SAMPLES = Path(__file__).parents[2] / "samples"


# Columns


@pytest.mark.parametrize("query", ["query", "Prompt", "instruction", "QUESTION", "input"])
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("response_a", "response_b"),
        ("Response A", "Response B"),
        ("response-1", "response-2"),
        ("response1", "response2"),
        ("output_1", "output_2"),
        ("answer_a", "answer_b"),
        ("completion_a", "completion_b"),
    ],
)
def test_columns_are_known_by_many_names(query: str, a: str, b: str) -> None:
    item = only(imported({query: "q", a: "4", b: "5", "Winner": b}))
    assert (item.query, item.response_a, item.response_b, item.label) == ("q", "4", "5", "B")


def test_an_input_is_appended_to_an_instruction() -> None:
    rows = {"instruction": "Shorten.", "input": "A long text", "output_1": "x", "output_2": "y"}
    assert only(imported(rows)).query == "Shorten.\n\nA long text"
    assert only(imported({**rows, "input": None})).query == "Shorten."
    assert only(imported({**rows, "prompt": "p"})).query == "p"


def test_named_columns_win() -> None:
    row = {
        "query": "no",
        "response_a": "no",
        "response_b": "no",
        "Task": "q",
        "gpt": "4",
        "claude": "5",
        "vote": "claude",
    }
    named = {"query": "task", "response_a": "gpt", "response_b": "claude", "label": "vote"}
    found = imported(row, columns=named)
    assert only(found).comparison.to_dict() == {"query": "q", "response_a": "4", "response_b": "5"}
    assert only(found).label == "B"
    assert found.columns == {"query": "Task", "response_a": "gpt", "response_b": "claude", "label": "vote"}


def test_names_for_nothing_are_refused() -> None:
    with pytest.raises(BadInput, match=r"no column 'vote'; its columns are 'query'"):
        imported(ROW, columns={"label": "vote"})
    with pytest.raises(BadInput, match="no field 'winner' to name"):
        imported(ROW, columns={"winner": "label"})


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"response_a": "mine"}, r"response_a=mine needs the other response too.*\(response_b=…\).*'mine'"),
        ({"response_b": "mine"}, r"response_b=mine needs the other response too.*\(response_a=…\)"),
        ({"rejected": "mine"}, r"rejected=mine needs the other response too.*\(chosen=…\)"),
        ({"response_a": "output_1", "response_b": "mine", "chosen": "output_2"}, "not some of both"),
        ({"chosen": "mine", "rejected": "output_1", "label": "label"}, "label=label cannot be used on rows"),
        ({"input": "mine"}, "no column for the query that input=mine"),
    ],
)
def test_what_is_named_is_used_or_refused(columns: dict[str, str], said: str) -> None:
    row = {"output_1": "4", "output_2": "5", "mine": "6", "label": "1"}
    if "input" not in columns:
        row["query"] = "q"
    with pytest.raises(BadInput, match=said):
        imported(row, columns=columns)


def test_a_label_beside_chosen_and_rejected_is_refused_only_if_it_is_named() -> None:
    row = {"prompt": "q", "chosen": "4", "rejected": "5", "label": "B"}
    item = only(imported(row))
    assert (item.response_a if item.label == "A" else item.response_b) == "4"
    with pytest.raises(BadInput, match="'chosen' and 'rejected' say already which response is better"):
        imported(row, columns={"label": "label"})
    with pytest.raises(BadInput, match=r"no column of labels that could be '0'.*label=…"):
        imported(row, label_values={"0": "A"})


def test_chosen_and_rejected_beside_two_responses_say_which_is_better() -> None:
    pair = {"prompt": "q", "response_a": "4", "response_b": "5"}
    found = imported(
        {**pair, "chosen": "4", "rejected": "5"},
        {**pair, "chosen": "5", "rejected": "4"},
        {**pair, "chosen": None, "rejected": ""},
        {**pair, "chosen": "6", "rejected": "4"},
        {**pair, "chosen": "4", "rejected": "4"},
        {**pair, "chosen": turns("q", "5"), "rejected": turns("q", "4")},
    )
    assert [(item.response_a, item.response_b, item.label) for item in found.items] == [
        ("4", "5", "A"),
        ("4", "5", "B"),
        ("4", "5", None),
        ("4", "5", "B"),
    ]
    assert reasons(found) == dict.fromkeys((4, 5), "'chosen' and 'rejected' are not the two responses")
    assert (found.columns["chosen"], found.columns["rejected"]) == ("chosen", "rejected")


def test_a_label_counts_before_chosen_and_rejected() -> None:
    row = {**ROW, "label": "B", "chosen": "4", "rejected": "5"}
    found = imported(row)
    assert only(found).label == "B"
    assert "chosen" not in found.columns
    named = imported(
        {"prompt": "q", "chosen": "4", "rejected": "5"}, columns={"response_a": "chosen", "response_b": "rejected"}
    )
    assert only(named).label is None


def test_one_response_may_be_named_where_the_other_is_known() -> None:
    row = {"query": "q", "mine": "4", "response_b": "5", "label": "A"}
    assert only(imported(row, columns={"response_a": "mine"})).response_a == "4"


def test_ids_and_subsets() -> None:
    found = imported({**ROW, "idx": 7, "domain": "code"}, {**ROW, "idx": None, "domain": None}, {**ROW, "idx": 8.0})
    assert [(item.id, item.subset) for item in found.items] == [("7", "code"), ("2", ""), ("8", "")]


# Conversations


def test_conversations_in_the_formats_of_trl() -> None:
    found = import_file(SAMPLES / "trl-conversations.jsonl")
    assert not found.broken
    pairs = [(i.response_a, i.response_b) if i.label == "A" else (i.response_b, i.response_a) for i in found.items]
    assert [item.query for item in found.items] == [
        "What colour is the sky on a clear day?",
        "What is 2 + 3?",
        "System: Answer in one word.\n\nUser: 你好！\n\nAssistant: 你好\n\nUser: 今天星期一，明天星期几？",
        "What is the opposite of hot?",
    ]
    assert pairs == [("Blue.", "Green."), ("5", "6"), ("星期二", "明天可能是星期二，也可能不是。"), ("Cold.", "Warm.")]


@pytest.mark.parametrize(
    ("before", "shared", "query"),
    [
        (["s", "u"], ["u"], "System: s\n\nUser: u"),
        (["u"], ["s", "u"], "System: s\n\nUser: u"),
        (["u\n"], ["u"], "u"),
        (["u"], ["v"], "User: u\n\nUser: v"),
    ],
)
def test_what_a_prompt_and_the_conversations_both_tell_is_told_once(
    before: list[str], shared: list[str], query: str
) -> None:
    def told(texts: list[str]) -> list[dict[str, str]]:
        return [{"role": "system" if text == "s" else "user", "content": text} for text in texts]

    def answered(text: str) -> list[dict[str, str]]:
        return [*told(shared), {"role": "assistant", "content": text}]

    row = {"prompt": told(before), "chosen": answered("yes"), "rejected": answered("no")}
    assert imported(row).items[0].query == query


def test_equal_conversations_still_have_a_response() -> None:
    item = only(imported({"conversation_a": turns("q", "same"), "conversation_b": turns("q", "same")}))
    assert (item.query, item.response_a, item.response_b) == ("q", "same", "same")


def test_conversations_that_part_early_keep_all_their_later_turns() -> None:
    item = only(
        imported({"conversation_a": turns("q", "a1", "more", "a2"), "conversation_b": turns("q", "b1", "more", "b2")})
    )
    assert item.query == "q"
    assert item.response_b == "Assistant: b1\n\nUser: more\n\nAssistant: b2"


def test_conversations_without_a_question_have_no_query() -> None:
    found = imported({"chosen": turns("q", "4"), "rejected": turns("q", "5")}, {"chosen": "4", "rejected": "5"})
    assert reasons(found) == {2: "there is no query"}


def test_csv_may_hold_conversations_as_json_and_texts_that_begin_with_a_bracket(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    rows = [
        {"query": "q", "response_a": json.dumps(turns("q", "4")), "response_b": json.dumps(turns("q", "[5"))},
        {"query": "list", "response_a": "[1, 2]", "response_b": "[not json"},
    ]
    write_csv(path, rows)
    found = import_file(path)
    assert [(i.query, i.response_a, i.response_b) for i in found.items] == [
        ("q", "4", "[5"),
        ("list", "[1, 2]", "[not json"),
    ]


def test_json_text_in_json_stays_text() -> None:
    text = json.dumps(turns("q", "4"))
    assert only(imported({**ROW, "response_a": text})).response_a == text
