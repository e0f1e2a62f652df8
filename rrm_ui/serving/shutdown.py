"""The orderly end of a server: SIGTERM, or Ctrl+C once.

Nothing new begins, what runs is ended with what has finished, its readers get that, and the process exits within
five seconds, whatever the engine or the loading of a model is at. A second signal ends it at once.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

from rrm_ui.serving.visits import Visits

log = logging.getLogger(__name__)

ENDING_SECONDS = 2.5
"""For judgments to end by themselves: their readers look for it ten times a second, whatever the engine does."""
ENGINE_SECONDS = 1.0
"""For the engine to end what would not, after the step it is in."""
DELIVERY_SECONDS = 0.5
"""For what was told last to reach its readers: their streams are looked at twenty times a second."""

EXIT_IN_ORDER = 0
"""It ended as it was asked to and lost nothing: no failure to a supervisor, which knows that it sent the signal."""
EXIT_CUT_OFF = 1
"""Something would not end and was cut off."""


class Shutdown:
    """Waits for the signal to end, and ends what runs."""

    def __init__(self, visits: Visits, stop_engine: Callable[[], None]) -> None:
        self._visits, self._stop_engine = visits, stop_engine
        self._asked = threading.Event()

    def catch_signals(self) -> None:
        """Take SIGTERM and SIGINT from now on; only the main thread may call this."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def wait(self) -> None:
        """Wait until the process is asked to end."""
        self._asked.wait()

    def end(self) -> int:
        """End what runs and return the exit code; takes at most four seconds."""
        log.info("Shutting down")
        self._visits.shut_down()
        over = self._visits.wait_until_over(ENDING_SECONDS)
        # In a thread of its own: a step on a long prompt may take longer than there is time.
        engine = threading.Thread(target=self._stop_engine, name="engine-stop", daemon=True)
        engine.start()
        engine.join(ENGINE_SECONDS)
        over = over or self._visits.wait_until_over(0)
        time.sleep(DELIVERY_SECONDS)
        if not over:
            log.warning("Something that ran would not end and is cut off")
        return EXIT_IN_ORDER if over else EXIT_CUT_OFF

    def _ask(self, *_: object) -> None:
        self._asked.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)


def exit_at_once(code: int) -> None:
    """End the process without the interpreter's own tidying.

    That would wait for the engine's step, and threads that load or compute could crash in it. Nothing is lost: every
    file is written beside its place and renamed, or a log that survives a kill.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
