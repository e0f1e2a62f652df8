"""Waiting for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Return once ``condition`` holds; fail if it does not within ``seconds``: a bound for what hangs, not a target."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"did not happen within {seconds:.0f} s"
        time.sleep(0.01)
