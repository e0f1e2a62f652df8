"""Files that are either whole or not there, whatever kills the process that writes them."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PARTIAL_SUFFIX = ".partial"
STALE_SECONDS = 24 * 3600.0
"""Age at which nobody writes a partial file any more."""
LONGEST_NAME = 200
"""Bytes of a file's name that its partial file bears too."""
BLOCK_BYTES = 8 << 20


class FetchError(Exception):
    """One source could not give a file; the message is a clause that says why, without a full stop."""


@contextmanager
def write_atomically(target: Path) -> Iterator[BinaryIO]:
    """Open a file to write that takes the name ``target`` only when it is complete and on the disk.

    Of several that write ``target`` at the same time each writes a file of its own, and the last one to end wins.
    """
    name = target.name.encode(errors="surrogateescape")[:LONGEST_NAME].decode(errors="ignore")
    partial = target.with_name(f"{name}.{os.getpid()}-{threading.get_ident()}{PARTIAL_SUFFIX}")
    for left in target.parent.glob(f"{glob.escape(name)}.*-*{PARTIAL_SUFFIX}"):  # by a process that was killed
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                left.unlink()
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def write_text_atomically(target: Path, text: str) -> None:
    """Write ``text`` so that ``target`` holds either what it held before or all of it."""
    with write_atomically(target) as file:
        file.write(text.encode())


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable, where the system can (Windows cannot open a folder)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish_folder(partial: Path, target: Path) -> None:
    """Give the finished folder ``partial`` the name ``target``: every file first reaches the disk."""
    for path in partial.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    sync_folder(partial)
    os.rename(partial, target)
    sync_folder(target.parent)


def sha256_of(path: Path, on_block: Callable[[int], None] | None = None, copy_to: BinaryIO | None = None) -> str:
    """Return a file's SHA-256 in hexadecimal; ``on_block`` hears each block's bytes, ``copy_to`` gets a copy."""
    return sha256_of_all([path], on_block, copy_to)


def sha256_of_all(
    paths: list[Path], on_block: Callable[[int], None] | None = None, copy_to: BinaryIO | None = None
) -> str:
    """Return the SHA-256 of the files' contents one after the other, as ``sha256_of`` does for one."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
                if copy_to is not None:
                    copy_to.write(block)
                if on_block is not None:
                    on_block(len(block))
    return digest.hexdigest()


def remove(path: Path) -> None:
    """Remove a file or a folder if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
