"""All runs that a server knows: those in its data folder, and those that ship with the program."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.analysis import find
from rrm_ui.evaluation.findings import Findings, Scoring
from rrm_ui.evaluation.record import Run, RunSpec, RunState, as_it_stands, is_run, read_run

log = logging.getLogger(__name__)

SHIPPED_RUNS = Path(__file__).parents[2] / "assets" / "runs"
SHIPPED = "shipped:"
"""How the keys of shipped runs begin."""
KEPT = 6
"""Runs, and findings, that are kept in memory."""


@dataclass(frozen=True)
class RunSummary:
    """A run in a list."""

    key: str
    name: str
    model: str
    votes: int
    budget: int
    seed: str
    """As text: a browser's numbers do not hold it."""
    comparisons: int
    """How many of the ``rows`` of its data it takes."""
    rows: int
    state: RunState
    created: str
    digest: str
    """Of the data: runs with the same one compare item by item."""
    shipped: bool
    """Whether it came with the program; it cannot go on."""

    def to_dict(self) -> dict[str, Any]:
        """Return the summary by name."""
        return asdict(self)


class RunShelf:
    """Finds, reads and analyses runs by key; may be asked from any thread."""

    def __init__(self, folder: Path, shipped: Path = SHIPPED_RUNS) -> None:
        self._folder, self._shipped = folder, shipped
        self._lock = threading.Lock()
        self._told: set[Path] = set()
        """Folders of which the log has said that they cannot be read."""
        self._listed: dict[str, tuple[int, RunSummary]] = {}
        self._runs: OrderedDict[tuple[Any, ...], Run] = OrderedDict()
        self._findings: OrderedDict[tuple[Any, ...], Findings] = OrderedDict()

    def summaries(self) -> tuple[RunSummary, ...]:
        """Return all runs, newest first; a folder that cannot be read is no run."""
        return tuple(sorted(self._summaries(), key=lambda summary: summary.created, reverse=True))

    def folder_of(self, key: str) -> Path:
        """Return the folder of the run ``key``.

        Raises:
            BadInput: there is no such run. A key is only ever a name in one of the two folders, never a path.
        """
        folders = dict(self._folders())
        if key not in folders:
            raise BadInput("There is no such run any more; choose another one from the list.", code="run_gone")
        return folders[key]

    def new_folder(self, name: str) -> Path:
        """Return a folder of its own for a new run over the data ``name``; it is not made yet."""
        words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "run"
        begun = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        names = (f"{begun}-{words}" + (f"-{copy}" if copy > 1 else "") for copy in range(1, 1000))
        return next(folder for folder in (self._folder / each for each in names) if not folder.exists())

    def read(self, key: str) -> Run:
        """Return the run ``key`` as it stands on disk now.

        Raises:
            BadInput: there is none, or it cannot be read.
        """
        folder = self.folder_of(key)
        stamp = (key, *_stamps(folder))
        with self._lock:
            run = self._runs.get(stamp)
        if run is None:
            run = read_run(folder)
            self._keep(self._runs, stamp, run)
        return as_it_stands(run)

    def findings(self, key: str, scoring: Scoring) -> Findings:
        """Return what the run ``key`` says now.

        Raises:
            BadInput: there is none, or nothing in it can be scored yet.
        """
        stamp = (key, scoring, *_stamps(self.folder_of(key)))
        with self._lock:
            findings = self._findings.get(stamp)
        if findings is None:
            findings = find(self.read(key), scoring)
            self._keep(self._findings, stamp, findings)
        return findings

    def _keep(self, kept: OrderedDict[tuple[Any, ...], Any], stamp: tuple[Any, ...], value: Any) -> None:
        with self._lock:
            kept[stamp] = value
            while len(kept) > KEPT:
                kept.popitem(last=False)

    def _folders(self) -> Iterator[tuple[str, Path]]:
        for start, folder in (("", self._folder), (SHIPPED, self._shipped)):
            if folder.is_dir():
                yield from ((start + each.name, each) for each in folder.iterdir() if is_run(each))

    def _summaries(self) -> Iterator[RunSummary]:
        for key, folder in self._folders():
            try:
                changed = (folder / "run.json").stat().st_mtime_ns
                if self._listed.get(key, (None, None))[0] != changed:  # pages ask every second
                    self._listed[key] = changed, _summary(key, folder)
                yield self._listed[key][1]
            except (OSError, ValueError, KeyError, TypeError) as error:
                # Being written by another program, or by another version of this one.
                if folder not in self._told:
                    self._told.add(folder)
                    log.warning("The run in %s cannot be read and is not listed: %r", folder, error)


def _stamps(folder: Path) -> tuple[int, ...]:
    return tuple((folder / name).stat().st_mtime_ns for name in ("run.json", "votes.jsonl"))


def _summary(key: str, folder: Path) -> RunSummary:
    head = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    state = head.pop("state")
    del head["format"], head["seconds"]
    spec = RunSpec.from_dict(head)
    settings = spec.settings
    return RunSummary(
        key=key,
        name=spec.name,
        model=spec.model.name,
        votes=settings.votes,
        budget=settings.thinking_budget,
        seed=str(settings.seed),
        comparisons=min(spec.limit or spec.rows, spec.rows),
        rows=spec.rows,
        state=state,
        created=spec.created,
        digest=spec.data_digest,
        shipped=key.startswith(SHIPPED),
    )
