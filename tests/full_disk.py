"""A disk that takes a certain number of bytes and is then full."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import Any

import pytest

from rrm_ui.row_log import RowLog


class _FullFile(io.RawIOBase):
    def __init__(self, path: Path, room: int) -> None:
        self._path, self._room = path, room

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        taken = bytes(data)[: self._room]
        if not taken:
            raise disk_full()
        self._room -= len(taken)
        with self._path.open("ab") as file:
            return file.write(taken)


def disk_full() -> OSError:
    """Return what the system says."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fill_disk(log: RowLog, path: Path, room: int = 0) -> None:
    """Let ``log``, which appends to ``path``, find room for only so many bytes more."""
    log._file.close()
    log._file = io.TextIOWrapper(io.BufferedWriter(_FullFile(path, room)), encoding="utf-8")


def fill_disk_of_logs(patch: pytest.MonkeyPatch, room: int) -> None:
    """Let every log that is opened from now on find room for only so many bytes."""
    opened = RowLog.__init__

    def open_full(log: RowLog, path: Path) -> None:
        opened(log, path)
        fill_disk(log, path, room)

    patch.setattr(RowLog, "__init__", open_full)
