"""The decode loop driven by whoever reads it: one request, no thread, and a sign of life several times a second.

``engine.py`` drives a loop for everybody from a thread that lives as long as the server. Where a model can be used
within single calls only, a call drives a loop of its own with this.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import torch

from rrm_ui.engines.interface import GenerationRequest, PromptRead, RowEvent, RowFailed, RowFinished
from rrm_ui.engines.local.job import Job
from rrm_ui.engines.local.loop import PREFILL_CHUNK, DecodeLoop
from rrm_ui.errors import EngineFailure, UserError

log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds of work between two stretches, to which the step that goes over is added."""
STEP_SECONDS = 0.05
"""Longest time that reading a chunk of a prompt should take. With the tick it stays well below a fifth of a second,
since a chunk takes longer than an equal one before it."""
FIRST_CHUNK = 64
"""Prompt tokens read in the first step, before anything is known of the speed. Those that follow go by the clock, and
with them the last bits of what is computed: the same seed may give another vote."""
LEAST_CHUNK = 8


@dataclass(frozen=True)
class Work:
    """How long a kind of work took."""

    rows: int
    """Rows that were being written side by side; 0 where prompts were read."""
    units: int
    """Steps that wrote to every row; where prompts were read, their tokens."""
    seconds: float


@dataclass(frozen=True)
class Stretch:
    """What happened in a while, and the work that it took."""

    events: Sequence[RowEvent]
    work: Sequence[Work]


def write_inline(
    loop: DecodeLoop, request: GenerationRequest, clock: Callable[[], float] = time.monotonic
) -> Generator[Stretch, None, None]:
    """Write the rows of ``request`` with ``loop``, in this thread, and yield a stretch at least five times a second.

    Closing the generator gives the rows up. The loop must have no other owner meanwhile.

    Raises:
        UserError: what ended the rows, after every event before it was given out.
    """
    job = Job(request)
    loop.prefill_chunk = FIRST_CHUNK
    loop.add(job)
    meter = _Meter(len(request.rows))
    done = False
    try:
        while not done:
            began = clock()
            events: list[RowEvent] = []
            try:
                while not done and clock() - began < TICK:
                    started = clock()
                    _step(loop, job, wait=meter.reading)
                    new, done = job.take(0)
                    seconds = clock() - started
                    events += new
                    meter.add(new, seconds)
                    if meter.reading:
                        loop.prefill_chunk = _next_chunk(loop.prefill_chunk, seconds)
            except UserError:
                yield Stretch(events, meter.flush())
                raise
            yield Stretch(events, meter.flush())
    finally:
        job.abandoned = True
        loop.step()  # drops what was given up, and the memory that it held


def _step(loop: DecodeLoop, job: Job, *, wait: bool) -> None:
    """Step ``loop``, and ``wait`` until the device is done with it. What breaks the loop is told to ``job``.

    Chunks of a prompt are only queued on a GPU: without waiting, the last one would take the time of all.
    """
    try:
        loop.step()
        if wait and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            torch.cuda.synchronize()
    except Exception as error:
        log.exception("The engine broke; its rows are ended")
        failure = _failure(error)
        loop.fail_running(failure)
        job.finish(failure)  # also where the loop broke before it had begun with it


def _failure(error: Exception) -> EngineFailure:
    if isinstance(error, torch.OutOfMemoryError):
        return EngineFailure("The GPU ran out of memory in mid-judgment. Choose fewer votes or a smaller budget.")
    return EngineFailure(f"The engine broke in mid-judgment ({type(error).__name__}). Judge again.")


def _next_chunk(chunk: int, seconds: float) -> int:
    """Return how many tokens to read next, now that reading ``chunk`` tokens took ``seconds``."""
    if seconds > STEP_SECONDS:
        return max(LEAST_CHUNK, chunk // 2)
    return min(PREFILL_CHUNK, 2 * chunk) if seconds < STEP_SECONDS / 2 else chunk


class _Meter:
    """Keeps account of the work between two stretches."""

    def __init__(self, rows: int) -> None:
        self._rows_left = rows
        self._tokens_read = 0
        self._work: dict[int, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
        self.reading = True
        """Whether the last step read a prompt; so does the first."""

    def add(self, events: Sequence[RowEvent], seconds: float) -> None:
        """Add a step that took ``seconds`` and made ``events``."""
        read = max((event.tokens for event in events if isinstance(event, PromptRead)), default=None)
        self.reading = read is not None
        if read is not None:
            self._count(0, read - self._tokens_read, seconds)
            self._tokens_read = read
        elif self._rows_left:
            self._count(self._rows_left, 1, seconds)
        self._rows_left -= sum(isinstance(event, (RowFinished, RowFailed)) for event in events)

    def flush(self) -> list[Work]:
        """Return the work since the last call."""
        work = [Work(rows, units, seconds) for rows, (units, seconds) in self._work.items()]
        self._work.clear()
        return work

    def _count(self, rows: int, units: int, seconds: float) -> None:
        before = self._work[rows]
        self._work[rows] = (before[0] + units, before[1] + seconds)
