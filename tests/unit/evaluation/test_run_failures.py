"""What breaks in a run is told, and what had finished is kept: a full disk, votes that fail, an engine that breaks."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from rrm_ui.engines.interface import GenerationRequest, RowEvent
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow, default_script
from rrm_ui.errors import NoRoom, RecordFailure
from rrm_ui.evaluation import runner
from rrm_ui.evaluation.record import Run, read_run, write_state
from rrm_ui.evaluation.runner import RunProgress, run_evaluation
from rrm_ui.evaluation.unjudged import EngineKeepsBreaking
from rrm_ui.events import Event, VoteFinished
from rrm_ui.row_log import RowLog
from rrm_ui.scripted_model import scripted_model
from rrm_ui.values import Vote
from tests.full_disk import disk_full, fill_disk_of_logs
from tests.unit.evaluation.test_runner import SETTINGS, items, votes_of


def failing(request: GenerationRequest, row: int) -> ScriptedRow:
    return replace(default_script(request, row), fails_after=3)


def breaking(request: GenerationRequest, row: int) -> ScriptedRow:
    return replace(default_script(request, row), fails_after=2, breaks_engine=True)


def run_over(count: int, folder: Path, engine: ScriptedEngine | None = None) -> Run:
    return run_evaluation(items(count), SETTINGS, scripted_model(engine or ScriptedEngine()), folder)


@pytest.mark.parametrize("room", [0, 20_000])
def test_a_full_disk_ends_a_run_that_goes_on_when_there_is_room(tmp_path: Path, room: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        fill_disk_of_logs(patch, room)
        with pytest.raises(RecordFailure, match=r"can no longer be written \(No space left on device\)\. Make room"):
            run_over(40, tmp_path / "run")
    stopped = read_run(tmp_path / "run")
    assert stopped.state == "stopped"
    assert any(judged.votes for judged in stopped.judged) == bool(room)
    again = run_over(40, tmp_path / "run")
    assert again.state == "finished"
    assert votes_of(again) == votes_of(run_over(40, tmp_path / "whole"))


def test_a_log_that_cannot_be_opened_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise disk_full()

    monkeypatch.setattr(RowLog, "__init__", refused)
    with pytest.raises(RecordFailure, match="No space left"):
        run_over(2, tmp_path)
    assert read_run(tmp_path).state == "stopped"


def test_a_state_that_cannot_be_written_is_said_and_the_votes_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object) -> None:
        if "finished" in arguments:
            raise disk_full()
        write_state(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(runner, "write_state", refused)
    with pytest.raises(RecordFailure, match="No space left"):
        run_over(2, tmp_path)
    assert len(read_run(tmp_path).complete) == 2


def test_what_broke_first_is_what_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Small(ScriptedEngine):
        def stream(self, _request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
            yield from ()
            raise NoRoom("No vote fits.")

    closed = RowLog.close

    def refused(log: RowLog) -> None:
        closed(log)
        raise disk_full()

    monkeypatch.setattr(RowLog, "close", refused)
    with pytest.raises(NoRoom):
        run_over(3, tmp_path, Small())
    assert read_run(tmp_path).state == "stopped"


def test_an_error_that_is_not_the_folders_is_not_told_as_its_own(tmp_path: Path) -> None:
    def report(_: RunProgress) -> None:
        raise BrokenPipeError("nobody reads the progress")

    slow = scripted_model(ScriptedEngine(tokens_per_second=40))
    with pytest.raises(BrokenPipeError):
        run_evaluation(items(40), SETTINGS, slow, tmp_path, report=report)
    assert read_run(tmp_path).state == "stopped"


def test_votes_that_all_fail_are_told(tmp_path: Path) -> None:
    unjudged = run_over(3, tmp_path, ScriptedEngine(failing)).unjudged
    assert unjudged is not None
    assert unjudged.failure.message == "3 comparisons could not be judged: " + unjudged.reason.message
    assert "broke off in the middle" in unjudged.reason.message
    assert (unjudged.failure.code, unjudged.failure.values["n"]) == ("run_unjudged", 3)
    assert run_over(3, tmp_path).unjudged is None


def test_one_comparison_that_failed_among_others_is_told(tmp_path: Path) -> None:
    def once(request: GenerationRequest, row: int) -> ScriptedRow:
        first = request is engine.requests[0] and row == 0
        return (failing if first else default_script)(request, row)

    engine = ScriptedEngine(once)
    run = run_over(4, tmp_path, engine)
    assert len(run.complete) == 3
    assert run.unjudged is not None
    assert run.unjudged.failure.message.startswith("1 comparison could not be judged: ")


def test_breaks_too_few_to_end_a_run_are_told_at_its_end(tmp_path: Path) -> None:
    unjudged = run_over(2, tmp_path, ScriptedEngine(breaking)).unjudged
    assert unjudged is not None
    assert unjudged.comparisons == 2
    assert unjudged.reason.code == "engine_failure"


def test_an_engine_that_keeps_breaking_says_what_broke(tmp_path: Path) -> None:
    with pytest.raises(EngineKeepsBreaking) as caught:
        run_over(30, tmp_path, ScriptedEngine(breaking))
    assert caught.value.reason.code == "engine_failure"
    assert caught.value.message.endswith(caught.value.reason.message)


def test_a_run_that_its_user_stopped_has_nothing_to_tell(tmp_path: Path) -> None:
    cancel = threading.Event()
    failed: list[Vote] = []

    def stop_at_a_failure(events: Generator[Event, None, None]) -> Generator[Event, None, None]:
        for event in events:
            if isinstance(event, VoteFinished) and event.vote.status == "failed":
                failed.append(event.vote)
                cancel.set()
            yield event

    model = scripted_model(ScriptedEngine(failing))
    run = run_evaluation(items(40), SETTINGS, model, tmp_path, cancel=cancel, observe=stop_at_a_failure)
    assert failed
    assert (run.state, run.unjudged) == ("stopped", None)
