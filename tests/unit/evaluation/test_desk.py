from __future__ import annotations

import contextvars
import json
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from rrm_ui.engines.interface import GenerationRequest, RowEvent
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.errors import (
    BadInput,
    Busy,
    NoRoom,
    NotReady,
    OutOfMemory,
    PlatformRefused,
    ShuttingDown,
    TooManyAtOnce,
    VotesLimit,
)
from rrm_ui.evaluation.desk import RunDesk
from rrm_ui.evaluation.items import Item, ItemSet
from rrm_ui.evaluation.record import read_run
from rrm_ui.evaluation.shelf import RunShelf
from rrm_ui.judge import JudgeModel
from rrm_ui.scripted_model import scripted_model
from rrm_ui.serving import Limits, Visits
from rrm_ui.values import JudgeSettings
from tests.full_disk import fill_disk_of_logs
from tests.unit.evaluation.folders import put_run
from tests.unit.evaluation.made_runs import RunShape, made_run
from tests.unit.serving.samples import samples_of
from tests.waiting import until

SETTINGS = JudgeSettings(thinking_budget=64, votes=2, probe_every=16)


def items(count: int) -> ItemSet:
    made = tuple(Item(f"item-{index}", f"What is {index}?", "this", "that", "A") for index in range(count))
    return ItemSet("questions.jsonl", made, source="questions.jsonl")


def desk_with(tmp_path: Path, engine: ScriptedEngine) -> tuple[RunShelf, RunDesk]:
    shelf = RunShelf(tmp_path / "runs", tmp_path / "shipped")
    model = scripted_model(engine)
    return shelf, RunDesk(shelf, lambda: model)


def failure_code(desk: RunDesk) -> str | None:
    failure = desk.state().failure
    return None if failure is None else failure.code


def test_a_run_is_done_in_the_background_and_kept(tmp_path: Path) -> None:
    shelf, desk = desk_with(tmp_path, ScriptedEngine())
    key = desk.start(items(6), SETTINGS, None)
    assert desk.wait(20)
    assert desk.state().key is None
    assert desk.state().failure is None
    run = shelf.read(key)
    assert run.state == "finished"
    assert len(run.complete) == 6
    assert run.folder.parent == tmp_path / "runs"


def test_a_limit_takes_a_sample(tmp_path: Path) -> None:
    shelf, desk = desk_with(tmp_path, ScriptedEngine())
    key = desk.start(items(20), SETTINGS, 5)
    assert desk.wait(20)
    assert len(shelf.read(key).judged) == 5
    assert shelf.read(key).spec.rows == 20


def test_one_run_at_a_time(tmp_path: Path) -> None:
    _, desk = desk_with(tmp_path, ScriptedEngine(tokens_per_second=20))
    key = desk.start(items(6), SETTINGS, None)
    assert desk.state().key == key
    with pytest.raises(Busy, match="running already"):
        desk.start(items(6), SETTINGS, None)
    desk.stop()
    assert desk.wait(20)


def test_a_stopped_run_goes_on_and_casts_no_vote_twice(tmp_path: Path) -> None:
    engine = ScriptedEngine(tokens_per_second=60)
    shelf, desk = desk_with(tmp_path, engine)
    key = desk.start(items(40), SETTINGS, 30)
    until(lambda: (progress := desk.state().progress) is not None and progress.votes_done >= 8)
    desk.stop()
    assert desk.state().stopping
    assert desk.wait(20)
    stopped = shelf.read(key)
    assert stopped.state == "stopped"
    kept = {(one.item.id, vote.index): vote for one in stopped.judged for vote in one.votes}
    assert 8 <= len(kept) < 60
    engine.tokens_per_second = None
    assert desk.go_on(key) == key
    assert desk.wait(20)
    assert desk.state().failure is None
    finished = shelf.read(key)
    assert finished.state == "finished"
    assert len(finished.complete) == 30
    assert finished.spec.rows == 40, "the record still says what the sample was drawn from"
    for one in finished.judged:
        for vote in one.votes:
            assert kept.get((one.item.id, vote.index), vote) == vote
    assert len((finished.folder / "votes.jsonl").read_text().splitlines()) == 60


def test_a_server_that_shuts_down_leaves_a_run_that_goes_on(tmp_path: Path) -> None:
    shelf, visits = RunShelf(tmp_path / "runs", tmp_path / "shipped"), Visits()
    model = scripted_model(ScriptedEngine(tokens_per_second=60))
    desk = RunDesk(shelf, lambda: model, visits)
    key = desk.start(items(40), SETTINGS, None, "somebody")
    until(lambda: (progress := desk.state().progress) is not None and progress.votes_done >= 8)
    visits.shut_down()
    assert visits.wait_until_over(3), "the run is over before the process ends"
    stopped = shelf.read(key)
    assert stopped.state == "stopped"
    assert 8 <= sum(len(one.votes) for one in stopped.judged) < 80
    assert samples_of(visits.metrics, "rrm_requests_total") == {("evaluation",): 1}
    assert sum(samples_of(visits.metrics, "rrm_judgments_total").values()) >= 4
    with pytest.raises(ShuttingDown):
        desk.go_on(key)
    assert desk.wait(5)
    assert desk.state().key is None
    later = RunDesk(shelf, lambda: scripted_model(ScriptedEngine()))
    later.go_on(key)
    assert later.wait(20)
    assert len(shelf.read(key).complete) == 40


def test_a_run_counts_as_one_request_of_its_person(tmp_path: Path) -> None:
    engine = ScriptedEngine(tokens_per_second=20)
    visits = Visits(Limits(votes=2, requests_per_person=1))
    model = scripted_model(engine)
    desk = RunDesk(RunShelf(tmp_path / "runs", tmp_path / "shipped"), lambda: model, visits)
    with pytest.raises(VotesLimit):
        desk.start(items(6), replace(SETTINGS, votes=4), None, "somebody")
    with visits.open("judgment", "somebody"), pytest.raises(TooManyAtOnce):
        desk.start(items(6), SETTINGS, None, "somebody")
    assert desk.state().key is None
    desk.start(items(6), SETTINGS, None, "somebody")
    with pytest.raises(TooManyAtOnce), visits.open("judgment", "somebody"):
        pass
    until(lambda: bool(engine.requests))
    assert {request.person for request in engine.requests} == {"somebody"}
    desk.stop()
    assert desk.wait(20)
    with visits.open("judgment", "somebody"):
        pass


def test_a_run_that_a_dead_server_left_goes_on(tmp_path: Path) -> None:
    shelf, desk = desk_with(tmp_path, ScriptedEngine())
    key = desk.start(items(4), SETTINGS, None)
    assert desk.wait(20)
    folder = shelf.folder_of(key)
    votes = (folder / "votes.jsonl").read_text().splitlines(keepends=True)
    (folder / "votes.jsonl").write_text("".join(votes[:3]) + votes[3][:20])
    _, other = desk_with(tmp_path, ScriptedEngine())
    other.go_on(key)
    assert other.wait(20)
    assert len(read_run(folder).complete) == 4


def test_what_cannot_go_on_says_so(tmp_path: Path) -> None:
    shelf, desk = desk_with(tmp_path, ScriptedEngine())
    put_run(made_run(1), tmp_path / "shipped" / "reference")
    put_run(made_run(1, RunShape(unfinished=2, state="stopped")), tmp_path / "runs" / "bare", texts=False)
    with pytest.raises(BadInput, match="came with the program"):
        desk.go_on("shipped:reference")
    with pytest.raises(BadInput, match="holds no texts"):
        desk.go_on("bare")
    with pytest.raises(BadInput, match="no such run"):
        desk.go_on("nothing")
    assert desk.state().key is None
    assert len(shelf.summaries()) == 2


def test_another_models_run_is_refused_and_stays(tmp_path: Path) -> None:
    shelf, desk = desk_with(tmp_path, ScriptedEngine())
    put_run(made_run(1, RunShape(unfinished=2, state="stopped")), tmp_path / "runs" / "made")
    desk.go_on("made")
    assert desk.wait(20)
    failure = desk.state().failure
    assert failure is not None
    assert failure.code == "run_other"
    assert failure.message.startswith("made holds another run (data was")  # its name, not where the server keeps it
    parts = {name: (was, is_now) for name, was, is_now in json.loads(str(failure.values["parts"]))}
    assert parts["name"] == ("made-up-judge", "scripted")
    assert "version of torch" in parts
    assert shelf.read("made").state == "stopped"


def test_a_model_that_is_not_ready_starts_nothing(tmp_path: Path) -> None:
    def model() -> JudgeModel:
        raise NotReady("The model is still being made ready.")

    shelf = RunShelf(tmp_path / "runs", tmp_path / "shipped")
    with pytest.raises(NotReady):
        RunDesk(shelf, model).start(items(2), SETTINGS, None)
    assert shelf.summaries() == ()


def test_a_run_that_breaks_off_says_why_and_frees_the_desk(tmp_path: Path) -> None:
    def broken(request: GenerationRequest, row: int) -> ScriptedRow:
        raise RuntimeError("a bug")

    _, desk = desk_with(tmp_path, ScriptedEngine(broken))
    desk.start(items(3), SETTINGS, None)
    assert desk.wait(20)
    assert failure_code(desk) == "run_unexpected"
    assert desk.state().key is None
    desk.start(items(3), replace(SETTINGS, votes=65), None)
    assert desk.wait(20)
    assert "votes is 65" in str(desk.state().failure)


def test_comparisons_whose_votes_fail_are_told_with_the_reason(tmp_path: Path) -> None:
    def failing(request: GenerationRequest, row: int) -> ScriptedRow:
        return ScriptedRow(("so ",) * 9, fails_after=2)

    shelf, desk = desk_with(tmp_path, ScriptedEngine(failing))
    key = desk.start(items(3), SETTINGS, None)
    assert desk.wait(20)
    assert shelf.read(key).state == "stopped"
    told = desk.state().to_dict()
    assert (told["failure"]["key"], told["failure"]["values"]["n"]) == ("run_unjudged", 3)
    assert told["failure"]["text"] == "3 comparisons could not be judged: " + told["reason"]["text"]
    desk.start(items(3), SETTINGS, None)
    assert desk.state().failure is None


@pytest.mark.parametrize(("comparisons", "code"), [(2, "run_unjudged"), (60, "engine_keeps_breaking")])
def test_what_broke_the_engine_is_told_by_its_kind(tmp_path: Path, comparisons: int, code: str) -> None:
    def breaking(request: GenerationRequest, row: int) -> ScriptedRow:
        raise OutOfMemory("The machine ran out of memory.")

    _, desk = desk_with(tmp_path, ScriptedEngine(breaking))
    desk.start(items(comparisons), SETTINGS, None)
    assert desk.wait(20)
    told = desk.state().to_dict()
    assert (told["failure"]["key"], told["reason"]["key"]) == (code, "out_of_memory")


def test_a_full_disk_is_told_by_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_disk_of_logs(monkeypatch, 500)
    _, desk = desk_with(tmp_path, ScriptedEngine())
    desk.start(items(3), SETTINGS, None)
    assert desk.wait(20)
    assert desk.state().to_dict()["failure"]["values"] == {"reason": "No space left on device"}
    assert failure_code(desk) == "record_failure"


def test_no_folder_of_the_server_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: GenerationRequest, row: int) -> ScriptedRow:
        raise NoRoom(f"{tmp_path}/runs: no", place=str(tmp_path / "runs"))

    _, desk = desk_with(tmp_path, ScriptedEngine(broken))
    monkeypatch.setattr(RunShelf, "new_folder", lambda *_: tmp_path / "runs")
    desk.start(items(1), SETTINGS, None)
    assert desk.wait(20)
    assert str(tmp_path) not in json.dumps(desk.state().to_dict())


ASKED_BY: contextvars.ContextVar[str] = contextvars.ContextVar("asked_by", default="nobody")


def test_a_run_is_judged_in_the_name_of_who_started_it(tmp_path: Path) -> None:
    judged_for = set()

    class Asking(ScriptedEngine):
        def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
            judged_for.add(ASKED_BY.get())
            return super().stream(request)

    _, desk = desk_with(tmp_path, Asking())
    contextvars.copy_context().run(lambda: (ASKED_BY.set("someone"), desk.start(items(6), SETTINGS, None)))
    assert desk.wait(20)
    assert judged_for == {"someone"}


def test_a_refusal_of_the_platform_ends_a_run_in_its_words(tmp_path: Path) -> None:
    class Refusing(ScriptedEngine):
        def stream(self, _request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
            raise PlatformRefused("ZeroGPU quota exceeded: try again tomorrow.", ValueError())

    _, desk = desk_with(tmp_path, Refusing())
    desk.start(items(6), SETTINGS, None)
    assert desk.wait(20)
    assert failure_code(desk) == "platform_refused"  # which a page does not word anew
    assert "ZeroGPU quota exceeded: try again tomorrow." in str(desk.state().failure)
