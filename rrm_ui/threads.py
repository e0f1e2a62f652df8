"""Calling something in a thread of its own, or many things in several.

Who asked for something is known by context variables, which a new thread starts without: these hand them on.
"""

from __future__ import annotations

import contextvars
import functools
import logging
import queue
import threading
from collections.abc import Callable, Generator, Iterable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
"""How often the caller wakes while it waits, so that Ctrl+C reaches it."""


def in_this_context(function: Callable[P, T]) -> Callable[P, T]:
    """Return ``function`` bound to a copy of the caller's context variables, for one thread to call."""
    return functools.partial(contextvars.copy_context().run, function)


def call_in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what ``function`` returns, or raise what it raises, after calling it in a thread that ends with it.

    The thread does not keep the process: one that is interrupted ends at once, whatever the call was doing.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            results.append(function(*args, **kwargs))
        except BaseException as error:  # raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=in_this_context(call), name=getattr(function, "__name__", "call"), daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(LOOK_SECONDS)
    if errors:
        raise errors[0]
    return results[0]


def in_threads(
    items: Iterable[Item],
    work: Callable[[Item], Iterable[T]],
    threads: int,
    *,
    stopped: Callable[[], bool],
    give_up: Callable[[], None],
    wait: bool,
) -> Generator[T, None, None]:
    """Yield what ``work`` gives for each of ``items``, as it comes, from up to ``threads`` at a time.

    No item is begun once ``stopped()``. When the reading ends early, by an error or by closing, ``give_up()`` must make
    ``stopped()`` true; ``wait`` says whether the threads are then waited for, or end by themselves.

    Raises:
        Whatever ``work`` raises.
    """
    waiting, turn = iter(items), threading.Lock()
    happened: queue.SimpleQueue[tuple[T] | BaseException | None] = queue.SimpleQueue()

    def take_turns() -> None:
        """Work on one item after the other, and put what happens, and how it ended, where it is read."""
        try:
            while not stopped():
                with turn:
                    found = next(((item,) for item in waiting), None)
                if found is None:
                    break
                for event in work(*found):
                    happened.put((event,))
        except BaseException as error:  # raised again where the events are read
            happened.put(error)
        finally:
            happened.put(None)

    started = [
        threading.Thread(target=in_this_context(take_turns), name=f"worker-{n}", daemon=True) for n in range(threads)
    ]
    for thread in started:
        thread.start()
    running = len(started)
    try:
        while running:
            event = happened.get()
            if event is None:
                running -= 1
            elif isinstance(event, BaseException):
                raise event
            else:
                yield event[0]
    except BaseException:
        give_up()
        raise
    finally:
        if wait:
            for thread in started:
                thread.join()


def read_in_thread(stream: Generator[T, None, None], interval: float) -> Generator[T | None, None, None]:
    """Yield what ``stream`` gives, as it comes, and None after every ``interval`` seconds in which it gave nothing.

    The stream runs and is closed in a thread of its own. Closing the reading waits for nothing: the thread closes the
    stream as soon as its step under way is over.

    Raises:
        Whatever ``stream`` raises.
    """
    happened: queue.SimpleQueue[tuple[T] | BaseException | None] = queue.SimpleQueue()
    left = threading.Event()

    def pump() -> None:
        """Read the stream until it ends or nobody reads on, and close it in this thread."""
        try:
            for item in stream:
                if left.is_set():
                    break
                happened.put((item,))
            stream.close()
        except BaseException as error:
            if left.is_set():
                log.info("What nobody waits for any more ended in %s", type(error).__name__)
            happened.put(error)  # raised again where it is read
        else:
            happened.put(None)

    threading.Thread(target=in_this_context(pump), name="reader", daemon=True).start()
    try:
        while True:
            try:
                event = happened.get(timeout=interval)
            except queue.Empty:
                yield None
                continue
            if event is None:
                return
            if isinstance(event, BaseException):
                raise event
            yield event[0]
    finally:
        left.set()
