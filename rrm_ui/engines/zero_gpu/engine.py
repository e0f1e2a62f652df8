"""The engine in the server's own process, which has no GPU: it makes the calls and hands on what comes back."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence

import gradio as gr

from rrm_ui.engines.interface import EngineLoad, GenerationRequest, RowEvent
from rrm_ui.engines.zero_gpu.call import Writer, lend, write_on_gpu
from rrm_ui.engines.zero_gpu.duration import SpeedRecord
from rrm_ui.engines.zero_gpu.packets import GpuCall, Packet
from rrm_ui.errors import EngineFailure, EngineStopped, NoRoom, PlatformBrokeOff, PlatformRefused, QueueFull
from rrm_ui.threads import read_in_thread

log = logging.getLogger(__name__)

TICK = 0.1
"""Longest time in seconds between two batches of events, also while the platform looks for a GPU."""


class ZeroGpuEngine:
    """Has each request written by one call to a lent GPU; see ``rrm_ui.engines.interface.Engine``.

    Read a stream in the context of the visitor's request. There is one engine a process: it lends ``writer``, and
    with it the model, to all calls.
    """

    def __init__(
        self, writer: Writer, speed: SpeedRecord, *, max_batch_tokens: int, max_waiting: int, max_seconds: int
    ) -> None:
        lend(writer)
        self._speed = speed
        self._max_batch_tokens = max_batch_tokens
        self._max_waiting = max_waiting
        self._max_seconds = max_seconds
        self._rows: dict[GpuCall, int] = {}
        """Rows that each call is writing; 0 while it waits for a GPU."""
        self._stopped = False

    def stop(self) -> None:
        """Make no more calls, and end each running one at its next packet or tick."""
        self._stopped = True

    def read_ahead(self, head: Sequence[int]) -> None:
        """Do nothing: there is no GPU between calls."""

    def widen(self) -> None:
        """Do nothing: a call has its GPU to itself."""

    def load(self) -> EngineLoad:
        """Return how many rows are being written on GPUs, and how many requests still wait for one."""
        rows = list(self._rows.values())
        return EngineLoad(sum(rows), rows.count(0), capacity_tokens=self._max_batch_tokens)

    def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
        """Write the rows of ``request``; see ``Engine.stream``."""
        self._check(request)
        call = GpuCall(request, self._speed.seconds_for(request, self._max_seconds))
        # In a thread of its own, because the platform may take a minute to find a GPU, and closing its generator waits
        # for the GPU: a Stop must wait for neither.
        packets = read_in_thread(write_on_gpu(call), TICK)
        self._rows[call] = 0
        try:
            while True:
                packet = self._next(packets, begun=self._rows[call] > 0)
                if packet.work:
                    self._rows[call] = len(request.rows)
                    self._speed.add(packet.work)
                yield list(packet.events)
                if self._stopped:
                    raise EngineStopped()
                if packet.failure is not None:
                    raise EngineFailure.of(packet.failure)
                if packet.over:
                    return
        finally:
            del self._rows[call]
            packets.close()

    def _next(self, packets: Generator[Packet | None, None, None], begun: bool) -> Packet:
        """Return the next packet, an empty one if none came in time.

        Raises:
            PlatformRefused: the platform did not begin with the call.
            EngineFailure: the call broke off; the message is the platform's where it gave one.
        """
        try:
            return next(packets) or Packet()
        except StopIteration as end:
            raise PlatformBrokeOff("The call to the GPU ended before its votes did. Judge again.") from end
        except gr.Error as error:
            words = f"{error.title}: {error.message!s}"
            if not begun:
                raise PlatformRefused(words, error) from error
            raise PlatformBrokeOff(words) from error
        except Exception as error:
            log.exception("A call to a GPU broke off")
            raise PlatformBrokeOff(
                f"The call to the GPU broke off ({type(error).__name__}). Judge again; the log has the details."
            ) from error

    def _check(self, request: GenerationRequest) -> None:
        """Refuse what no call could do before a GPU is asked for."""
        if self._stopped:
            raise EngineStopped()
        if request.longest_row > self._max_batch_tokens:
            raise NoRoom(
                f"A vote may take {request.longest_row:,} tokens here, and the GPU's memory holds "
                f"{self._max_batch_tokens:,}. Choose a smaller thinking budget or shorten the texts.",
                tokens=request.longest_row,
                allowed=self._max_batch_tokens,
            )
        waiting = self.load().waiting
        if waiting >= self._max_waiting:
            raise QueueFull(waiting)
