"""Files of preferences into items: every format, every way to be broken, every spelling."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rrm_ui.errors import BadInput, Failure
from rrm_ui.evaluation import parquet
from rrm_ui.evaluation.importing import import_file, import_rows
from rrm_ui.evaluation.items import BrokenRow
from tests.unit.evaluation.small_sources import ROW, TEXTS, imported, only, reasons, write_csv

SAMPLES = Path(__file__).parents[2] / "samples"
ASSETS = Path(__file__).parents[3] / "assets"


# Formats


def write_jsonl(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_json(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text(json.dumps({"version": 1, "data": rows}, indent=1, ensure_ascii=False), encoding="utf-8")


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

ROWS = st.lists(
    st.fixed_dictionaries(
        {"query": TEXTS, "response_a": TEXTS, "response_b": TEXTS, "label": st.sampled_from(["A", "B", "tie", ""])}
    ).filter(lambda row: row["response_a"] != row["response_b"] or row["label"] in ("tie", "")),
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
        6: "both responses are empty",
        7: "the label 'x' cannot be read (use A, B or tie)",
        8: "the same comparison with the id 'good-1' was there before",
        9: "'response_a' is not text",
        10: "'response_a' holds a NUL character",
        11: "'response_a' holds half a character (a surrogate)",
        12: "'response_a' is not valid UTF-8 (save the file as UTF-8)",
    }


def test_csv_rows_are_named_by_the_line_on_which_they_begin(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        'query,response_a,response_b,label\n"two\nlines",4,5,A\n\nq,4,5\nq,4,"5"x,A\nq,,,A\nq,4,5,B\nq,"4,5,A\n'
    )
    found = import_file(path)
    assert [(item.query, item.label) for item in found.items] == [("two\nlines", "A"), ("q", "B")]
    assert list(reasons(found)) == [5, 6, 7, 9]
    assert reasons(found)[5] == "3 cells, but the header has 4"
    assert reasons(found)[6].startswith("not CSV from here to line 6:")
    assert reasons(found)[7] == "both responses are empty"
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
    assert reasons(found) == {2: "nested too deeply to be read as JSON"}


def test_a_number_of_too_many_digits_is_named_as_such(tmp_path: Path) -> None:
    row = json.dumps(ROW)[:-1] + ', "id": ' + "7" * 5000 + "}"
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROW) + "\n" + row + "\n")
    found = import_file(path)
    assert len(found.items) == 1
    assert reasons(found) == {2: "a number has more than 4,300 digits; write it as text"}
    said = bad_file(tmp_path / "rows.json", f"[{row}]".encode())
    assert said == "rows.json cannot be read: a number has more than 4,300 digits; write it as text."
    assert "nested too deeply" in bad_file(tmp_path / "deep.json", b"[" * 200_000)


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


def test_a_parquet_file_of_too_many_rows_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"query": pa.nulls(1_000_001, pa.string())}), path)
    assert path.stat().st_size < 100_000
    with pytest.raises(BadInput, match=r"has 1,000,001 rows; at most 1,000,000 are read"):
        import_file(path)


def test_a_parquet_file_that_unpacks_to_gigabytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist([{**ROW, "query": f"{n}" + "x" * 5000} for n in range(300)]), path)
    monkeypatch.setattr(parquet, "MOST_BYTES", 1_000_000)

    def read(self: object, _rows: int) -> None:
        raise AssertionError("it was read")

    with monkeypatch.context() as patch:
        patch.setattr(pq.ParquetFile, "iter_batches", read)
        with pytest.raises(BadInput, match=r"rows.parquet holds more than 0 GB uncompressed"):
            import_file(path)


def test_a_value_that_is_stored_once_counts_in_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist([{**ROW, "query": "x" * 5000}] * 300), path)
    monkeypatch.setattr(parquet, "MOST_BYTES", 1_000_000)
    assert path.stat().st_size < 10_000
    with pytest.raises(BadInput, match="uncompressed"):
        import_file(path)


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
    with pytest.raises(BadInput, match=r"row 1: there is no query; row 2: .*; row 3: .*; and 1 more"):
        imported(*[{**ROW, "query": ""}] * 4)
    with pytest.raises(BadInput, match="row 7: not JSON"):
        import_rows([(7, BrokenRow(7, Failure("not JSON")))], name="rows")


def test_columns_that_are_not_known_are_listed_with_how_to_name_them() -> None:
    with pytest.raises(BadInput, match=r"'text', 'left', 'right'.*response_a=…"):
        imported({"text": "q", "left": "4", "right": "5"})
    with pytest.raises(BadInput, match=r"no column that is known to hold the query.*'left'.*query=…"):
        imported({"left": "q", "chosen": "4", "rejected": "5"})


def test_a_csv_with_two_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    assert "several columns called 'query'" in bad_file(tmp_path / "a.csv", b"query,query,chosen,rejected\na,b,c,d\n")


# What ships


def test_the_sample_comparisons_are_whole_balanced_and_different() -> None:
    found = import_file(ASSETS / "sample-comparisons.jsonl")
    assert not found.broken
    assert len({item.digest for item in found.items}) == len(found.items) == 24
    by_subset = {item.subset: [i.label for i in found.items if i.subset == item.subset] for item in found.items}
    assert all(Counter(labels) == {"A": 2, "B": 2} for labels in by_subset.values())
    assert set(by_subset) == {"facts", "arithmetic", "instructions", "code", "safety", "chinese"}
    shown = {example["query"] for example in json.loads((ASSETS / "examples.json").read_text(encoding="utf-8"))}
    assert not shown & {item.query for item in found.items}


def test_rows_of_one_query_are_a_group() -> None:
    rows = [{"query": query, "response_a": a, "response_b": "-"} for query, a in (("x", "1"), ("y", "2"), ("x", "3"))]
    first, alone, other = import_rows(enumerate(rows, start=1), name="rows").items
    assert first.group == other.group != ""
    assert alone.group == ""


def test_importing_needs_no_torch() -> None:
    script = "import sys, rrm_ui.evaluation.sources; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_wrong_byte_in_an_unused_column_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    table = io.BytesIO(b"query,response_a,response_b,note\nq,4,5,caf\xe9\n")
    path.write_bytes(table.getvalue())
    assert only(import_file(path)).query == "q"
