"""A folder that one process at a time works in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rrm_ui.errors import BadInput, Busy

LOOKED_AT_SECONDS = 0.2
"""For so long a folder may be held by one that only looks whether it is."""


def is_held(folder: Path) -> bool:
    """Return whether a process, this one or another, works in ``folder``."""
    place = folder / ".lock"
    if not place.exists():
        return False
    lock = FileLock(place)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:  # it may only be read: what is written there is believed
        return True
    lock.release()
    return False


@contextmanager
def locked(folder: Path, what: str) -> Iterator[None]:
    """Make ``folder`` and hold it for this process alone; ``what`` names what it holds, such as "run".

    Raises:
        Busy: another process has it.
        BadInput: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        lock.acquire(timeout=LOOKED_AT_SECONDS, poll_interval=0.02)
    except Timeout as error:
        raise Busy(f"Another process is at the {what} in {folder}. Wait for it, or choose another folder.") from error
    except OSError as error:
        raise BadInput(f"{folder} cannot hold a {what}: {error.strerror}. Choose another folder.") from error
    try:
        yield
    finally:
        lock.release()
