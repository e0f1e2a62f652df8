"""Options and files that are refused, before anything was fetched or judged for nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rrm_ui.cli import calibrate, evaluate, judge, main, rank, rank_pairs
from rrm_ui.engines.scripted import ScriptedEngine
from rrm_ui.scripted_model import scripted_model
from tests.unit.evaluation.folders import put_run
from tests.unit.evaluation.made_runs import made_run

PAIR = ["--query", "What is 2 + 2?", "--response-a", "4", "--response-b", "5"]


@pytest.fixture
def rows(tmp_path: Path) -> str:
    place = tmp_path / "rows.jsonl"
    row = {"query": "q", "response_a": "a", "response_b": "b", "label": "A", "responses": ["a", "b"]}
    place.write_text(json.dumps(row) + "\n")
    return str(place)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["judge", *PAIR, "--votes", "0"], "votes is 0"),
        (["judge", *PAIR[:4], "--response-b", " "], "response B is empty"),
        (["judge", *PAIR, "--close-when-sure", "--sure-at", "2"], "sure_at is 2"),
        (["evaluate", "ROWS", "--votes", "65"], "votes is 65"),
        (["evaluate", "ROWS", "--probe-every", "-1"], "probe_every is -1"),
        (["rank", "ROWS", "--share", "2"], "share is 2"),
        (["rank", "ROWS", "--method", "swiss", "--rounds", "0"], "rounds is 0"),
        (["rank", "ROWS", "--votes", "0"], "votes is 0"),
        *(
            (["rank", "ROWS", "--pairs", "x", "--pair-confidence", value], f"--pair-confidence is {value}; it must be")
            for value in ("0.4", "1.0", "nan")
        ),
        *(
            (["rank", "ROWS", "--pairs", "x", f"--margin={value}"], f"--margin is {value}; it must be")
            for value in ("nan", "inf", "-1.0")
        ),
        (
            ["rank", "ROWS", "--method", "knockout", "--share", "0.5"],
            "--share does nothing without --method round-robin",
        ),
        (["rank", "ROWS", "--method", "swiss", "--share", "1"], "--share does nothing without --method round-robin"),
        (["rank", "ROWS", "--rounds", "3"], "--rounds does nothing without --method swiss"),
        (["rank", "ROWS", "--pair-kind", "best-worst"], "--pair-kind does nothing without --pairs"),
        (["rank", "ROWS", "--pair-format", "standard"], "--pair-format does nothing without --pairs"),
        (["rank", "ROWS", "--margin", "100"], "--margin does nothing without --pairs"),
        (["rank", "ROWS", "--pair-confidence", "0.9"], "--pair-confidence does nothing without --pairs"),
        *(
            ([*words, "--sure-at", "0.9"], "--sure-at does nothing without --close-when-sure")
            for words in (["rank", "ROWS"], ["evaluate", "ROWS"], ["judge", *PAIR])
        ),
        (["rank", "ROWS", "--sure-probes", "2"], "--sure-probes does nothing without --close-when-sure"),
    ],
)
def test_options_are_checked_before_a_model_is_loaded(
    arguments: list[str], said: str, rows: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def loaded(_: object) -> None:
        raise AssertionError

    for command in (judge, evaluate, rank):
        monkeypatch.setattr(command, "load_named_model", loaded)
    assert main([rows if one == "ROWS" else one for one in arguments]) == 2
    assert said in capsys.readouterr().err


def test_pairs_that_cannot_be_written_after_all_are_no_bad_input(
    rows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rank, "load_named_model", lambda _: scripted_model(ScriptedEngine()))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rank_pairs, "write_text_atomically", full)
    assert main(["rank", rows, "--budget", "8", "--pairs", str(tmp_path / "pairs.jsonl")]) == 1
    assert "No space left" in capsys.readouterr().err


def test_pairs_whose_folder_may_not_be_written_are_refused_first(
    rows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere
    assert main(["rank", rows, "--pairs", str(tmp_path / "pairs.jsonl")]) == 2
    assert "may not be written" in capsys.readouterr().err


def test_what_is_read_is_not_written_over(
    rows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rank, "load_named_model", lambda _: pytest.fail("a model is loaded"))
    before, out = Path(rows).read_bytes(), tmp_path / "out"
    out.mkdir()
    link, matches = tmp_path / "link.jsonl", out / "matches.jsonl"
    link.symlink_to(rows)
    for words, said in (
        (["--pairs", rows], "is the file that is ranked"),
        (["--pairs", str(link)], "is the file that is ranked"),
        (["--pairs", str(out / ".." / "rows.jsonl")], "is the file that is ranked"),
        (["--out", rows], "is a file; name a folder"),
        (["--out", str(out), "--pairs", str(matches)], "is a part of this ranking's record"),
    ):
        assert main(["rank", rows, *words]) == 2
        assert said in capsys.readouterr().err
    matches.write_bytes(before)
    assert main(["rank", str(matches), "--out", str(out)]) == 2
    assert "is the file that is ranked" in capsys.readouterr().err
    assert Path(rows).read_bytes() == matches.read_bytes() == before
    assert link.is_symlink()


@pytest.mark.parametrize("check", ["none", "run"])
def test_a_run_that_cannot_be_checked_on_leaves_the_temperature_before(
    check: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = put_run(made_run(1), tmp_path / "run")
    monkeypatch.setattr(calibrate, "store_calibration", lambda *_: pytest.fail("it was replaced"))
    assert main(["calibrate", str(folder), "--check", str(tmp_path / check)]) == 2
    assert capsys.readouterr().out == ""
