"""Counts what an engine fails to judge while a run goes on, and tells it at the end."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from rrm_ui.errors import EngineFailure, Failure, NoRoom
from rrm_ui.events import VoteFinished

MOST_BREAKS = 3
"""So many breaks of the engine without a vote between them end the run: it would fail everything."""


@dataclass(frozen=True)
class Unjudged:
    """Comparisons that a run tried and that lack votes: nobody stopped it."""

    comparisons: int
    reason: Failure
    """What broke last."""

    @property
    def failure(self) -> Failure:
        """The whole as one sentence; a page may word its ``reason`` anew."""
        noun = "comparison" if self.comparisons == 1 else "comparisons"
        return Failure(
            f"{self.comparisons:,} {noun} could not be judged: {self.reason.message}",
            code="run_unjudged",
            values={"n": self.comparisons, "reason": self.reason.message},
        )


class EngineKeepsBreaking(EngineFailure):
    """The engine breaks again and again, so that the run was ended; ``reason`` is what broke last."""

    code = "engine_keeps_breaking"

    def __init__(self, reason: Failure) -> None:
        message = f"The engine keeps breaking, so the run was stopped: {reason.message}"
        super().__init__(message, reason=reason.message)
        self.reason = reason


class FailureCount:
    """What broke in one sitting, whichever of its threads saw it."""

    def __init__(self, comparisons_at_once: int) -> None:
        self._most = MOST_BREAKS * comparisons_at_once  # one break ends every comparison under way
        self._breaks = 0
        self._last: Failure | None = None
        self._no_room: NoRoom | None = None
        self.without_room = 0
        """Comparisons of which the machine's memory does not hold one vote."""
        self._lock = threading.Lock()

    def vote_over(self, event: VoteFinished) -> None:
        """Take a vote: one that finished shows that the engine works, one that failed says why."""
        with self._lock:
            if event.vote.status == "finished":
                self._breaks = 0
            else:
                self._last = event.failure or Failure(event.vote.error or "")

    def found_no_room(self, error: NoRoom) -> None:
        """Count a comparison that the machine's memory does not hold."""
        with self._lock:
            self.without_room += 1
            self._no_room, self._last = error, error.failure

    def raise_no_room(self) -> None:
        """Raise what was said of the last comparison that the memory does not hold."""
        if self._no_room is not None:
            raise self._no_room

    def engine_broke(self, failure: Failure) -> None:
        """Count a break of the engine.

        Raises:
            EngineKeepsBreaking: it was one too many.
        """
        with self._lock:
            self._last = failure
            self._breaks += 1
            if self._breaks >= self._most:
                raise EngineKeepsBreaking(failure)

    def unjudged(self, comparisons: int) -> Unjudged | None:
        """Return what is to be told about ``comparisons`` that lack votes; None where there is nothing to tell."""
        return Unjudged(comparisons, self._last) if comparisons and self._last is not None else None
