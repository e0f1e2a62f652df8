"""How long to ask for a GPU: what a request may take at most, at the speed that earlier calls had.

Asking for too little has a call cut off. Asking for too much costs nothing if it ends sooner, but a visitor who has
less left is refused, and longer calls wait longer for a GPU.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.local.inline import Work

START_SECONDS = 8.0
"""Time until a new process has the weights on its GPU (a guess: 5.5 GB from a disk's cache)."""
MARGIN = 1.25
"""What is asked for, over what is expected."""

# The guess to start from: RRM-7B in NF4 (5.5 GB) reads 1,500 tokens a second and writes a step of one row in 50 ms,
# of 16 rows in 64 ms. It is slower than any card that the platform lends ought to be.
READ_BYTES_PER_SECOND = 8.25e12
"""Bytes of weights, times tokens read, that go by in a second."""
STEP_SECONDS = 0.022
STEP_SECONDS_PER_ROW = 0.001
STEP_BYTES_PER_SECOND = 2e11
"""Bytes of weights that a step reads in a second."""

GUESSED_SECONDS = 1.0
"""The guess counts like a measurement of this length."""
HALF_LIFE_SECONDS = 60.0
"""After so much newer work a measurement counts half."""


class SpeedRecord:
    """What calls have measured, for reading prompts and for every number of rows that was written side by side.

    Times are kept as a ratio to the guess, so that what was measured at 4 rows tells something about 5.
    """

    def __init__(self, weight_bytes: int) -> None:
        self._weight_bytes = weight_bytes
        self._lock = threading.Lock()
        self._seen: dict[int, tuple[float, float]] = {}
        """By number of rows, 0 for reading: seconds measured, and seconds guessed for the same work."""

    def add(self, work: Iterable[Work]) -> None:
        """Take in what a call measured."""
        with self._lock:
            for done in work:
                measured, guessed = self._seen.get(done.rows, (GUESSED_SECONDS, GUESSED_SECONDS))
                kept = 0.5 ** (done.seconds / HALF_LIFE_SECONDS)
                more = done.units * self._guess(done.rows)
                self._seen[done.rows] = (measured * kept + done.seconds, guessed * kept + more)

    def read_seconds(self, tokens: int) -> float:
        """Return how long reading ``tokens`` tokens of prompts is expected to take."""
        return tokens * self._guess(0) * self._ratio(0)

    def step_seconds(self, rows: int) -> float:
        """Return how long a step of ``rows`` rows is expected to take: as long as one token of each."""
        with self._lock:
            known = [count for count in self._seen if count > 0]
        nearest = min(known, key=lambda count: abs(count - rows), default=rows)
        return self._guess(rows) * self._ratio(nearest)

    def seconds_for(self, request: GenerationRequest, most: int) -> int:
        """Return the seconds to ask for: until every row has used its whole budget, but no more than ``most``."""
        tokens = sum(len(prompt.ids) for prompt in {row.prompt for row in request.rows})
        longest_prompt = max(len(row.prompt.ids) for row in request.rows)
        steps = request.longest_row - longest_prompt
        work = self.read_seconds(tokens) + steps * self.step_seconds(len(request.rows))
        return min(most, math.ceil(START_SECONDS + MARGIN * work))

    def _guess(self, rows: int) -> float:
        """Return the guessed seconds of a step of ``rows`` rows, for 0 those of reading a token."""
        if rows == 0:
            return self._weight_bytes / READ_BYTES_PER_SECOND
        return STEP_SECONDS + STEP_SECONDS_PER_ROW * rows + self._weight_bytes / STEP_BYTES_PER_SECOND

    def _ratio(self, rows: int) -> float:
        with self._lock:
            measured, guessed = self._seen.get(rows, (1.0, 1.0))
        return measured / guessed
