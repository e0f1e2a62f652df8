"""Whole models from the Hub: looked up, judged fit, and only then downloaded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    RepositoryNotFoundError,
)
from huggingface_hub.utils._validators import validate_repo_id

from rrm_ui.engines.models.folder import stored_bytes
from rrm_ui.engines.models.hub import ByteCounter, progress_bar, why_no_answer, within
from rrm_ui.engines.models.resources import require_disk
from rrm_ui.errors import Failure, ModelUnavailable, UserError
from rrm_ui.progress import Progress, ProgressCallback

log = logging.getLogger(__name__)

WEIGHTS_SUFFIX = ".safetensors"
NEEDED_SUFFIXES = (WEIGHTS_SUFFIX, ".json", ".jinja", ".model", ".txt")
"""Weights are taken as safetensors only: other formats can run code when they are read."""
LEFT_OUT = ("consolidated", "adapter_")
"""So begin the names of files that hold the same weights once more, as Mistral's own programs read them, and those of
adapters, which ``transformers`` would load on top of the model without a word."""


@dataclass(frozen=True)
class Snapshot:
    """A model of the Hub as it lies in the Hub's cache on this machine."""

    folder: Path
    commit: str


@dataclass(frozen=True)
class _Listing:
    commit: str
    sizes: dict[str, int]

    @property
    def weights_bytes(self) -> int:
        return sum(size for name, size in self.sizes.items() if name.endswith(WEIGHTS_SUFFIX))


FitCheck = Callable[[Path, int], None]
"""Takes a folder with ``config.json`` and the stored weights' bytes; raises ModelUnavailable if they won't do."""


def fetch_snapshot(hub_id: str, seconds: float, check: FitCheck, report: ProgressCallback) -> Snapshot:
    """Return model ``hub_id`` from the Hub, or from its cache where the Hub does not answer within ``seconds``.

    Raises:
        ModelUnavailable: wrong or gated id, no network and no copy, unfit for this machine, or the disk is too full.
    """
    report(Progress("looking"))
    with _explaining(hub_id, seconds):
        validate_repo_id(hub_id)
        listing = _listing(hub_id, seconds)
        if isinstance(listing, Failure):
            return _from_cache(hub_id, listing)
        config = hf_hub_download(hub_id, "config.json", revision=listing.commit, etag_timeout=seconds)
    check(Path(config).parent, listing.weights_bytes)
    with _explaining(hub_id, seconds):
        _download(hub_id, listing, seconds, report)
        return _snapshot(hub_id, seconds)


@contextmanager
def _explaining(hub_id: str, seconds: float) -> Iterator[None]:
    """Turn the client's errors into sentences that say what to do."""
    try:
        yield
    except UserError:
        raise
    except HFValidationError as error:
        raise ModelUnavailable(
            f"{hub_id} is neither a local folder nor an id of the form owner/name; `python -m rrm_ui models` lists the "
            "models that are known by name.",
            code="model_name_wrong",
            name=hub_id,
        ) from error
    except GatedRepoError as error:
        raise ModelUnavailable(
            f"{hub_id} is gated; accept its terms on its Hub page, log in with `hf auth login`, and start again.",
            code="model_gated",
            name=hub_id,
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelUnavailable(
            f"There is no model {hub_id} on the Hub, or it is private; check the id, or log in with `hf auth login`.",
            code="model_unknown",
            name=hub_id,
        ) from error
    except Exception as error:  # the client raises many kinds for a broken network
        log.debug("Fetching %s failed", hub_id, exc_info=True)
        why = why_no_answer(error, seconds)
        raise ModelUnavailable(
            f"{hub_id} could not be downloaded because {why.message}; mend that and start again.",
            code="model_not_downloaded",
            name=hub_id,
            **why.as_reason(),
        ) from error


def local_snapshot(hub_id: str) -> Path | None:
    """Return the folder of a Hub model that is on this machine in full, without asking the network."""
    config = try_to_load_from_cache(hub_id, "config.json")
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    try:
        stored_bytes(folder, hub_id)
    except ModelUnavailable:
        return None
    return folder


def _listing(hub_id: str, seconds: float) -> _Listing | Failure:
    """Return the newest commit's files with their sizes in bytes, or why the Hub does not answer."""
    try:
        info = within(seconds, lambda: HfApi().model_info(hub_id, files_metadata=True, timeout=seconds))
    except (GatedRepoError, RepositoryNotFoundError, HFValidationError):
        raise
    except Exception as error:
        return why_no_answer(error, seconds)
    files = {file.rfilename: file.size or 0 for file in info.siblings or []}
    sizes = {name: size for name, size in files.items() if _is_needed(name)}
    if "config.json" not in sizes or not any(name.endswith(WEIGHTS_SUFFIX) for name in sizes):
        raise ModelUnavailable(
            f"{hub_id} holds no transformers model with safetensors weights; choose another repository of the model.",
            code="model_without_weights",
            name=hub_id,
        )
    return _Listing(str(info.sha), sizes)


def _is_needed(name: str) -> bool:
    return name.endswith(NEEDED_SUFFIXES) and "/" not in name and not name.startswith(LEFT_OUT)


def _from_cache(hub_id: str, no_hub: Failure) -> Snapshot:
    try:
        snapshot = _snapshot(hub_id, 0.0, local_files_only=True)
    except Exception as error:
        raise ModelUnavailable(
            f"{hub_id} is not on this machine and {no_hub.message}; connect to the network and start again, or set "
            "RRM_MODEL to a local folder or to embedded.",
            code="model_not_downloaded",
            name=hub_id,
            **no_hub.as_reason(),
        ) from error
    log.info("Using this machine's copy of %s: %s", hub_id, no_hub.message)
    return snapshot


def _snapshot(hub_id: str, seconds: float, local_files_only: bool = False) -> Snapshot:
    """Return the cached snapshot; online, its commit is noted in the cache, for a start without network."""
    folder = snapshot_download(
        hub_id,
        local_files_only=local_files_only,
        etag_timeout=seconds,
        allow_patterns=[f"*{suffix}" for suffix in NEEDED_SUFFIXES],
        ignore_patterns=["*/*", *(f"{beginning}*" for beginning in LEFT_OUT)],
        tqdm_class=progress_bar(lambda _: None),
    )
    return Snapshot(Path(folder), Path(folder).name)


def _download(hub_id: str, listing: _Listing, seconds: float, report: ProgressCallback) -> None:
    missing = [
        name
        for name in listing.sizes
        if not isinstance(try_to_load_from_cache(hub_id, name, revision=listing.commit), str)
    ]
    require_disk(hub_id, Path(constants.HF_HUB_CACHE), sum(listing.sizes[name] for name in missing))
    counter = ByteCounter("fetching", sum(listing.sizes.values()), report)
    counter(sum(size for name, size in listing.sizes.items() if name not in missing))
    for name in missing:
        hf_hub_download(hub_id, name, revision=listing.commit, etag_timeout=seconds, tqdm_class=progress_bar(counter))
