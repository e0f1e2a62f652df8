"""Rows of a file to rank, however the file is laid out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rrm_ui.cli import main
from rrm_ui.cli import rank as command
from rrm_ui.ranking.rows import read_rank_rows
from tests.unit.ranking.judges import judge_by

ROWS = [
    {"query": f"Which is best, {number}?", "responses": [f"worth {one}" for one in worths]}
    for number, worths in enumerate(((3, 1, 2), (5, 9, 7, 6), (1, 2)))
]


def test_rows_of_a_json_file_on_one_line_are_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "load_named_model", lambda _name: judge_by())
    file, out, pairs = tmp_path / "rows.json", tmp_path / "out", tmp_path / "pairs.jsonl"
    file.write_text(json.dumps([ROWS[0], {"query": "no responses"}, *ROWS[1:]]), encoding="utf-8")
    words = ["rank", str(file), "--json", "--out", str(out), "--pairs", str(pairs)]
    assert main(words) == 1  # for the row that holds no responses
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["line"], row.get("winner")) for row in told] == [(2, None), (1, 0), (3, 1), (4, 1)]
    assert [row["id"] for row in told if "id" in row] == ["1", "3", "4"]
    preferred = [json.loads(line) for line in pairs.read_text(encoding="utf-8").splitlines()]
    assert [row["prompt"] for row in preferred] == [row["query"] for row in ROWS]

    assert main(words) == 1
    again = capsys.readouterr()
    assert [json.loads(line) for line in again.out.splitlines()] == told
    assert "10 matches, 10 of them judged before" in again.err


def test_lines_of_rows_that_have_one_each_are_told(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_text("[\n" + ",\n\n".join(json.dumps(row) for row in ROWS) + "\n]", encoding="utf-8")
    rows, _ = read_rank_rows(file)
    assert [(row.line, row.id) for row in rows] == [(2, "2"), (4, "4"), (6, "6")]


@pytest.mark.parametrize(("column", "values"), [("responses", {"query": "?"}), ("query", {"responses": ["a", "b"]})])
def test_bytes_that_are_no_utf8_break_their_row_alone(tmp_path: Path, column: str, values: dict[str, object]) -> None:
    text = "caf\xe9" if column == "query" else ["caf\xe9", "caf\xe8"]
    file = tmp_path / "rows.jsonl"
    lines = (json.dumps(row, ensure_ascii=False) for row in ({**values, column: text}, ROWS[0]))
    file.write_bytes("\n".join(lines).encode("latin-1"))
    rows, broken = read_rank_rows(file)
    assert [row.line for row in rows] == [2]
    assert [(row.line, row.reason) for row in broken] == [
        (1, f"{column!r} is not valid UTF-8 (save the file as UTF-8)")
    ]
