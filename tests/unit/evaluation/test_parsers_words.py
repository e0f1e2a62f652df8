"""What the standard library's parsers say about a broken row is told in every language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rrm_ui.errors import BadInput, Failure
from rrm_ui.evaluation.items import BrokenRow
from rrm_ui.evaluation.problems import parsers_words
from rrm_ui.evaluation.reading import read_rows
from rrm_ui.evaluation.report.words import Words

BROKEN_LINES = (
    '{"a": nul}',
    "{a: 1}",
    '{"a" 1}',
    '{"a": 1 "b": 2}',
    '{"a": 1,}',
    '{"a": "b}',
    '{"a": "b\tc"}',
    '{"a": "\\x"}',
    '{"a": "\\u12"}',
    "1 2",
)


@pytest.mark.parametrize("line", BROKEN_LINES)
def test_a_line_that_is_no_json_is_told_in_chinese(line: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    ((_, row),) = read_rows(path)
    assert isinstance(row, BrokenRow)
    assert "problem_code" in row.why.values
    assert row.reason.startswith("not JSON (")
    told = Words("zh-CN").problem(row.why)
    assert set(re.findall("[A-Za-z]+", told)) <= {"JSON", "uXXXX"}


@pytest.mark.parametrize("text", ['a,b\n"x"y,z\n', 'a,b\n"x,y\n'])
def test_a_row_that_is_no_csv_is_told_in_chinese(text: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    row = read_rows(path)[-1][1]
    assert isinstance(row, BrokenRow)
    assert set(re.findall("[A-Za-z]+", Words("zh-TW").problem(row.why))) == {"CSV"}


def test_a_file_that_is_no_json_says_it_by_the_same_words(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text('[{"a": 1},\n]', encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_rows(path)
    assert caught.value.values["problem_code"] in ("json_value", "json_last_comma")  # by the version of Python


def test_what_is_not_known_stays_as_it_was_said() -> None:
    assert parsers_words("something new") == {"problem": "something new"}
    old = Failure("not JSON (Expecting value, column 3)", "row_not_json", {"problem": "Expecting value", "place": 3})
    assert "Expecting value" in Words("zh-CN").problem(old)
