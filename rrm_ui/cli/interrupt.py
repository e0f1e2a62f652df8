"""Ctrl+C at a command: the first one stops in good order, the second one at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STDERR = 2
SAID = b"\nStopping; what has finished is kept. Ctrl+C once more ends it at once.\n"


@contextmanager
def interrupt_sets(cancel: threading.Event) -> Iterator[threading.Event]:
    """Let a first Ctrl+C set ``cancel``, so that what finished is kept; a second one interrupts."""

    def stop(*_: object) -> None:
        cancel.set()
        os.write(STDERR, SAID)  # what has a buffer may be in the middle of another line
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)
