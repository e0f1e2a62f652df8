"""Files of preferences into items: every format, every way to be broken, every spelling."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.importing import import_file, import_rows
from rrm_ui.evaluation.items import BrokenRow, Item, ItemSet
from rrm_ui.evaluation.labels import LabelReader
from rrm_ui.evaluation.rows import RowError, place

SAMPLES = Path(__file__).parents[2] / "samples"
ASSETS = Path(__file__).parents[3] / "assets"
ROW = {"query": "2 + 2?", "response_a": "4", "response_b": "5", "label": "A"}


def imported(*rows: dict[str, Any], **options: Any) -> ItemSet:
    return import_rows(list(enumerate(rows, start=1)), name="rows", **options)


def only(item_set: ItemSet) -> Item:
    assert not item_set.broken
    (item,) = item_set.items
    return item


def reasons(item_set: ItemSet) -> dict[int, str]:
    return {row.line: row.reason for row in item_set.broken}


# Formats


def write_jsonl(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_json(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text(json.dumps({"version": 1, "data": rows}, indent=1, ensure_ascii=False), encoding="utf-8")


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


def write_tsv(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


def write_parquet(path: Path, rows: list[dict[str, str]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path)


WRITERS: dict[str, Callable[[Path, list[dict[str, str]]], None]] = {
    ".jsonl": write_jsonl,
    ".json": write_json,
    ".csv": write_csv,
    ".tsv": write_tsv,
    ".parquet": write_parquet,
}

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"query": TEXTS, "response_a": TEXTS, "response_b": TEXTS, "label": st.sampled_from(["A", "B", "tie", ""])}
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize("suffix", WRITERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(rows=ROWS)
def test_every_format_gives_back_what_was_written(suffix: str, rows: list[dict[str, str]], tmp_path: Path) -> None:
    path = tmp_path / f"rows{suffix}"
    WRITERS[suffix](path, rows)
    found = import_file(path)
    assert not found.broken
    assert [(i.query, i.response_a, i.response_b, i.label or "") for i in found.items] == [
        tuple(row[field] for field in ROW) for row in rows
    ]
    assert found.digest == imported(*rows).digest


def test_a_spreadsheet_with_mark_quotes_newlines_and_blank_lines() -> None:
    found = import_file(SAMPLES / "spreadsheet.csv")
    assert not found.broken
    assert found.columns == {
        "query": "Prompt",
        "response_a": "Response 1",
        "response_b": "Response 2",
        "label": "Winner",
        "subset": "Category",
    }
    assert [item.label for item in found.items] == ["A", "B", "tie", None]
    assert found.items[0].query == 'Say "hello", twice'
    assert found.items[2].response_a == "one\r\ntwo"
    assert found.items[1].subset == "中文"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_with_the_delimiter_of_its_header(delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    lines = [delimiter.join(ROW), delimiter.join(ROW.values())]
    path.write_text("\r\n".join(lines), encoding="utf-8")
    assert only(import_file(path)).response_b == "5"


def test_a_cell_may_be_huge(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write_csv(path, [{**ROW, "response_a": "x" * 300_000}])
    assert len(only(import_file(path)).response_a) == 300_000


def test_utf_16_with_a_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("query,response_a,response_b\n几点？,三点,四点\n".encode("utf-16"))
    assert only(import_file(path)).query == "几点？"


def test_json_lines_under_the_name_of_json(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    write_jsonl(path, [ROW, {**ROW, "label": "B"}])
    assert [item.label for item in import_file(path).items] == ["A", "B"]


def test_rows_of_a_json_list_are_named_by_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([ROW, 3, {**ROW, "query": ""}], indent=2))
    lines = path.read_text().split("\n")
    found = reasons(import_file(path))
    assert [lines[line - 1].strip() for line in found] == ["3,", "{"]


def test_parquet_with_lists_of_messages(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    user, right, wrong = (
        {"role": r, "content": c} for r, c in (("user", "2 + 2?"), ("assistant", "4"), ("assistant", "5"))
    )
    pq.write_table(pa.Table.from_pylist([{"chosen": [user, right], "rejected": [user, wrong]}]), path)
    item = only(import_file(path))
    assert item.query == "2 + 2?"
    assert {item.response_a, item.response_b} == {"4", "5"}


def test_a_parquet_row_with_bytes_that_are_no_text_is_broken_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    answers = pa.array([b"4", b"\xff", b"4"], pa.binary()).view(pa.string())
    same = pa.array(["5", "5", "5"])
    pq.write_table(pa.table({"query": pa.array(["a", "b", "c"]), "response_a": answers, "response_b": same}), path)
    found = import_file(path)
    assert [item.query for item in found.items] == ["a", "c"]
    assert reasons(found) == {2: "a text is not valid UTF-8"}


# Broken rows and files


def test_every_kind_of_broken_row_is_listed_and_the_good_ones_kept() -> None:
    found = import_file(SAMPLES / "broken-rows.jsonl")
    assert [item.id for item in found.items] == ["good-1", "good-2", "good-3"]
    assert [item.label for item in found.items] == ["A", None, "B"]
    assert reasons(found) == {
        3: "not JSON (Unterminated string starting at, column 24)",
        4: "not a JSON object with a comparison",
        5: "there is no query",
        6: "'response_b' is empty",
        7: "the label 'x' cannot be read (use A, B or tie)",
        8: "the id 'good-1' was used before",
        9: "'response_a' is not text",
        10: "'response_a' holds a NUL character",
        11: "'response_a' holds half a character (a surrogate)",
        12: "'response_a' is not valid UTF-8 (save the file as UTF-8)",
    }


def test_csv_rows_are_named_by_the_line_on_which_they_begin(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        'query,response_a,response_b,label\n"two\nlines",4,5,A\n\nq,4,5\nq,4,"5"x,A\nq,4,,A\nq,4,5,B\nq,"4,5,A\n'
    )
    found = import_file(path)
    assert [(item.query, item.label) for item in found.items] == [("two\nlines", "A"), ("q", "B")]
    assert list(reasons(found)) == [5, 6, 7, 9]
    assert reasons(found)[5] == "3 cells, but the header has 4"
    assert reasons(found)[6].startswith("not CSV from here to line 6:")
    assert reasons(found)[7] == "'response_b' is empty"
    assert "unexpected end of data" in reasons(found)[9]


def test_a_list_that_is_no_conversation_and_a_picture_are_broken() -> None:
    picture = [{"role": "assistant", "content": [{"type": "image_url", "image_url": "x"}]}]
    unanswered = [{"role": "user", "content": "4"}]
    found = imported(
        ROW, {**ROW, "response_a": ["4"]}, {**ROW, "response_a": picture}, {**ROW, "response_a": unanswered}
    )
    assert reasons(found) == {
        2: "'response_a' is a list, but not of messages with role and content",
        3: "'response_a' holds something other than text",
        4: "a conversation does not end with a turn of the assistant",
    }


def test_a_line_nested_too_deeply_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROW) + "\n" + "[" * 200_000 + "\n")
    found = import_file(path)
    assert len(found.items) == 1
    assert list(reasons(found)) == [2]


def bad_file(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        import_file(path)
    return caught.value.message


def test_files_that_hold_nothing_say_so(tmp_path: Path) -> None:
    assert bad_file(tmp_path / "a.jsonl", b"") == "a.jsonl is empty; choose a file with comparisons."
    assert "is empty" in bad_file(tmp_path / "a.csv", b"\xef\xbb\xbf\r\n")
    assert "holds no rows" in bad_file(tmp_path / "b.csv", b"query,response_a,response_b\n")
    assert "holds no list of objects" in bad_file(tmp_path / "a.json", b'{"query": "q"}')
    assert "holds several lists (a, b)" in bad_file(tmp_path / "b.json", b'{"a": [{}], "b": [{}]}')
    assert "is not JSON: Expecting value in line 2, column 1" in bad_file(tmp_path / "c.json", b"[\n]]"[:2])
    assert "cannot be read as Parquet" in bad_file(tmp_path / "a.parquet", b"PAR1 and then nothing")
    assert "of a kind that cannot be read" in bad_file(tmp_path / "a.xlsx", b"PK")


def test_paths_that_are_no_file_say_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        import_file(tmp_path / "none.jsonl")
    with pytest.raises(BadInput, match="is a folder"):
        import_file(tmp_path)


def test_an_unreadable_file_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.jsonl"
    path.touch()

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(BadInput, match="cannot be read: Permission denied"):
        import_file(path)


def test_without_a_good_row_the_first_reasons_are_told() -> None:
    with pytest.raises(BadInput, match=r"row 1: 'response_a' is empty; row 2: .*; row 3: .*; and 1 more"):
        imported(*[{**ROW, "response_a": ""}] * 4)
    with pytest.raises(BadInput, match="row 7: not JSON"):
        import_rows([(7, BrokenRow(7, "not JSON"))], name="rows")


def test_columns_that_are_not_known_are_listed_with_how_to_name_them() -> None:
    with pytest.raises(BadInput, match=r"'text', 'left', 'right'.*response_a=…"):
        imported({"text": "q", "left": "4", "right": "5"})
    with pytest.raises(BadInput, match=r"no column that is known to hold the query.*'left'.*query=…"):
        imported({"left": "q", "chosen": "4", "rejected": "5"})


def test_a_csv_with_two_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    assert "several columns called 'query'" in bad_file(tmp_path / "a.csv", b"query,query,chosen,rejected\na,b,c,d\n")


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


def test_ids_and_subsets() -> None:
    found = imported({**ROW, "idx": 7, "domain": "code"}, {**ROW, "idx": None, "domain": None}, {**ROW, "idx": 8.0})
    assert [(item.id, item.subset) for item in found.items] == [("7", "code"), ("2", ""), ("8", "")]


# Labels


@pytest.mark.parametrize(
    ("label", "written"),
    [
        (
            "A",
            ["A", " a ", "[[A]]", "response_a", "Response A", "model_a", 1, "1", 1.0, "output_1", "Assistant 1", "A>B"],
        ),
        ("A", ["A>>B", "B<A", "1>2", "A wins"]),
        ("B", ["b", "response_b", "model_b", 2, "2", 2.0, "output_2", "Answer 2", "B>A", "A<B", "A<<B", "B is better"]),
        ("tie", ["tie", "Tie", "both", "equal", "same", "draw", "A=B", "A==B", "tie (bothbad)", 0, "平局"]),
        (None, [None, "", "  ", float("nan")]),
    ],
)
def test_labels_are_read_in_many_spellings(label: str | None, written: list[object]) -> None:
    reader = LabelReader(("a", "b"))
    assert {reader.read(value) for value in written} == {label}


@pytest.mark.parametrize("written", ["x", "3", "A>A", "AB", -1, ["A"], True, "response"])
def test_other_labels_cannot_be_read(written: object) -> None:
    with pytest.raises(RowError, match="cannot be read"):
        LabelReader(("a", "b")).read(written)


@pytest.mark.parametrize("labels", [(0, 1), ("0", "0"), (1, 1), (True, False), (1, "tie"), (1, -1)])
def test_labels_that_may_mean_either_response_are_refused(labels: tuple[object, ...]) -> None:
    rows = [{**ROW, "label": label} for label in labels]
    with pytest.raises(BadInput, match="say which response each label means"):
        imported(*rows)


def test_label_values_say_what_labels_mean() -> None:
    rows = [{**ROW, "label": label} for label in (0, 1, "neither")]
    found = imported(*rows, label_values={"0": "A", "1": "B"})
    assert [item.label for item in found.items] == ["A", "B", "tie"]
    with pytest.raises(BadInput, match="use A, B or tie"):
        imported(*rows, label_values={"0": "left"})  # type: ignore[dict-item]


def test_a_zero_is_a_tie_beside_one_and_two() -> None:
    found = imported(*[{**ROW, "label": label} for label in (0, 1, 2)])
    assert [item.label for item in found.items] == ["tie", "A", "B"]


@given(texts=st.tuples(TEXTS, TEXTS, TEXTS))
def test_the_label_follows_the_chosen_response(texts: tuple[str, str, str]) -> None:
    query, chosen, rejected = texts
    a, b, label = place(query, chosen, rejected)
    assert (a if label == "A" else b, b if label == "A" else a) == (chosen, rejected)
    assert place(query, chosen, rejected) == (a, b, label)


def test_the_chosen_response_is_a_about_half_the_time() -> None:
    found = imported(*[{"prompt": f"question {n}", "chosen": "right", "rejected": "wrong"} for n in range(400)])
    assert 160 < sum(item.label == "A" for item in found.items) < 240


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


def turns(*texts: str) -> list[dict[str, str]]:
    return [{"role": role, "content": text} for role, text in zip(["user", "assistant"] * 3, texts, strict=False)]


def test_equal_conversations_still_have_a_response() -> None:
    item = only(imported({"chosen": turns("q", "same"), "rejected": turns("q", "same")}))
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


# What ships


def test_the_sample_comparisons_are_whole_balanced_and_different() -> None:
    found = import_file(ASSETS / "sample-comparisons.jsonl")
    assert not found.broken
    assert len({item.digest for item in found.items}) == len(found.items) == 24
    by_subset = {item.subset: [i.label for i in found.items if i.subset == item.subset] for item in found.items}
    assert all(sorted(labels) == ["A", "A", "B", "B"] for labels in by_subset.values())
    assert set(by_subset) == {"facts", "arithmetic", "instructions", "code", "safety", "chinese"}
    shown = {example["query"] for example in json.loads((ASSETS / "examples.json").read_text(encoding="utf-8"))}
    assert not shown & {item.query for item in found.items}


def test_importing_needs_no_torch() -> None:
    script = "import sys, rrm_ui.evaluation.sources; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_wrong_byte_in_an_unused_column_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    table = io.BytesIO(b"query,response_a,response_b,note\nq,4,5,caf\xe9\n")
    path.write_bytes(table.getvalue())
    assert only(import_file(path)).query == "q"
