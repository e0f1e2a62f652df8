"""How long reading and writing take on this machine, measured as it goes, and what follows for those who wait."""

from __future__ import annotations

from collections.abc import Sequence

CHUNK = 512
"""Prompt tokens read per step while nobody watches rows being written, and never more."""
FIRST_BUSY_CHUNK = 32
"""The same while somebody watches, before anything was measured."""
LEAST_CHUNK = 8
"""Fewer tokens would cost a pass about as much, and a newcomer would never get in."""
BUSY_SECONDS = 0.1
"""How long a chunk of a newcomer's prompt may hold up the rows that somebody watches, where steps are short."""
BUSY_STEPS = 3
"""And in steps, where they are long: there a pass costs nearly as much for a few tokens as for one, and chunks of a few
would take both the newcomer and the others longer."""
NEWEST_WEIGHT = 0.2
"""Weight of the newest measurement in a running mean."""


class Pace:
    """Running measurements. Whoever steps the loop tells them; any thread may ask.

    ``chunk_seconds`` is how long reading a chunk may take, always; None: only while somebody watches rows being
    written, and then ``BUSY_SECONDS``, or ``BUSY_STEPS`` steps of these rows if that is longer.
    """

    def __init__(self, chunk_seconds: float | None = None) -> None:
        self._chunk_seconds = chunk_seconds
        self._chunk_speed: float | None = None
        self._seconds_per_token: float | None = None
        self._step_seconds: float | None = None
        self._row_seconds: float | None = None

    def chunk(self, *, watched: bool) -> int:
        """Return how many prompt tokens to read in the next step.

        A pass costs something however few tokens it reads, so a speed that was measured on larger chunks promises too
        much; the next measurement corrects it.
        """
        if not watched and self._chunk_seconds is None:
            return CHUNK
        if self._chunk_speed is None:
            return FIRST_BUSY_CHUNK
        seconds = self._chunk_seconds or max(BUSY_SECONDS, BUSY_STEPS * (self._step_seconds or 0.0))
        return max(LEAST_CHUNK, min(CHUNK, int(self._chunk_speed * seconds)))

    def chunk_read(self, tokens: int, seconds: float) -> None:
        """Take the time of one chunk. The ends of prompts are too short to tell anything."""
        if tokens >= LEAST_CHUNK and seconds > 0:
            self._chunk_speed = tokens / seconds

    def step_written(self, seconds: float) -> None:
        """Take the time of one step of all rows."""
        self._step_seconds = _mean(self._step_seconds, seconds)

    def prompts_read(self, tokens: int, seconds: float) -> None:
        """Take the time from a job's admission until its prompts were read, other rows' steps included."""
        if tokens > 0:
            self._seconds_per_token = _mean(self._seconds_per_token, seconds / tokens)

    def row_over(self, seconds: float) -> None:
        """Take the time from a row's first token to its end."""
        self._row_seconds = _mean(self._row_seconds, seconds)

    def wait(self, tokens_ahead: int, rows_to_leave: int, ages: Sequence[float]) -> float | None:
        """Return the seconds until a row may join; None if nothing was measured that tells.

        Before it, ``tokens_ahead`` prompt tokens are read and ``rows_to_leave`` rows must leave; those that run have
        been running for ``ages`` seconds.
        """
        reading = 0.0
        if tokens_ahead > 0:
            if self._seconds_per_token is None:
                return None
            reading = tokens_ahead * self._seconds_per_token
        if rows_to_leave <= 0:
            return reading
        if self._row_seconds is None:
            return None
        return max(reading, leaving_seconds(rows_to_leave, ages, self._row_seconds))


def leaving_seconds(rows: int, ages: Sequence[float], row_seconds: float) -> float:
    """Return when the ``rows``-th row leaves, if each takes ``row_seconds`` and each place is filled again at once.

    A row that is older than that leaves after a tenth of it: nothing more is known.
    """
    left = sorted(max(row_seconds - age, row_seconds / 10) for age in ages) or [row_seconds]
    rounds, place = divmod(rows - 1, len(left))
    return left[place] + rounds * row_seconds


def _mean(old: float | None, new: float) -> float:
    return new if old is None else old + NEWEST_WEIGHT * (new - old)
