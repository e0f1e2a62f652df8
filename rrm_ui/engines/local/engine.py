"""The local engine on a long-lived server: one thread owns the model and serves everybody from one batch."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Generator

import torch

from rrm_ui.engines.interface import EngineLoad, GenerationRequest, Queued, RowEvent
from rrm_ui.engines.local.job import Job
from rrm_ui.engines.local.loop import DecodeLoop
from rrm_ui.errors import Busy, EngineFailure, NoRoom

log = logging.getLogger(__name__)

STOPPED = "The server is shutting down. Judge again when it is back."
TICK = 0.1
"""Longest time in seconds between two looks at a job, for its reader to notice a stop."""


class LocalEngine:
    """Runs a ``DecodeLoop`` in a thread of its own; see ``rrm_ui.engines.interface.Engine``."""

    def __init__(self, loop: DecodeLoop, max_waiting: int) -> None:
        self._loop = loop
        self._max_waiting = max_waiting
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)
        self._thread.start()
        # A thread inside torch while the interpreter goes down would crash it.
        atexit.register(self.stop)

    def load(self) -> EngineLoad:
        """Return how busy the engine is now."""
        return EngineLoad(self._loop.row_count, self._loop.waiting_count)

    def stop(self) -> None:
        """End the thread after the step that it is in; running jobs are told."""
        self._stopping = True
        self._wake.set()
        self._thread.join()
        atexit.unregister(self.stop)  # it would hold the model for as long as the process lives

    def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
        """Write the rows of ``request``; see ``Engine.stream``."""
        job = self._submit(request)
        try:
            done = False
            while not done:
                events, done = job.take(TICK)
                place = self._loop.place_of(job)
                yield events or ([Queued(place)] if place else [])
        finally:
            job.abandoned = True
            self._wake.set()

    def _submit(self, request: GenerationRequest) -> Job:
        job = Job(request)
        if self._stopping:
            raise EngineFailure(STOPPED)
        if not self._loop.can_ever_take(job):
            rows, longest, most = len(request.rows), request.longest_row, self._loop.max_batch_tokens
            raise NoRoom(
                f"{rows} votes of up to {longest:,} tokens need room for {rows * longest:,} tokens, and this machine's "
                f"memory holds {most:,}. Choose fewer votes or a smaller thinking budget."
            )
        if self._loop.waiting_count >= self._max_waiting:
            raise Busy(f"{self._loop.waiting_count} judgments are waiting already. Try again in a minute.")
        self._loop.add(job)
        self._wake.set()
        return job

    def _serve(self) -> None:
        while not self._stopping:
            try:
                if not self._loop.step():
                    self._wake.wait()
                    self._wake.clear()
            except Exception as error:  # whatever broke one batch must not take the server down
                log.exception("The engine broke; running judgments are ended")
                self._loop.fail_running(EngineFailure(_explain(error)))
        self._loop.fail_running(EngineFailure(STOPPED))


def _explain(error: Exception) -> str:
    if isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error):
        return "The machine ran out of memory in mid-judgment. Choose fewer votes or a smaller thinking budget."
    return f"The engine broke in mid-judgment ({type(error).__name__}). Judge again; the log has the details."
