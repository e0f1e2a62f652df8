"""Crowds of rows for the loop, and what makes them fail."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from rrm_ui.engines.interface import GenerationRequest, RowClosed, RowEvent, RowFinished, RowProbed, RowText
from rrm_ui.engines.local import LocalEngine
from rrm_ui.errors import EngineFailure
from rrm_ui.values import Comparison
from tests.model.tiny import Loop

CUDA = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
CPU = RuntimeError("[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory")
CROWD: dict[str, Any] = {"budget": 60, "temperature": 0.7, "probe_every": 16}


def crowd(loop: Loop, rows: int = 6, **options: Any) -> GenerationRequest:
    """Return rows of two prompts, each with draws of its own."""
    prompts = [loop.prompts.build(Comparison("Is two even?", "Yes.", "No."), order) for order in ("AB", "BA")]
    return loop.request([prompts[index % 2] for index in range(rows)], **{**CROWD, **options})


def over(events: list[RowEvent]) -> dict[int, RowFinished]:
    return {event.row: event for event in events if isinstance(event, RowFinished)}


def told(events: list[RowEvent]) -> list[list[RowEvent]]:
    """Return what each row told, without the exact probabilities, which fp32 rounds by the batch's shape."""
    rows: list[list[RowEvent]] = [[] for _ in range(64)]
    for event in events:
        if isinstance(event, RowProbed):
            rows[event.row].append(RowProbed(event.row, event.tokens, round(event.p_first, 3)))
        elif isinstance(event, (RowText, RowClosed)):
            rows[event.row].append(event)
    return rows


def failing(original: Callable[..., object], *calls: int, error: BaseException = CPU) -> Callable[..., object]:
    """Return ``original``, but that the given calls of it, from 1 on, raise instead."""
    made = 0

    def call(*args: object, **kwargs: object) -> object:
        nonlocal made
        made += 1
        if made in calls:
            raise error
        return original(*args, **kwargs)

    return call


@contextmanager
def last_layer_failing(
    loop: Loop, when: Callable[[int, int], bool], error: BaseException = CUDA
) -> Iterator[list[int]]:
    """Let the last layer fail where ``when`` (rows, columns) says so: the others have written their keys by then."""
    failures: list[int] = []

    def check(_: object, args: tuple[torch.Tensor, ...]) -> None:
        rows, columns = args[0].shape[:2]
        if when(rows, columns):
            failures.append(rows)
            raise error

    hook = loop.model.model.layers[-1].register_forward_pre_hook(check)
    yield failures
    hook.remove()


def writing_always(loop: Loop, token: int) -> None:
    def prefer(_: object, __: object, logits: torch.Tensor) -> torch.Tensor:
        logits = logits.clone()
        logits[..., token] = 1e4
        return logits

    loop.model.lm_head.register_forward_hook(prefer)


@contextmanager
def serving(loop: Loop, judgment_seconds: float = math.inf) -> Iterator[LocalEngine]:
    engine = LocalEngine(loop.loop, max_waiting=8, judgment_seconds=judgment_seconds)
    yield engine
    engine.stop()


class Reader(threading.Thread):
    """Reads a stream to its end."""

    def __init__(self, engine: LocalEngine, request: GenerationRequest) -> None:
        super().__init__(daemon=True)
        self.events: list[RowEvent] = []
        self.error: EngineFailure | None = None
        self._stream = engine.stream(request)
        self.start()

    def run(self) -> None:
        try:
            for batch in self._stream:
                self.events += batch
        except EngineFailure as error:
            self.error = error
