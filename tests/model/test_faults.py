"""What ends a pass, a thread or a judgment, injected through the real loop: who is told, and that others go on."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from rrm_ui.engines.local import LocalEngine
from rrm_ui.engines.local.job import Job
from rrm_ui.errors import EngineFailure, EngineStopped, OutOfTime
from rrm_ui.events import JudgmentFinished, VoteFinished
from rrm_ui.judge import judge
from rrm_ui.values import Comparison
from tests.benchmarks.judges import judging, short, tiny_judge
from tests.model.crowds import Reader, crowd, last_layer_failing, over, serving, writing_always
from tests.model.tiny import Loop, byte_loop, drain
from tests.waiting import until


@pytest.fixture
def loop() -> Loop:
    return byte_loop()


@pytest.mark.parametrize("error", [ZeroDivisionError("in a kernel"), SystemExit(3)])
def test_a_pass_or_a_thread_that_breaks_ends_what_runs_and_nothing_else(error: BaseException) -> None:
    loop = byte_loop(max_rows=2)
    with serving(loop) as engine:
        running = Reader(engine, crowd(loop, 2, budget=3000))
        until(lambda: len(loop.loop.rows) == 2)
        waiting = Reader(engine, crowd(loop, 2))
        until(lambda: engine.load().waiting == 1)
        before = engine._thread
        with last_layer_failing(loop, lambda *_: True, error) as failures:
            until(lambda: bool(failures))
            running.join(10)
        waiting.join(60)
        assert running.error is not None
        assert type(error).__name__ in running.error.message
        # The one that waited may have been admitted while the layer still failed; told or served, never forgotten.
        assert waiting.error is not None or len(over(waiting.events)) == 2
        assert (engine._thread is before) == isinstance(error, Exception)
        after = Reader(engine, crowd(loop, 2))
        after.join(60)
        assert len(over(after.events)) == 2


def test_jobs_that_wait_go_on_when_a_pass_breaks() -> None:
    small = byte_loop(max_rows=1)
    running, waiting = Job(crowd(small, 2)), Job(crowd(small, 2))
    for job in (running, waiting):
        small.loop.add(job)
    for _ in range(6):
        small.loop.step()
    small.loop.fail_running(EngineFailure("It broke."))
    while small.loop.step():
        pass
    assert over(running.take(0)[0]) == {}
    with pytest.raises(EngineFailure, match="broke"):
        running.take(0)
    assert len(over(drain(waiting))) == 2


def test_stopping_keeps_what_finished_and_tells_the_rest_even_in_a_long_prompt(loop: Loop) -> None:
    layers: list[object] = []
    engine = LocalEngine(loop.loop, max_waiting=8)
    short = Reader(engine, crowd(loop, 1, budget=4))
    short.join(60)

    def waits_for_the_stop(layer: object, *_: object) -> None:
        layers.append(layer)
        until(lambda: loop.loop.stopping, 10)

    for layer in loop.model.model.layers:
        layer.register_forward_hook(waits_for_the_stop)
    long = loop.prompts.build(Comparison("word " * 800, "Yes.", "No."), "AB")
    readers = [Reader(engine, loop.request([long])), Reader(engine, crowd(loop, 2))]
    until(lambda: engine.load().rows == 1 and engine.load().waiting == 1 and layers)
    engine.stop()
    assert len(layers) == 1
    for reader in readers:
        reader.join(5)
        assert isinstance(reader.error, EngineStopped)
        assert "shutting down" in reader.error.message
    assert len(over(short.events)) == 1
    with pytest.raises(EngineFailure, match="shutting down"):
        next(engine.stream(crowd(loop, 1)))


def test_a_client_that_vanishes_while_queued_leaves_nothing() -> None:
    small = byte_loop(max_rows=1)
    fast = threading.Event()

    def hold(*_: object) -> None:
        fast.wait(0.1)

    small.model.register_forward_pre_hook(hold)  # the row must outlive the queue
    with serving(small) as engine:
        running = Reader(engine, crowd(small, 1, budget=300))
        until(lambda: len(small.loop.rows) == 1)
        queued = engine.stream(crowd(small, 4))
        next(queued)
        assert engine.load().waiting == 1
        queued.close()
        assert engine.load().waiting == 0
        fast.set()
        running.join(60)
        assert len(over(running.events)) == 1
        until(lambda: engine.load().rows == 0)


def test_the_votes_that_finished_before_a_stop_are_kept() -> None:
    with judging(lambda: tiny_judge(max_rows=1)) as model:
        events = []
        for event in judge(Comparison("Is two even?", "Yes.", "No."), short(model, votes=2, budget=300), model):
            events.append(event)
            if isinstance(event, VoteFinished):
                model.engine.stop()
    assert isinstance(events[-1], JudgmentFinished)
    judgment = events[-1].judgment
    assert [vote.status for vote in judgment.votes] == ["finished", "failed"]
    assert judgment.error is not None
    assert "shutting down" in judgment.error


def test_the_votes_that_finished_before_the_deadline_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0.0]
    with judging(lambda: tiny_judge(max_rows=1, judgment_seconds=1800)) as model:
        assert isinstance(model.engine, LocalEngine)
        monkeypatch.setattr(model.engine._loop, "clock", lambda: time.perf_counter() + passed[0])
        events = []
        for event in judge(Comparison("Is two even?", "Yes.", "No."), short(model, votes=2, budget=300), model):
            events.append(event)
            passed[0] += 3600 * isinstance(event, VoteFinished)
    assert isinstance(events[-1], JudgmentFinished)
    judgment = events[-1].judgment
    assert [vote.status for vote in judgment.votes] == ["finished", "failed"]
    assert judgment.error is not None
    assert "1800 seconds" in judgment.error


def test_a_judgment_that_nobody_watches_has_no_deadline() -> None:
    small = byte_loop(max_rows=1)
    with serving(small, judgment_seconds=0.01) as engine:
        reader = Reader(engine, replace(crowd(small, 2, budget=40), watched=False))
        reader.join(60)
        assert reader.error is None
        assert len(over(reader.events)) == 2


def test_a_judgment_past_its_deadline_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = [0.0]
    small = byte_loop(max_rows=1)
    monkeypatch.setattr(small.loop, "clock", lambda: time.perf_counter() + passed[0])
    writing_always(small, small.prompts.tokenizer.encode("x").ids[0])
    with serving(small, judgment_seconds=1800) as engine:
        first = Reader(engine, crowd(small, 2, budget=4))
        first.join(60)
        assert first.error is None
        late = Reader(engine, crowd(small, 1, budget=7000, temperature=0.0))
        until(lambda: engine.load().rows == 1)
        passed[0] = 3600
        late.join(60)
        assert isinstance(late.error, OutOfTime)
        assert "1800 seconds" in late.error.message
        until(lambda: engine.load().rows == 0)
