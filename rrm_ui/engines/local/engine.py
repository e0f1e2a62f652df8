"""The local engine on a long-lived server: one thread owns the model and serves everybody from one batch."""

from __future__ import annotations

import atexit
import logging
import math
import threading
from collections.abc import Callable, Generator, Sequence

from rrm_ui.engines.interface import EngineLoad, GenerationRequest, RowEvent
from rrm_ui.engines.local.failure import engine_failure
from rrm_ui.engines.local.job import Job
from rrm_ui.engines.local.loop import DecodeLoop
from rrm_ui.errors import EngineStopped, NoRoom, OutOfTime, QueueFull

log = logging.getLogger(__name__)

TICK = 0.1
"""Longest time in seconds between two looks at a job, for its reader to notice a stop."""


class LocalEngine:
    """Runs a ``DecodeLoop`` in a thread of its own; see ``rrm_ui.engines.interface.Engine``.

    A request that somebody watches is ended with an error if it is not over ``judgment_seconds`` after its first row
    was admitted. Others, which fill the batch for hours, have an owner who can stop them.
    """

    def __init__(
        self,
        loop: DecodeLoop,
        max_waiting: int,
        judgment_seconds: float = math.inf,
        free_tokens: Callable[[], int] | None = None,
    ) -> None:
        self._loop = loop
        self._free_tokens = free_tokens
        """Measures how many more tokens rows may hold now; without it the room stays as it was made."""
        self._max_waiting = max_waiting
        self._judgment_seconds = judgment_seconds
        self._wake = threading.Event()
        self._gate = threading.Lock()
        """Held while a job is added, and while all are ended: none is added after that."""
        self._stopping = False
        self._thread = self._start()
        # A thread inside torch while the interpreter goes down would crash it.
        atexit.register(self.stop)

    def load(self) -> EngineLoad:
        """Return how busy the engine is now."""
        return self._loop.load()

    def read_ahead(self, head: Sequence[int]) -> None:
        """Read ``head`` once nobody waits; see ``Engine.read_ahead``."""
        self._loop.read_ahead(head)
        self._wake.set()

    def widen(self) -> None:
        """Look again how much memory is free; the room only grows by it."""
        if self._free_tokens is not None:
            self._loop.widen(self._loop.load().held_tokens + self._free_tokens())

    def stop(self) -> None:
        """End the thread after the step that it is in, or in the middle of a prompt; all jobs are told."""
        self._stopping = self._loop.stopping = True
        self._wake.set()
        thread = None
        while thread is not self._thread:  # one that died may just have been replaced
            thread = self._thread
            thread.join()
        atexit.unregister(self.stop)  # it would hold the model for as long as the process lives

    def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
        """Write the rows of ``request``; see ``Engine.stream``."""
        job = self._submit(request)
        limit = self._judgment_seconds if request.watched else math.inf
        try:
            done = False
            while not done:
                events, done = job.take(TICK)
                queued = self._loop.queued(job)
                late = not done and job.admitted_at is not None and self._loop.clock() - job.admitted_at > limit
                yield events or ([queued] if queued is not None else [])
                if late:
                    raise OutOfTime(
                        f"This judgment took longer than {self._judgment_seconds:g} seconds and was ended; what had "
                        "finished counts. Choose fewer votes or a smaller thinking budget, or set "
                        "RRM_JUDGMENT_SECONDS.",
                        seconds=self._judgment_seconds,
                    )
        finally:
            job.abandoned = True
            self._wake.set()

    def _submit(self, request: GenerationRequest) -> Job:
        job = Job(request)
        if not self._loop.can_ever_take(job):
            raise NoRoom(
                f"A vote may take {request.longest_row:,} tokens here, and this machine's memory holds "
                f"{self._loop.max_batch_tokens:,}. Choose a smaller thinking budget or shorten the texts.",
                tokens=request.longest_row,
                allowed=self._loop.max_batch_tokens,
            )
        with self._gate:
            if self._stopping:
                raise EngineStopped()
            # Rankings and evaluations keep many waiting and come again: they must not have a person turned away.
            waiting = self._loop.watched_count if request.watched else self._loop.waiting_count
            if waiting >= self._max_waiting:
                raise QueueFull(waiting)
            self._loop.add(job)
        self._wake.set()
        return job

    def _start(self) -> threading.Thread:
        thread = threading.Thread(target=self._live, name="engine", daemon=True)
        thread.start()
        return thread

    def _live(self) -> None:
        """Serve until the engine stops. What ends this thread before that ends the running jobs, not the engine."""
        try:
            self._serve()
        except BaseException as error:
            log.critical("The engine's thread ended; a new one goes on", exc_info=error)
            self._loop.fail_running(engine_failure(error))
            self._thread = self._start()

    def _serve(self) -> None:
        while not self._stopping:
            try:
                if not self._loop.step():
                    self._wake.wait()
                    self._wake.clear()
            except Exception as error:  # whatever broke one batch must not take the server down
                log.exception("The engine broke; running judgments are ended")
                self._loop.fail_running(engine_failure(error))
        with self._gate:
            self._loop.fail_all(EngineStopped())
