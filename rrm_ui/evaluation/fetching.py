"""Files of a dataset from the Hub, or of a benchmark from where its authors keep it, if they answer in time."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path, PurePosixPath

from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import (
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from rrm_ui.engines.models.hub import HUB_OFF, why_no_answer, within
from rrm_ui.errors import BadInput, Failure, reason
from rrm_ui.evaluation.reading import SUFFIXES
from rrm_ui.files import write_atomically
from rrm_ui.settings import get_settings

SPLITS = ({"filtered"}, {"test"}, {"validation", "valid", "val", "dev", "eval"})
"""Words of a path that name the split to prefer, best first."""

PART = re.compile(r"-\d+-of-")
FILES_LISTED = 12


class DataUnavailable(BadInput):
    """A dataset or a file of it is neither on this machine nor to be had now."""


class NotFetched(Exception):
    """A file did not come; ``why`` says the reason."""

    def __init__(self, why: Failure) -> None:
        super().__init__(why.message)
        self.why = why


@dataclass(frozen=True)
class Fetched:
    """Files of one dataset on this machine."""

    paths: tuple[Path, ...]
    files: tuple[str, ...]
    """Their paths in the dataset."""
    commit: str


def fetch_from_hub(
    hub_id: str, files: Sequence[str] | None, revision: str | None, seconds: float, offline: bool
) -> Fetched:
    """Return ``files`` of a dataset (without any: the ones of its best split), from the Hub or its cache here.

    Raises:
        DataUnavailable: wrong or gated id, no such revision or file, or several files to choose from.
        NotFetched: the Hub does not answer within ``seconds``, and its cache here does not hold the files.
    """
    if offline:
        return _from_cache(hub_id, files, revision, HUB_OFF)
    try:
        info = within(seconds, lambda: HfApi().dataset_info(hub_id, revision=revision, timeout=seconds))
        present = [file.rfilename for file in info.siblings or []]
        chosen = tuple(files or choose_files(hub_id, present))
        if absent := [file for file in chosen if file not in present]:
            raise DataUnavailable(
                f"The dataset {hub_id} has no file {absent[0]}; it has {_listed(_readable(present))}."
            )
        paths = tuple(_download(hub_id, file, revision, seconds) for file in chosen)
    except DataUnavailable:
        raise
    except GatedRepoError as error:
        raise DataUnavailable(
            f"The dataset {hub_id} is gated; accept its terms on its Hub page, log in with `hf auth login`, and start "
            "again."
        ) from error
    except RevisionNotFoundError as error:
        raise DataUnavailable(f"The dataset {hub_id} has no revision {revision}; check it on its Hub page.") from error
    except RepositoryNotFoundError as error:
        raise DataUnavailable(
            f"There is no dataset {hub_id} on the Hub, or it is private; check the id, or log in with `hf auth login`."
        ) from error
    except HFValidationError as error:
        raise DataUnavailable(f"{hub_id} is no id of a Hub dataset; write it as owner/name.") from error
    except Exception as error:  # the client raises many kinds for a broken network
        return _from_cache(hub_id, files, revision, why_no_answer(error, seconds))
    return Fetched(paths, chosen, _commit(paths[0]))


def choose_files(hub_id: str, present: Sequence[str]) -> tuple[str, ...]:
    """Return the one file of the best split among ``present``, or all its parts if it was cut into several.

    Raises:
        DataUnavailable: no file can be read, or several would do; names them.
    """
    readable = _readable(present)
    if not readable:
        raise DataUnavailable(f"The dataset {hub_id} has no file that can be read ({', '.join(SUFFIXES)}).")
    words = {file: set(re.split(r"[^a-z0-9]+", file.lower())) for file in readable}
    splits = [[file for file in readable if words[file] & names] for names in SPLITS]
    candidates = next((split for split in splits if split), readable)
    if len({PART.sub("-of-", file) for file in candidates}) == 1:
        return tuple(sorted(candidates))
    raise DataUnavailable(
        f"The dataset {hub_id} has several files with comparisons; name one, for example {hub_id}:{candidates[0]} "
        f"(it has {_listed(candidates)})."
    )


def fetch_address(address: str, folder: Path, seconds: float, offline: bool) -> Path:
    """Return the JSON file at ``address``, kept in ``folder`` from then on.

    Raises:
        NotFetched: it does not come within ``seconds`` a step, or something else does.
    """
    target = folder / PurePosixPath(address).name
    if target.is_file():
        return target
    if offline:
        raise NotFetched(reason("network_off", "the network is switched off (HF_HUB_OFFLINE)"))
    host = address.split("/")[2]
    try:
        answer = within(seconds, lambda: urllib.request.urlopen(address, timeout=seconds))
        with answer:
            content = answer.read()
        json.loads(content)  # a network's login page comes as a success too
    except urllib.error.HTTPError as error:
        status = str(error.code)
        raise NotFetched(
            reason("host_status", f"{host} answered with status {status}", host=host, status=status)
        ) from error
    except TimeoutError as error:
        clause = f"{host} did not answer within {seconds:g} s"
        raise NotFetched(reason("host_silent", clause, host=host, seconds=f"{seconds:g}")) from error
    except (OSError, HTTPException) as error:
        raise NotFetched(reason("host_unreachable", f"{host} cannot be reached", host=host)) from error
    except ValueError as error:
        raise NotFetched(reason("host_other", f"{host} answered with something else", host=host)) from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with write_atomically(target) as file:
            file.write(content)
    except OSError as error:
        raise NotFetched(reason("folder_unwritable", f"{folder} cannot be written", folder=str(folder))) from error
    return target


def benchmark_folder(key: str) -> Path:
    """Return where files of a benchmark that is not on the Hub are kept."""
    return get_settings().data_dir / "benchmarks" / key


def hub_is_off() -> bool:
    """Return whether the environment forbids to ask the network (``HF_HUB_OFFLINE``)."""
    return bool(constants.HF_HUB_OFFLINE)


def _download(hub_id: str, file: str, revision: str | None, seconds: float) -> Path:
    """Download by the revision's name, under which the cache finds the file again without a network."""
    return Path(hf_hub_download(hub_id, file, repo_type="dataset", revision=revision, etag_timeout=seconds))


def _commit(path: Path) -> str:
    """Return the commit of a file in the Hub's cache, which names its snapshots by it."""
    return path.relative_to(constants.HF_HUB_CACHE).parts[2]  # datasets--owner--name/snapshots/COMMIT/…


def _from_cache(hub_id: str, files: Sequence[str] | None, revision: str | None, why: Failure) -> Fetched:
    chosen = tuple(files or choose_files(hub_id, _cached_files(hub_id, revision, why)))
    found = [try_to_load_from_cache(hub_id, file, revision=revision, repo_type="dataset") for file in chosen]
    paths = tuple(Path(path) for path in found if isinstance(path, str))
    if len(paths) < len(chosen):
        raise NotFetched(why)
    return Fetched(paths, chosen, _commit(paths[0]))


def _cached_files(hub_id: str, revision: str | None, why: Failure) -> list[str]:
    try:
        folder = Path(snapshot_download(hub_id, repo_type="dataset", revision=revision, local_files_only=True))
    except LocalEntryNotFoundError as error:
        raise NotFetched(why) from error
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _readable(files: Sequence[str]) -> list[str]:
    return [file for file in files if file.lower().endswith(SUFFIXES) and not file.startswith(".")]


def _listed(files: Sequence[str]) -> str:
    shown = ", ".join(files[:FILES_LISTED])
    return (shown or "none that can be read") + (", …" if len(files) > FILES_LISTED else "")
