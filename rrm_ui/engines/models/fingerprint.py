"""A model's folder, known again by what it holds and wherever it lies, without reading gigabytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

WHOLE_BYTES = 16 << 20
"""Files of up to so many bytes are read whole: configurations, tokenizers."""
SAMPLE_BYTES = 4096
STRIDE_BYTES = 4 << 20
"""A larger file is sampled once in so many bytes, and where each of its tensors begins."""
LENGTH_BYTES = 8
"""A safetensors file begins with the length of its header; see https://huggingface.co/docs/safetensors."""
LONGEST_HEADER = 100_000_000


def fingerprint(folder: Path) -> str:
    """Return a short hash of the files of ``folder``: the same for a copy of it, another where one was changed.

    Of a large file the size and samples of its bytes count. Training that goes on changes every tensor a little, and a
    tensor that is exchanged changes where it begins; a few bytes changed by hand within one may go unseen.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            size = path.stat().st_size
            digest.update(repr((path.name, size)).encode())
            for part in [path.read_bytes()] if size <= WHOLE_BYTES else _samples(path, size):
                digest.update(part)
    return digest.hexdigest()[:12]


def _samples(path: Path, size: int) -> Iterable[bytes]:
    with path.open("rb") as file:
        header = b""
        if path.suffix == ".safetensors":
            length = int.from_bytes(file.read(LENGTH_BYTES), "little")
            header = file.read(length) if length <= LONGEST_HEADER else b""
        yield header
        for place in sorted({*range(0, size, STRIDE_BYTES), *_tensors(header), size - SAMPLE_BYTES}):
            file.seek(place)
            yield file.read(SAMPLE_BYTES)


def _tensors(header: bytes) -> list[int]:
    """Return where the tensors of a safetensors file with this header begin; none if it is no such header."""
    try:
        entries = json.loads(header)
        begins = [entry["data_offsets"][0] for name, entry in entries.items() if name != "__metadata__"]
    except (ValueError, AttributeError, TypeError, LookupError):
        return []
    return [LENGTH_BYTES + len(header) + begin for begin in begins if isinstance(begin, int)]
