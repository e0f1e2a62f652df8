"""Decode steps that are recorded once and replayed: Python sends one graph instead of hundreds of kernels.

A recording holds addresses, so the cache keeps its buffers where they are (``RowCache.hold_steady``), and every number
that changes from step to step lies in two small tensors that are sent before a replay. A step of a kind that was not
seen before runs without a recording, since many kinds come once; when it comes again it is recorded, which takes about
as long as five steps.
"""

# mypy: allow-untyped-calls

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from rrm_ui.engines.local.cuda.written_step import MOST_PLAIN_ROWS, Tokens, WrittenStep
from rrm_ui.engines.local.kv_cache import Extent, RowCache
from rrm_ui.engines.local.sampling import draw, most_probable

log = logging.getLogger(__name__)

_RECORDING = threading.Lock()

SIZES = (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, MOST_PLAIN_ROWS)
"""Numbers of tokens that are recorded; a step of fewer feeds its first token again, which changes nothing."""


Draws = tuple[Sequence[float], Sequence[float], Sequence[float]]
"""Temperature, nucleus and uniform number of each row, which its next token is drawn by."""


@dataclass(frozen=True)
class Fed:
    """What a step left on the device; any later step may overwrite it, for recordings share their memory."""

    logits: torch.Tensor
    """(rows, vocabulary) in float32"""
    drawn: torch.Tensor | None
    """A token for each row."""


class GraphedSteps:
    """Feeds a few tokens at a time to the rows of a cache."""

    def __init__(self, step: WrittenStep, device: torch.device) -> None:
        self._step = step
        self.most_rows = step.most_rows
        """Rows of a step that can be recorded; one of more goes through the model's own forward pass."""
        self._integers = _Mirror((4, step.most_rows), torch.int64, device)
        self._fractions = _Mirror((3, step.most_rows), torch.float32, device)
        self.records = device.type == "cuda"
        """Whether steps are recorded; if not, they are computed as they are."""
        self._pool: Any = None
        self._stream: Any = torch.cuda.Stream(device) if self.records else None
        self._may_record = True
        self._buffers: tuple[Extent, int] | None = None
        """Whose buffers were recorded, and after how many moves."""
        self._recordings: dict[tuple[object, ...], _Recording | None] = {}

    def feed(
        self, cache: RowCache, ids: Sequence[Sequence[int]], choices: Sequence[int], draws: Draws
    ) -> tuple[torch.Tensor, list[int]] | None:
        """Feed ``ids`` (rows, columns) to all rows; return the logits after the last column and a token for each row.

        None if these are too many tokens.
        """
        rows, columns = len(ids), len(ids[0])
        if rows * columns > self.most_rows:
            return None
        fed = self._feed(cache, range(rows), ids, choices, draws)
        assert fed.drawn is not None
        # Cloned, because probes come before a verdict is read from it.
        logits, drawn = fed.logits[:rows].clone(), fed.drawn[:rows].tolist()
        # Last: where there was no memory for the copy, the step is done again from its beginning.
        cache.advance(columns)
        return logits, drawn

    def peek(
        self, cache: RowCache, rows: Sequence[int], suffix: Sequence[int], choices: Sequence[int]
    ) -> torch.Tensor | None:
        """Return the logits (rows, vocabulary) as if ``suffix`` had been fed to ``rows``; None if it is too long.

        It is written past their ends, where nobody looks and the next tokens will be.
        """
        at_once = self.most_rows // len(suffix)
        if not at_once:
            return None
        parts = [rows[i : i + at_once] for i in range(0, len(rows), at_once)]
        # Cloned each, because the next part may overwrite it.
        logits = [
            self._feed(cache, part, [suffix] * len(part), choices, None).logits[: len(part)].clone() for part in parts
        ]
        return torch.cat(logits)

    def _feed(
        self,
        cache: RowCache,
        rows: Sequence[int],
        ids: Sequence[Sequence[int]],
        choices: Sequence[int],
        draws: Draws | None,
    ) -> Fed:
        columns = len(ids[0])
        cache.hold_steady(cache.extent.longest + columns)
        size = _size(len(rows) * columns)
        wanted = _size(max(2, len(rows)))  # the head's product for a single row would round otherwise
        lengths = cache.lengths
        self._integers.send(
            [token for row in ids for token in row],
            [row for row in rows for _ in range(columns)],
            [lengths[row] + column for row in rows for column in range(columns)],
            [columns * (index + 1) - 1 for index in range(len(rows))],
        )
        if draws is not None:
            self._fractions.send(*draws)
        kind = _kind(draws)

        def work() -> Fed:
            integers, fractions = self._integers.there, self._fractions.there
            tokens = Tokens(integers[0, :size], integers[1, :size], integers[2, :size], integers[3, :wanted])
            logits = self._step(tokens, cache.buffers(), choices)
            if kind == "nothing":
                return Fed(logits, None)
            if kind == "most probable":
                return Fed(logits, most_probable(logits))
            temperatures, top_ps, uniforms = (one[:wanted, None] for one in fractions)
            return Fed(logits, draw(logits, temperatures, top_ps if kind == "nucleus" else None, uniforms))

        return self._replay(cache, (size, wanted, columns, kind, tuple(choices)), work)

    def _replay(self, cache: RowCache, kind: tuple[object, ...], work: Callable[[], Fed]) -> Fed:
        buffers = (cache.extent, cache.extent.moves)
        if self._buffers != buffers:
            self.forget()
            self._buffers = buffers
        recording = self._recordings.get(kind)
        if recording is None:
            seen = kind in self._recordings
            recording = self._record(work) if seen and self.records and self._may_record else None
            self._recordings[kind] = recording
        if recording is None:
            return work()
        recording.graph.replay()
        return recording.fed

    def forget(self) -> None:
        """Let go of the cache and the recordings; kinds that were seen will be recorded at once."""
        self._buffers = None
        self._recordings = dict.fromkeys(self._recordings)
        self._pool = None  # it ends with the last recording in it
        self._may_record = True

    def _record(self, work: Callable[[], Fed]) -> _Recording | None:
        """Record ``work``, which is not done by that; None, and nothing more is recorded for now, if it fails.

        An error within a recording does not say what it was, such as too little memory. Done plainly, the work says it.
        """
        graph = torch.cuda.CUDAGraph()
        self._pool = self._pool or torch.cuda.graph_pool_handle()
        recording = torch.cuda.graph(graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local")
        try:
            # Only one recording may be made at a time in a process, and another model's engine may be about to.
            with _RECORDING, torch.cuda.stream(self._stream), recording:
                fed = work()
        except RuntimeError as error:
            log.warning("A decode step could not be recorded: %s", error)
            self._may_record = False
            return None
        return _Recording(graph, fed)


@dataclass(frozen=True)
class _Recording:
    graph: torch.cuda.CUDAGraph
    fed: Fed


class _Mirror:
    """Numbers that are sent to the same place on the device before every step."""

    def __init__(self, shape: tuple[int, int], dtype: torch.dtype, device: torch.device) -> None:
        pinned = device.type == "cuda"
        self._here = torch.zeros(shape, dtype=dtype, pin_memory=pinned)
        self._numbers = self._here.numpy()
        self._sent = torch.cuda.Event() if pinned else None
        self.there = torch.zeros(shape, dtype=dtype, device=device)

    def send(self, *lines: Sequence[float]) -> None:
        """Send a line each, filled up with its first number."""
        if self._sent is not None:
            self._sent.synchronize()  # what was sent last is read when the device gets there, not before
        for line, numbers in zip(self._numbers, lines, strict=True):
            line[: len(numbers)] = numbers
            line[len(numbers) :] = numbers[0]
        self.there.copy_(self._here, non_blocking=self._sent is not None)
        if self._sent is not None:
            self._sent.record()


def _kind(draws: Draws | None) -> str:
    """Return which of the ways to draw covers all rows."""
    if draws is None:
        return "nothing"
    temperatures, top_ps, _ = draws
    if not any(temperatures):
        return "most probable"
    return "nucleus" if any(top_p < 1 for top_p in top_ps) else "all"


def _size(count: int) -> int:
    return next(size for size in SIZES if size >= count)
