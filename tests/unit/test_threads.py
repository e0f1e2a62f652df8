"""Calls in a thread of their own."""

from __future__ import annotations

import itertools
import threading

import pytest

from rrm_ui.threads import call_in_thread, in_threads


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
