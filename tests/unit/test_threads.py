"""Calls in a thread of their own."""

from __future__ import annotations

import contextvars
import itertools
import threading
import time
from collections.abc import Generator

import pytest

from rrm_ui.threads import call_in_thread, in_threads, read_in_thread

ASKED_BY: contextvars.ContextVar[str] = contextvars.ContextVar("asked_by", default="nobody")


def test_the_result_comes_from_a_thread_that_has_ended() -> None:
    thread = call_in_thread(threading.current_thread)
    assert thread is not threading.current_thread()
    assert not thread.is_alive()


def test_an_error_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        call_in_thread(lambda: 1 // 0)


def test_many_things_are_done_side_by_side_and_all_of_them_told() -> None:
    def twice(item: int) -> list[int]:
        return [item, -item]

    told = in_threads(range(1, 30), twice, 4, stopped=lambda: False, give_up=lambda: None, wait=True)
    assert sorted(told, key=abs) == sorted([*range(1, 30), *(-one for one in range(1, 30))], key=abs)


@pytest.mark.parametrize("closed", [True, False])
def test_what_ends_the_reading_gives_the_rest_up(closed: bool) -> None:
    ended, begun = threading.Event(), []

    def work(item: int) -> list[int]:
        begun.append(item)
        if item == 3 and not closed:
            raise ValueError("the third")
        return [item]

    told = in_threads(itertools.count(), work, 1, stopped=ended.is_set, give_up=ended.set, wait=True)
    if closed:
        next(told)
        told.close()
    else:
        with pytest.raises(ValueError, match="the third"):
            list(told)
        assert begun == [0, 1, 2, 3]
    assert ended.is_set()


def test_threads_know_who_asked() -> None:
    def who(_: int) -> list[str]:
        return [ASKED_BY.get()]

    def read() -> Generator[str, None, None]:
        yield ASKED_BY.get()

    token = ASKED_BY.set("someone")
    try:
        told = in_threads(range(4), who, 2, stopped=lambda: False, give_up=lambda: None, wait=True)
        assert list(told) == ["someone"] * 4
        assert call_in_thread(ASKED_BY.get) == "someone"
        assert list(read_in_thread(read(), 5)) == ["someone"]
    finally:
        ASKED_BY.reset(token)


def test_reading_in_a_thread_gives_signs_of_life_and_raises_what_was_raised() -> None:
    go_on = threading.Event()

    def stream() -> Generator[int, None, None]:
        yield 1
        assert go_on.wait(5)
        yield 2
        raise ValueError("after two")

    told = read_in_thread(stream(), 0.01)
    assert next(told) == 1
    assert next(told) is None
    go_on.set()
    rest: list[int | None] = []

    def read_on() -> None:
        for item in told:
            rest.append(item)

    with pytest.raises(ValueError, match="after two"):
        read_on()
    assert [item for item in rest if item is not None] == [2]


def test_closing_the_reading_waits_for_nothing_and_closes_the_stream_after_its_step() -> None:
    begun, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def stream() -> Generator[int, None, None]:
        try:
            yield 1
            begun.set()
            assert go_on.wait(10)
            yield 2
            yield 3  # pragma: no cover
        finally:
            closed.set()

    told = read_in_thread(stream(), 0.01)
    next(told)
    assert begun.wait(5)
    started = time.monotonic()
    told.close()
    assert time.monotonic() - started < 5  # and not the ten that the stream waits
    assert not closed.is_set()
    go_on.set()
    assert closed.wait(5)
