"""Bringing a stream of events to the speed of a page: what came is handed on together, a few times a second."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from rrm_ui.threads import in_this_context

T = TypeVar("T")


@dataclass(frozen=True)
class _Item(Generic[T]):
    value: T


@dataclass(frozen=True)
class _End:
    error: BaseException | None


def paced(stream: Iterable[T], interval: float) -> Iterator[list[T]]:
    """Yield what ``stream`` gave during each ``interval`` seconds, an empty list where it gave nothing.

    The stream runs in a thread of its own, in this caller's context: a slow step of it never delays the
    page's own beat, and nothing that came waits for the next step to be shown. The stream must end by itself
    soon after its reader left (``judge`` does once its ``cancel`` is set).
    """
    inbox: queue.SimpleQueue[_Item[T] | _End] = queue.SimpleQueue()
    threading.Thread(target=in_this_context(_pump), args=(stream, inbox), name="judgment", daemon=True).start()
    while True:
        batch, end = _collect(inbox, interval)
        if batch or end is None:
            yield batch
        if end is not None:
            if end.error is not None:
                raise end.error
            return


def _pump(stream: Iterable[T], inbox: queue.SimpleQueue[_Item[T] | _End]) -> None:
    try:
        for value in stream:
            inbox.put(_Item(value))
    except BaseException as error:  # raised again in the reader's thread
        inbox.put(_End(error))
    else:
        inbox.put(_End(None))


def _collect(inbox: queue.SimpleQueue[_Item[T] | _End], seconds: float) -> tuple[list[T], _End | None]:
    deadline = time.monotonic() + seconds
    batch: list[T] = []
    while (left := deadline - time.monotonic()) > 0:
        try:
            item = inbox.get(timeout=left)
        except queue.Empty:
            break
        if isinstance(item, _End):
            return batch, item
        batch.append(item.value)
    return batch, None
