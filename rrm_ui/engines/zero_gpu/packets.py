"""What goes to the process that has the GPU and what comes back: plain data, and little of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rrm_ui.engines.interface import GenerationRequest, PromptRead, Queued, RowEvent, RowText
from rrm_ui.engines.local.inline import Work
from rrm_ui.errors import Failure


@dataclass(frozen=True, eq=False)
class GpuCall:
    """A request, and how long a GPU is asked for to write it."""

    request: GenerationRequest
    seconds: int


@dataclass(frozen=True)
class Packet:
    """What happened since the packet before."""

    events: tuple[RowEvent, ...] = ()
    work: tuple[Work, ...] = ()
    """What the GPU did, for the next call's length."""
    failure: Failure | None = None
    """Why the rows that are not over ended: the platform would hand on the name of an error's class, and no more."""
    over: bool = False
    """Whether this is the last one."""


def merged(events: Iterable[RowEvent]) -> tuple[RowEvent, ...]:
    """Return ``events`` with a row's pieces of text put together where nothing else happened to it between them."""
    kept: list[RowEvent] = []
    newest: dict[int, int] = {}
    for event in events:
        if isinstance(event, (Queued, PromptRead)):
            kept.append(event)
            continue
        before = kept[newest[event.row]] if event.row in newest else None
        if (
            isinstance(event, RowText)
            and isinstance(before, RowText)
            and (event.phase, event.forced) == (before.phase, before.forced)
        ):
            kept[newest[event.row]] = replace(event, text=before.text + event.text)
            continue
        newest[event.row] = len(kept)
        kept.append(event)
    return tuple(kept)
