"""One file from the Hugging Face Hub, if the Hub answers in time."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url, try_to_load_from_cache
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
from tqdm.std import tqdm  # type: ignore[import-untyped]

from rrm_ui.engines.models.catalogue import GgufSource
from rrm_ui.engines.models.resources import require_disk
from rrm_ui.errors import Failure, UserError, reason
from rrm_ui.files import FetchError
from rrm_ui.progress import Progress, ProgressCallback, Stage

T = TypeVar("T")

NO_PLACE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT)
"""What this machine's disk says, and no network."""
HUB_OFF = reason("hub_off", "the Hub is switched off (HF_HUB_OFFLINE)")


class ByteCounter:
    """Adds up bytes as they come and reports a share of the total, at most a hundred times in all."""

    def __init__(self, stage: Stage, total: int, report: ProgressCallback) -> None:
        self._stage: Stage = stage
        self._total = total
        self._report = report
        self._done = 0
        self._reported = -1

    def __call__(self, count: int) -> None:
        """Add ``count`` bytes."""
        self._done += count
        percent = 100 * self._done // max(1, self._total)
        if percent != self._reported:
            self._reported = percent
            self._report(Progress(self._stage, min(self._done, self._total), self._total, "bytes"))


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what ``call`` returns, or raise TimeoutError after ``seconds``; the call is then left to end by itself.

    The client's own timeouts bound a connection and a read each, not a name lookup and not the whole.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="hub-request", daemon=True).start()
    return future.result(timeout=seconds)


def why_no_answer(error: Exception, seconds: float) -> Failure:
    """Return why the Hub gave nothing, as a reason."""
    if isinstance(error, OfflineModeIsEnabled):
        return HUB_OFF
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        return reason("hub_status", f"the Hub answered with status {status}", status=str(status))
    if isinstance(error, OSError) and error.errno in NO_PLACE:
        place, problem = str(error.filename or constants.HF_HUB_CACHE), str(error.strerror)
        return reason("no_place", f"{place} cannot be written ({problem})", place=place, problem=problem)
    if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        return reason("hub_silent", f"the Hub did not answer within {seconds:g} s", seconds=f"{seconds:g}")
    return reason("hub_unreachable", "the Hub cannot be reached")


def cached_file(hub_id: str, filename: str) -> Path | None:
    """Return the file from the Hub's own cache on this machine (as ``preload_from_hub`` fills it), if it is there."""
    found = try_to_load_from_cache(hub_id, filename)
    return Path(found) if isinstance(found, str) else None


def fetch_file(name: str, source: GgufSource, seconds: float, report: ProgressCallback) -> Path:
    """Download the file of ``source`` into the Hub's cache, if the Hub answers within ``seconds``.

    Raises:
        FetchError: it does not, holds another file, or broke off.
        ModelUnavailable: the disk is too full.
    """
    report(Progress("looking"))
    url = hf_hub_url(source.hub_id, source.filename)
    try:
        size = within(seconds, lambda: get_hf_file_metadata(url, timeout=seconds).size)
        if size != source.bytes:
            raise FetchError("the Hub holds another version of the file")
        require_disk(name, Path(constants.HF_HUB_CACHE), source.bytes)
        counter = ByteCounter("fetching", source.bytes, report)
        bar = progress_bar(counter)
        return Path(hf_hub_download(source.hub_id, source.filename, etag_timeout=seconds, tqdm_class=bar))
    except (FetchError, UserError):
        raise
    except Exception as error:  # whatever breaks, another source may have the file
        raise FetchError(why_no_answer(error, seconds).message) from error


def progress_bar(on_bytes: Callable[[int], None]) -> type[Any]:
    """Return a class that the Hub's client takes for a progress bar; it draws nothing and passes the bytes on."""

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> bool | None:
            on_bytes(int(n or 0))
            return None

        def update_transfer(self, n: float | None = 1) -> None:
            """Hear of bytes on the wire, which compression makes fewer than the file's; ``update`` counts those."""

    return Bar
