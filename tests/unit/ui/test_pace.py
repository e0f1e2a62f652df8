from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Iterator

import pytest

from rrm_ui.ui.pace import paced


def test_nothing_is_lost_and_order_is_kept() -> None:
    batches = list(paced(range(1000), 0.01))
    assert [item for batch in batches for item in batch] == list(range(1000))


def test_what_came_together_is_handed_on_together() -> None:
    assert len(list(paced(range(1000), 5.0))) == 1


def test_beats_go_on_while_the_stream_is_silent() -> None:
    gate = threading.Event()

    def stream() -> Iterator[int]:
        gate.wait(10)
        yield 1

    beats = paced(stream(), 0.01)
    assert next(beats) == []
    assert next(beats) == []
    gate.set()
    assert [item for batch in beats for item in batch] == [1]


def test_an_error_comes_after_what_was_before_it() -> None:
    def stream() -> Iterator[int]:
        yield 1
        raise ValueError("broke")

    beats = paced(stream(), 5.0)
    assert next(beats) == [1]
    with pytest.raises(ValueError, match="broke"):
        next(beats)


def test_the_stream_runs_in_its_readers_context() -> None:
    who = contextvars.ContextVar("who", default="nobody")
    who.set("reader")

    def stream() -> Iterator[str]:
        yield who.get()

    assert list(paced(stream(), 5.0)) == [["reader"]]


def test_a_reader_that_leaves_waits_for_nothing() -> None:
    gate = threading.Event()

    def stream() -> Iterator[int]:
        gate.wait(10)
        yield 1

    beats = paced(stream(), 0.01)
    next(beats)
    started = time.monotonic()
    beats.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 5  # and not the ten that the stream waits
    gate.set()
