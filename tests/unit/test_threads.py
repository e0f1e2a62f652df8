"""Calls in a thread of their own."""

from __future__ import annotations

import threading

import pytest

from rrm_ui.threads import call_in_thread


def test_the_result_comes_from_a_thread_that_has_ended() -> None:
    thread = call_in_thread(threading.current_thread)
    assert thread is not threading.current_thread()
    assert not thread.is_alive()


def test_an_error_is_the_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        call_in_thread(lambda: 1 // 0)
