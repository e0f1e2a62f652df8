"""An append-only file of JSON rows, a line each, that a kill at any moment leaves readable.

A kill can cut the last line short. Readers leave it out, and a log that goes on cuts it away first: appended to, it
would make one broken line of two rows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from rrm_ui.errors import RecordFailure


@contextmanager
def recording(folder: str) -> Iterator[None]:
    """Say in one sentence that what is written here to ``folder`` ("The run's folder") cannot be.

    Raises:
        RecordFailure: it cannot; what was written before is kept.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecordFailure(
            f"{folder} can no longer be written ({reason}). Make room, then go on.", reason=reason
        ) from error


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of ``path``.

    Raises:
        OSError: it is not there, or cannot be read.
        ValueError: a line that has an end is no JSON.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].split("\n") if line]


class RowLog:
    """Appends rows to ``path``, each whole and at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _cut_torn_line(path)
        self._file: IO[str] = path.open("a", encoding="utf-8")
        self._failure: OSError | None = None

    def append(self, row: dict[str, Any]) -> None:
        """Append ``row``.

        Raises:
            OSError: it could not be written whole; what was, readers leave out. Nothing is appended from then on: it
                would end the line of which a part may stand there, and make one broken line of two rows.
        """
        if self._failure is not None:
            raise OSError(self._failure.errno, self._failure.strerror)
        try:
            self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
            self._file.flush()  # a kill of this process loses nothing that was handed to the system
        except OSError as error:
            self._failure = error
            raise

    def close(self) -> None:
        """Make everything durable and close.

        Raises:
            OSError: what was appended could not all be written; the file is closed all the same.
        """
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _cut_torn_line(path: Path) -> None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    end = content.rfind(b"\n") + 1
    if end < len(content):
        with path.open("rb+") as file:
            file.truncate(end)
