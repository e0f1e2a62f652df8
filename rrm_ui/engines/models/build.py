"""Making a converted checkpoint, once, whoever else is starting at the same time.

It is written to a hidden sibling and renamed when every file has reached the disk: whatever kills the process,
a next start trusts nothing that is not whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rrm_ui.engines.models.adapter import read_adapter
from rrm_ui.engines.models.adapter_files import chosen_adapter
from rrm_ui.engines.models.catalogue import CatalogueEntry, GgufSource
from rrm_ui.engines.models.checkpoint import MANIFEST, Ingredients, Recipe, ingredients, read_manifest, weights_bytes
from rrm_ui.engines.models.convert import convert
from rrm_ui.engines.models.resources import require_disk
from rrm_ui.engines.models.source import checked_gguf, source_folder
from rrm_ui.errors import ModelUnavailable
from rrm_ui.files import PARTIAL_SUFFIX, publish_folder, remove
from rrm_ui.progress import Progress, ProgressCallback
from rrm_ui.settings import Settings


def ready_checkpoint(
    entry: CatalogueEntry, source: GgufSource, recipe: Recipe, settings: Settings, report: ProgressCallback
) -> Path:
    """Return the folder of the converted model, making it first where it is not there.

    A folder that is there is used as it is: no lock, no network. Otherwise one process prepares and others wait.

    Raises:
        ModelUnavailable: it can be neither found nor made.
    """
    report(Progress("looking"))
    made_from = ingredients(entry, source, recipe, settings.adapter)
    folder = made_from.folder(settings.models_dir)
    if read_manifest(folder) is None:
        with model_lock(settings.models_dir, entry.name, report):
            if read_manifest(folder) is None:
                _clean(settings.models_dir, entry.name, source)
                try:
                    _make(entry, source, made_from, folder, settings, report)
                finally:
                    # Once more: a pip that outlived its killed parent may have written a little longer.
                    _clean(settings.models_dir, entry.name, source)
    return folder


@contextmanager
def model_lock(models_dir: Path, name: str, report: ProgressCallback) -> Iterator[None]:
    """Be the only process on this machine that prepares ``name``; the system frees the lock of a killed one."""
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(models_dir / f".{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            report(Progress("waiting"))
            lock.acquire(poll_interval=0.2)
    except OSError as error:
        raise ModelUnavailable(
            f"{models_dir} cannot be written ({error.strerror}); set RRM_DATA_DIR to a folder that can."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _clean(models_dir: Path, name: str, source: GgufSource) -> None:
    """Remove what killed processes left behind. The caller holds the lock, so nobody is writing these."""
    stale = re.compile(rf"\.{re.escape(name)}-[0-9a-f]{{12}}{re.escape(PARTIAL_SUFFIX)}")
    for path in models_dir.iterdir():
        if stale.fullmatch(path.name):
            remove(path)
    parts = source_folder(models_dir, source)
    for path in [*parts.glob(f"*{PARTIAL_SUFFIX}"), *parts.glob("wheel-*")]:
        remove(path)


def _make(
    entry: CatalogueEntry,
    source: GgufSource,
    made_from: Ingredients,
    folder: Path,
    settings: Settings,
    report: ProgressCallback,
) -> None:
    adapter_place = chosen_adapter(entry.adapter, settings.adapter)
    adapter = read_adapter(adapter_place) if adapter_place else None
    partial = folder.with_name(f".{folder.name}{PARTIAL_SUFFIX}")
    try:
        gguf = checked_gguf(entry, source, settings, report)
        require_disk(entry.name, settings.models_dir, weights_bytes(entry, made_from.recipe))
        partial.mkdir(parents=True)
        convert(gguf, partial, made_from.recipe, adapter, report)
        sizes = {path.name: path.stat().st_size for path in partial.iterdir()}
        manifest = json.dumps({**made_from.to_dict(), "files": sizes}, indent=2)
        (partial / MANIFEST).write_text(manifest, encoding="utf-8")
        remove(folder)  # one that is there is incomplete
        publish_folder(partial, folder)
    except OSError as error:
        raise ModelUnavailable(
            f"The checkpoint of {entry.name} cannot be written to {settings.models_dir} ({error.strerror or error}); "
            "free disk space, or set RRM_DATA_DIR to another folder."
        ) from error
