"""Rows of a file to rank, however the file is laid out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rrm_ui.cli import main
from rrm_ui.cli import rank as command
from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedRow
from rrm_ui.judge import JudgeModel
from rrm_ui.ranking.events import RankingSettings
from rrm_ui.ranking.many import RankedRow, rank_rows
from rrm_ui.ranking.matches import MatchResult
from rrm_ui.ranking.record import RankingRecord
from rrm_ui.ranking.rows import read_rank_rows
from rrm_ui.scripted_model import scripted_model
from rrm_ui.values import JudgeSettings
from tests.unit.ranking.judges import judge_by, read_by

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
    assert [row["prompt"][0]["content"] for row in preferred] == [row["query"] for row in ROWS]

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


SAID = [{"role": "assistant", "content": text} for text in ("worth 1", "worth 2", "")]
ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Which?"}]}]


@pytest.mark.parametrize(
    ("row", "query"),
    [
        ({"prompt": "Which?", "completions": ["worth 1", "worth 2", ""]}, "Which?"),
        ({"prompt": ASKED, "completions": [[one] for one in SAID]}, "System: Be brief.\n\nUser: Which?"),
        ({"query": ASKED[1:], "responses": ["worth 1", SAID[1], [SAID[2]]]}, "Which?"),
        ({"query": ASKED[1], "prompt": "Not this?", "responses": ["worth 1", *SAID[1:]]}, "Which?"),
    ],
)
def test_rows_hold_texts_or_messages(tmp_path: Path, row: dict[str, object], query: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row), encoding="utf-8")
    ((read,), broken) = read_rank_rows(file)
    assert not broken
    assert read.entries.query == query
    assert read.responses == ("worth 1", "worth 2", "")
    assert read.entries.texts == ("worth 1", "worth 2", "(empty response)")


def test_messages_in_a_table_are_json_text_and_a_text_that_looks_like_it_is_a_text_elsewhere(tmp_path: Path) -> None:
    messages = json.dumps(ASKED)
    table, lines = tmp_path / "rows.csv", tmp_path / "rows.jsonl"
    quoted = [cell.replace('"', '""') for cell in (messages, json.dumps([[one] for one in SAID]))]
    table.write_text('prompt,completions\n"{}","{}"\n'.format(*quoted), encoding="utf-8")
    lines.write_text(json.dumps({"prompt": messages, "completions": ["worth 1", "worth 2"]}), encoding="utf-8")
    assert [read_rank_rows(file)[0][0].entries.query for file in (table, lines)] == [
        "System: Be brief.\n\nUser: Which?",
        messages,
    ]


def test_empty_responses_are_ranked_as_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def rather_a_text(request: GenerationRequest, row: int) -> ScriptedRow:
        prompt = read_by(request, row)
        return ScriptedRow(
            ("so. ",), "first" if prompt.index("worth 1") < prompt.index("(empty response)") else "second"
        )

    monkeypatch.setattr(command, "load_named_model", lambda _name: judge_by(rather_a_text))
    file, pairs = tmp_path / "rows.jsonl", tmp_path / "pairs.jsonl"
    file.write_text(json.dumps({"query": "Which?", "responses": ["worth 1", " \n", None, ""]}), encoding="utf-8")
    assert main(["rank", str(file), "--json", "--pairs", str(pairs)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["winner"], told["order"], told["merged"]) == (0, [0, 1, 2, 3], [[1, 2, 3]])
    assert json.loads(pairs.read_text(encoding="utf-8"))["rejected"][0]["content"] == ""
    assert main(["rank", str(file)]) == 0
    assert "(empty response)" in capsys.readouterr().out


def test_matches_of_a_record_that_numbered_other_responses_are_judged_again(tmp_path: Path) -> None:
    model = judge_by(tokens_per_second=None)
    short = JudgeModel(model.engine, model.prompts, scripted_model(context_tokens=2048).details, model.defaults)
    settings = RankingSettings(judge=JudgeSettings(thinking_budget=64, votes=2))
    long = ["worth 1" + "!" * 710, "worth 2" + "!" * 720, "worth 3", "worth 4"]
    file = tmp_path / "rows.jsonl"
    file.write_text(
        "\n".join(json.dumps({"query": "Which?", "responses": one}) for one in (long, ["worth 1", "worth 2"]))
    )
    rows, _ = read_rank_rows(file)
    with RankingRecord(tmp_path / "out", rows, settings, short.details) as record:
        for row, pairs in ((1, [(0, 2), (0, 3), (1, 3)]), (2, [(0, 1)])):
            for pair in pairs:
                record.keep(row, MatchResult(*pair, 2, 0, outcome="A"), ())
    place = tmp_path / "out" / "ranking.json"
    asked = json.loads(place.read_text())
    del asked["left_out"]  # as records were
    place.write_text(json.dumps(asked))
    with RankingRecord(tmp_path / "out", rows, settings, short.details) as record:
        ended = {
            event.row.line: event.ranking
            for event in rank_rows(rows, settings, short, record)
            if isinstance(event, RankedRow)
        }
    assert ended[1].standings.winner == 2  # by its own matches: the text that is left out moved the numbers
    assert ended[2].standings.winner == 0  # of the record, where nothing was left out
