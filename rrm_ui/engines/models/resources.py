"""What the machine has left: memory and disk space, checked before anything large is fetched."""

from __future__ import annotations

import gc
import shutil
import sys
from pathlib import Path

import psutil

from rrm_ui.errors import ModelUnavailable

WORKING_MEMORY_BYTES = 1_500_000_000
"""Memory that loading and judging take beside the weights, a packed copy of the head among it."""

DISK_MARGIN_BYTES = 200_000_000
"""Disk space left over after a fetch, so that records can still be written."""

CGROUP_ROOT = Path("/sys/fs/cgroup")
PROCESS_CGROUPS = Path("/proc/self/cgroup")


def free_memory_bytes() -> int:
    """Return the bytes that this process may still take: the machine's, or its container's where that is less."""
    available = int(psutil.virtual_memory().available)
    limits = [room for folder in _memory_groups() if (room := _room_in_group(folder)) is not None]
    return max(0, min([available, *limits]))


def release_memory() -> None:
    """Give back what a model that was let go still holds: cycles, and the GPU blocks that torch keeps for reuse."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def require_memory(name: str, weights: int, free: int, place: str, in_nf4: int | None = None) -> None:
    """Check that ``weights`` bytes of model fit into ``free`` bytes of ``place`` ("memory" or "GPU memory").

    ``in_nf4`` is what the weights would take at their smallest, where that is less.

    Raises:
        ModelUnavailable: they do not.
    """
    needed = weights + WORKING_MEMORY_BYTES
    if free < needed:
        sizes = {"needed": f"{needed / 1e9:.1f}", "free": f"{free / 1e9:.1f}"}
        code = "model_too_large"
        way_out = "close other programs, or choose a smaller model or quantization (RRM_MODEL, RRM_QUANTIZATION)."
        if in_nf4 is not None and in_nf4 + WORKING_MEMORY_BYTES <= free:
            code, sizes["in_nf4"] = "model_fits_in_nf4", f"{(in_nf4 + WORKING_MEMORY_BYTES) / 1e9:.1f}"
            way_out = f"set RRM_QUANTIZATION=nf4, with which it needs {sizes['in_nf4']} GB."
        raise ModelUnavailable(
            f"{name} needs about {sizes['needed']} GB of {place} and {sizes['free']} GB is free; {way_out}",
            code=code,
            name=name,
            **sizes,
        )


def require_disk(name: str, folder: Path, needed: int) -> None:
    """Check that ``needed`` bytes more fit into ``folder`` (which need not exist yet).

    Raises:
        ModelUnavailable: they do not, or the folder cannot be read.
    """
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    needed += DISK_MARGIN_BYTES
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise ModelUnavailable(
            f"{name} needs {needed / 1e9:.1f} GB of disk space in {folder} and {free / 1e9:.1f} GB is free; "
            "free some, or set RRM_DATA_DIR (for Hub downloads HF_HOME) to a larger disk.",
            code="model_disk_full",
            name=name,
            needed=f"{needed / 1e9:.1f}",
            free=f"{free / 1e9:.1f}",
        )


def _memory_groups() -> list[Path]:
    """Return the control groups whose memory limits bind this process, the innermost first."""
    try:
        lines = PROCESS_CGROUPS.read_text().splitlines()
    except OSError:
        return []
    folders: list[Path] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = CGROUP_ROOT / "memory" if controllers else CGROUP_ROOT
        innermost = root / path.lstrip("/")
        folders += [place for place in (innermost, *innermost.parents) if place.is_relative_to(root)]
    return folders


def _room_in_group(folder: Path) -> int | None:
    """Return the bytes left below one group's limit (version 2 files, then version 1), None without a limit."""
    for limit_name, usage_name, cache_key in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        try:
            limit = int((folder / limit_name).read_text())
            usage = int((folder / usage_name).read_text())
            counters = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):
            continue  # "max" means no limit here
        # The kernel gives back cached file pages under pressure, so they count as free.
        return limit - usage + int(counters.get(cache_key, 0))
    return None
