"""The exit code of a server that is told to end."""

from __future__ import annotations

import threading

import pytest

from rrm_ui.serving import Visits, shutdown
from rrm_ui.serving.shutdown import EXIT_CUT_OFF, EXIT_IN_ORDER, Shutdown


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENDING_SECONDS", "ENGINE_SECONDS", "DELIVERY_SECONDS"):
        monkeypatch.setattr(shutdown, name, 0.02)


def test_what_ends_in_order_is_no_failure() -> None:
    stopped = threading.Event()
    assert Shutdown(Visits(), stopped.set).end() == EXIT_IN_ORDER
    assert stopped.is_set()


def test_what_would_not_end_is_cut_off_and_told_by_the_exit_code() -> None:
    visits = Visits()
    with visits.open("judgment", "somebody"):
        assert Shutdown(visits, lambda: None).end() == EXIT_CUT_OFF
