"""A file of queries ranked, on disk and from the command line."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from rrm_ui.cli import main
from rrm_ui.cli import rank as command
from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.errors import BadInput, EngineFailure, RecordFailure
from rrm_ui.evaluation.versions import computing_versions
from rrm_ui.ranking.contract import contract_dict
from rrm_ui.ranking.events import Ranking, RankingSettings
from rrm_ui.ranking.many import RankedRow, RowProgress, rank_rows
from rrm_ui.ranking.record import RankingRecord
from rrm_ui.ranking.rows import read_rank_rows
from rrm_ui.scripted_model import scripted_model
from rrm_ui.values import JudgeSettings
from tests.full_disk import fill_disk_of_logs
from tests.unit.ranking.judges import by_worth, judge_by, shown

SETTINGS = RankingSettings(judge=JudgeSettings(thinking_budget=64, votes=2))
WORTHS = ((3, 1, 2), (5, 9, 7, 6), (1, 2))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = [
        {"id": f"row-{number}", "query": f"Which is best, {number}?", "responses": [f"worth {one}" for one in worths]}
        for number, worths in enumerate(WORTHS)
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def judged_by_worth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "load_named_model", lambda _name: judge_by())


def test_the_sample_that_ships_holds_eight_responses_to_one_query() -> None:
    rows, broken = read_rank_rows(Path(__file__).parents[3] / "assets" / "sample-responses.jsonl")
    assert not broken
    assert [len({*row.responses}) for row in rows] == [8]


def rankings(path: Path, settings: RankingSettings = SETTINGS) -> list[Ranking]:
    rows, _ = read_rank_rows(path)
    ended = {
        event.row.line: event.ranking for event in rank_rows(rows, settings, judge_by()) if isinstance(event, RankedRow)
    }
    return [ended[row.line] for row in rows]


def long_for_the_good(request: GenerationRequest, row: int) -> ScriptedRow:
    """Think the longer the more the two are worth, so that matches end one after the other."""
    first, second = shown(request, row)
    plain = by_worth(request, row)
    return ScriptedRow(plain.thinking * int(first * second), plain.position, plain.p_first)


def test_every_row_is_ranked(file: Path) -> None:
    assert [ranking.standings.winner for ranking in rankings(file)] == [0, 1, 1]
    assert [ranking.standings.matches for ranking in rankings(file)] == [3, 6, 1]


def test_a_killed_run_goes_on_with_the_matches_that_are_missing(file: Path, tmp_path: Path) -> None:
    rows, _ = read_rank_rows(file)
    folder = tmp_path / "out"
    cancel = threading.Event()
    record = RankingRecord(folder, rows, SETTINGS, judge_by().details)
    for event in rank_rows(rows, SETTINGS, judge_by(long_for_the_good, tokens_per_second=40), record, cancel):
        if isinstance(event, RowProgress):
            cancel.set()
    record.close()
    matches = folder / "matches.jsonl"
    kept = len(matches.read_text(encoding="utf-8").splitlines())
    assert 1 <= kept < 10
    with matches.open("a", encoding="utf-8") as torn:
        torn.write('{"line": 1, "fir')
    record = RankingRecord(folder, rows, SETTINGS, judge_by().details)
    ended = [event for event in rank_rows(rows, SETTINGS, judge_by(), record) if isinstance(event, RankedRow)]
    record.close()
    assert len(matches.read_text(encoding="utf-8").splitlines()) == 10
    again = {event.row.line: event.ranking.standings for event in ended}
    assert [again[row.line] for row in rows] == [ranking.standings for ranking in rankings(file)]


@pytest.mark.usefixtures("judged_by_worth")
def test_a_full_disk_ends_a_ranking_that_goes_on_when_there_is_room(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["rank", str(file), "--out", str(tmp_path / "out")]
    with pytest.MonkeyPatch.context() as patch:
        fill_disk_of_logs(patch, 2_000)
        assert main(words) == 1
    told = capsys.readouterr().err
    assert "error: The ranking's folder can no longer be written (No space left on device). Make room" in told
    assert (tmp_path / "out" / "matches.jsonl").stat().st_size == 2_000
    assert main(words) == 0


def test_a_full_disk_outshouts_nothing_that_broke_before(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, _ = read_rank_rows(file)
    match = rankings(file)[0].results[0]
    fill_disk_of_logs(monkeypatch, 10)

    def broken() -> None:
        with RankingRecord(tmp_path, rows, SETTINGS, judge_by().details) as record:
            with pytest.raises(RecordFailure, match="No space left"):
                record.keep(1, match, ())
            raise EngineFailure("The engine broke.")

    with pytest.raises(EngineFailure) as caught:
        broken()
    assert "No space left" in caught.value.__notes__[0]


def test_a_folder_of_another_run_is_refused(file: Path, tmp_path: Path) -> None:
    rows, _ = read_rank_rows(file)
    RankingRecord(tmp_path / "out", rows, SETTINGS, judge_by().details).close()
    other = RankingSettings("swiss", judge=SETTINGS.judge)
    with pytest.raises(BadInput, match=r"holds another ranking \(it differs in settings\)"):
        RankingRecord(tmp_path / "out", rows, other, judge_by().details)


def test_a_folder_of_another_version_of_what_computes_is_refused_and_an_older_one_is_not(
    file: Path, tmp_path: Path
) -> None:
    rows, _ = read_rank_rows(file)
    RankingRecord(tmp_path, rows, SETTINGS, judge_by().details).close()
    path = tmp_path / "ranking.json"
    asked = json.loads(path.read_text(encoding="utf-8"))
    asked["versions"] |= {"torch": "1.0", "python": "3.0"}
    path.write_text(json.dumps(asked), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        RankingRecord(tmp_path, rows, SETTINGS, judge_by().details)
    now = computing_versions("none")["torch"]
    assert refused.value.message == (
        f"{tmp_path} holds another ranking (version of torch was 1.0, is {now}). Choose another folder, or install the "
        "versions that it was begun with."
    )
    del asked["versions"]
    path.write_text(json.dumps(asked), encoding="utf-8")
    RankingRecord(tmp_path, rows, SETTINGS, judge_by().details).close()


def test_a_folder_from_before_thoughts_could_be_closed_goes_on(file: Path, tmp_path: Path) -> None:
    rows, _ = read_rank_rows(file)
    RankingRecord(tmp_path, rows, SETTINGS, judge_by().details).close()
    path = tmp_path / "ranking.json"
    asked = json.loads(path.read_text(encoding="utf-8"))
    for name in ("close_when_sure", "sure_at", "sure_probes"):
        del asked["settings"]["judge"][name]
    path.write_text(json.dumps(asked), encoding="utf-8")
    RankingRecord(tmp_path, rows, SETTINGS, judge_by().details).close()
    closing = replace(SETTINGS, judge=replace(SETTINGS.judge, close_when_sure=True, probe_every=8))
    with pytest.raises(BadInput, match="holds another ranking"):
        RankingRecord(tmp_path, rows, closing, judge_by().details)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{}", "there is no query"),
        ('{"query": "q"}', "there is no responses"),
        ('{"query": "q", "responses": "one"}', "responses is a text"),
        ('{"query": "q", "responses": 3}', "responses is no list"),
        ('{"query": 1, "responses": ["a", "b"]}', "the query is neither text nor messages"),
        ('{"query": "q", "responses": ["a"]}', "There are 1 responses"),
        ('{"query": "q", "responses": ["a", 0]}', "response 2 is neither text nor one message of an assistant"),
        ('{"prompt": "q", "completions": ["a", [{"role": "user", "content": "b"}]]}', "response 2 is no message of an"),
        ('{"prompt": "q", "completions": ["a", [{"content": "b"}]]}', "'completions' is a list, but not of messages"),
        ('{"prompt": [{"role": "user"}], "completions": ["a", "b"]}', "'prompt' is empty"),
        ('{"prompt": [{"role": "system", "content": ""}], "completions": ["a", "b"]}', "there is no query"),
        ('{"query": " ", "responses": ["a", "b"]}', "The query is empty"),
        ('{"query": "q", "responses": ["a", "b"], "id": "\\ud83d"}', "'id' holds half a character"),
        ('{"query": "q", "responses": ["a", "b"], "id": ["x"]}', "the id is neither text nor a number"),
        ('{"query": "q", "respon', ""),
    ],
)
def test_broken_rows_are_told_and_the_others_read(file: Path, line: str, reason: str) -> None:
    with file.open("a", encoding="utf-8") as more:
        more.write(line + "\n")
    rows, broken = read_rank_rows(file)
    assert len(rows) == 3
    assert [row.line for row in broken] == [4]
    assert reason in broken[0].reason
    file.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no row that can be ranked"):
        read_rank_rows(file)


@pytest.mark.usefixtures("judged_by_worth")
def test_texts_that_no_terminal_can_print_are_cleaned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": null, "query": "q", "responses": ["worth 1 \\ud83d", "worth 2"]}\n{"query": "cut\n')
    assert main(["rank", str(path)]) == 1  # a row could not be read
    told = capsys.readouterr()
    assert told.out.startswith("1: q\n")
    assert "worth 1" in told.out
    assert "row 2:" in told.err
    assert main(["rank", str(path), "--json"]) == 1
    assert [json.loads(line)["line"] for line in capsys.readouterr().out.splitlines()] == [2, 1]
    assert main(["rank", str(path), "--pairs", str(tmp_path)]) == 2


def test_lists_in_a_table_are_json_text(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('query,responses\nWhich?,"[""worth 1"", ""worth 2""]"\n', encoding="utf-8")
    assert [ranking.standings.winner for ranking in rankings(path)] == [1]


def test_indices_are_those_of_the_responses_as_given(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    responses = ["worth 1", "worth 3", "worth 1", "worth 2"]
    path.write_text(json.dumps({"query": "Which?", "responses": responses}), encoding="utf-8")
    told = contract_dict(rankings(path)[0])
    assert told["winner"] == 1
    assert told["order"] == [1, 3, 0, 2]
    assert told["merged"] == [[0, 2]]
    assert told["ratings"][0] == told["ratings"][2]
    assert told["points"] == [0, 2, 0, 1]
    json.dumps(told)


@pytest.mark.usefixtures("judged_by_worth")
def test_the_command_prints_one_object_a_row_in_the_files_order(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = tmp_path / "pairs.jsonl"
    words = ["rank", str(file), "--votes", "2", "--json", "--out", str(tmp_path / "out"), "--pairs", str(pairs)]
    assert main(words) == 0
    output = capsys.readouterr()
    rows = [json.loads(line) for line in output.out.splitlines()]
    assert [(row["id"], row["winner"], row["matches"], row["finished"]) for row in rows] == [
        ("row-0", 0, 3, True), ("row-1", 1, 6, True), ("row-2", 1, 1, True),
    ]  # fmt: skip
    assert "3 queries, 10 matches, 0 of them judged before; 20 votes to cast" in output.err
    assert len(pairs.read_text(encoding="utf-8").splitlines()) == 3
    assert main(words) == 0
    again = capsys.readouterr()
    assert again.out == output.out
    assert "10 matches, 10 of them judged before; 0 votes" in again.err


@pytest.mark.usefixtures("judged_by_worth")
def test_the_command_prints_a_table_for_people(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rank", str(file), "--method", "swiss"]) == 0
    table = capsys.readouterr().out
    assert "row-1: Which is best, 1?" in table
    assert main(["rank", str(file), "--method", "knockout"]) == 0
    assert "best: 1  worth 9" in capsys.readouterr().out


@pytest.mark.usefixtures("judged_by_worth")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--share", "0"], "share is 0"),
        (["--method", "swiss", "--rounds", "0"], "rounds is 0"),
        (["--votes", "65"], "votes is 65"),
        (["--method", "knockout", "--pairs", "x.jsonl"], "no pairs; use round-robin or swiss"),
    ],
)
def test_what_the_command_refuses(
    file: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rank", str(file), *words]) == 2
    output = capsys.readouterr()
    assert message in output.err
    assert output.out == ""


def test_rows_that_this_judge_cannot_rank_are_not_said_to_go_on(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = scripted_model(ScriptedEngine(by_worth), context_tokens=2_000)
    monkeypatch.setattr(command, "load_named_model", lambda _name: judge)
    with file.open("a", encoding="utf-8") as more:
        more.write(json.dumps({"query": "word " * 2_000, "responses": ["worth 1", "worth 2"]}) + "\n")
        long = ["worth 1", "worth 2", "worth 3 " + "word " * 2_000]
        more.write(json.dumps({"query": "Which?", "responses": long}) + "\n")
    words = ["rank", str(file), "--out", str(tmp_path / "out")]
    assert main(words) == 1
    told = capsys.readouterr().err
    assert "1 of 5 rows cannot be ranked by this judge.\n" in told
    assert re.search(r"^(\d+) of \1 matches judged$", told, re.MULTILINE), "only matches that can be judged count"
    assert "not ranked to their end" not in told
    assert main([*words, "--json"]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ["error" in row for row in rows] == [False, False, False, True, False]
