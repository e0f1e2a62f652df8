"""The engine thread: stopping, breaking, refusing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from rrm_ui.engines.interface import GenerationRequest, PromptRead, RowText
from rrm_ui.engines.local import DecodeLoop, LocalEngine
from rrm_ui.errors import BadInput, Busy, EngineFailure
from rrm_ui.values import Comparison
from tests.model.tiny import Loop, byte_loop
from tests.waiting import until


@pytest.fixture
def engine(loop: Loop) -> Iterator[LocalEngine]:
    made = LocalEngine(loop.loop, max_waiting=2)
    yield made
    made.stop()


def wait_for_rows(engine: LocalEngine, rows: int, seconds: float = 5.0) -> float:
    started = time.monotonic()
    while engine.load().rows != rows:
        assert time.monotonic() - started < seconds, f"{engine.load().rows} rows after {seconds} s, expected {rows}"
        time.sleep(0.005)
    return time.monotonic() - started


def test_closing_the_stream_frees_the_rows_while_writing(engine: LocalEngine, loop: Loop) -> None:
    prompt = loop.prompts.build(Comparison("q", "a", "b"), "AB")
    stream = engine.stream(loop.request([prompt] * 4, budget=5000))
    while not any(isinstance(event, RowText) for event in next(stream)):
        pass
    assert engine.load().rows == 4
    stream.close()
    wait_for_rows(engine, 0)


def test_closing_the_stream_frees_the_rows_in_the_middle_of_a_chunk(engine: LocalEngine, loop: Loop) -> None:
    reached = threading.Event()
    layers: list[object] = []

    def waits_to_be_given_up(layer: object, *_: object) -> None:
        layers.append(layer)
        reached.set()
        reading = loop.loop._admission.reading
        assert reading is not None
        until(lambda: reading.job.abandoned, 10)

    for one in loop.model.model.layers:
        one.register_forward_hook(waits_to_be_given_up)
    prompt = loop.prompts.build(Comparison("q", "word " * 2000, "b"), "AB")
    stream = engine.stream(loop.request([prompt] * 4))
    reader = threading.Thread(target=lambda: next(stream), daemon=True)
    reader.start()
    assert reached.wait(5)
    reader.join(5)  # a stream can only be closed while nobody reads it
    assert engine.load().rows == 4
    stream.close()
    wait_for_rows(engine, 0)
    assert len(layers) == 1


def test_an_engine_that_breaks_tells_its_readers_and_serves_the_next(engine: LocalEngine, loop: Loop) -> None:
    prompt = loop.prompts.build(Comparison("q", "a", "b"), "AB")
    calls = 0

    def breaks(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 12:
            raise ArithmeticError("a kernel broke")

    hook = loop.model.register_forward_pre_hook(breaks)
    with pytest.raises(EngineFailure, match="ArithmeticError"):
        list(engine.stream(loop.request([prompt])))
    hook.remove()
    assert engine.load().rows == 0
    events = [event for batch in engine.stream(loop.request([prompt])) for event in batch]
    assert any(isinstance(event, PromptRead) for event in events)


def test_what_can_never_fit_is_refused_with_the_numbers(loop: Loop) -> None:
    prompt = loop.prompts.build(Comparison("q", "a", "b"), "AB")
    small = LocalEngine(
        DecodeLoop(loop.model, loop.prompts.tokenizer, max_batch_tokens=500, cached_prefix_tokens=0), max_waiting=2
    )
    with pytest.raises(BadInput, match="500"):
        next(small.stream(loop.request([prompt], budget=500)))
    small.stop()


def fill_queue(engine: LocalEngine, streams: Sequence[Iterator[object]]) -> None:
    """Begin ``streams``: one runs, two wait, and the fourth is refused."""
    for number, stream in enumerate(streams[:3]):
        next(stream)
        wait_for_rows(engine, 1, 5)
        assert engine.load().waiting == number
    with pytest.raises(Busy):
        next(streams[3])


def endless(request: GenerationRequest) -> GenerationRequest:
    """Return ``request`` with thoughts that end with their budget, and no sooner: the queue stays as it is."""
    form = replace(request.verdict_format.form, close="what a model of bytes will not write")
    return replace(
        request, verdict_format=replace(request.verdict_format, form=form, close_id=None, end_ids=frozenset())
    )


def test_a_full_queue_is_refused() -> None:
    loop = byte_loop(max_rows=1)
    engine = LocalEngine(loop.loop, max_waiting=2)
    prompt = loop.prompts.build(Comparison("q", "a", "b"), "AB")
    streams = [engine.stream(endless(loop.request([prompt] * 2, budget=7000))) for _ in range(4)]
    fill_queue(engine, streams)
    assert engine.load().waiting == 2  # the refused one left nothing behind
    for stream in streams[:3]:
        stream.close()
    wait_for_rows(engine, 0, 5)
    engine.stop()


def test_what_nobody_watches_fills_no_queue_for_others() -> None:
    loop = byte_loop(max_rows=1)
    engine = LocalEngine(loop.loop, max_waiting=2)
    prompt = loop.prompts.build(Comparison("q", "a", "b"), "AB")
    watched = endless(loop.request([prompt], budget=7000, person="another"))
    streams = [engine.stream(replace(watched, watched=False, person="evaluator")) for _ in range(4)]
    fill_queue(engine, streams)
    newcomer = engine.stream(watched)
    next(newcomer)
    assert engine.load().waiting == 3
    for stream in (*streams[:3], newcomer):
        stream.close()
    wait_for_rows(engine, 0, 5)
    engine.stop()


def test_stopping_tells_running_jobs(loop: Loop) -> None:
    engine = LocalEngine(loop.loop, max_waiting=2)
    prompt = loop.prompts.build(Comparison("q", "a", "b"), "AB")
    stream = engine.stream(loop.request([prompt], budget=5000))
    next(stream)
    wait_for_rows(engine, 1, 5)
    engine.stop()
    with pytest.raises(EngineFailure, match="shutting down"):
        for _ in stream:
            pass


def test_an_engine_takes_the_memory_that_was_given_back_and_never_less(loop: Loop) -> None:
    free = iter([200, 5_000, 100])
    room = 1_000
    decode = DecodeLoop(loop.model, loop.prompts.tokenizer, max_batch_tokens=room, cached_prefix_tokens=0)
    engine = LocalEngine(decode, max_waiting=2, free_tokens=lambda: next(free))
    try:
        for expected in (1_000, 5_000, 5_000):
            engine.widen()
            assert engine.load().capacity_tokens == decode.max_batch_tokens == expected
    finally:
        engine.stop()
