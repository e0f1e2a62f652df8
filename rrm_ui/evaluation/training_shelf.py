"""All training runs that a server knows: those in its data folder, and those that ship with the program."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.training_curves import CONFIGURATION, CURVES, TrainingRun, is_training, read_training

log = logging.getLogger(__name__)

SHIPPED_TRAININGS = Path(__file__).parents[2] / "assets" / "training"
PREFIX = "training:"
"""How the keys of training runs begin; those of evaluations never do."""
_SHIPPED = "shipped:"


@dataclass(frozen=True)
class TrainingSummary:
    """A training run in a list."""

    key: str
    name: str
    kind: str
    base: str
    steps: int
    changed: str
    """When its curves last grew, in ISO form."""
    shipped: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the summary by name."""
        return asdict(self)


class TrainingShelf:
    """Finds and reads training runs by key."""

    def __init__(self, folder: Path, shipped: Path = SHIPPED_TRAININGS) -> None:
        self._folder, self._shipped = folder, shipped
        self._told: set[Path] = set()
        """Folders of which the log has said that they cannot be read."""
        self._listed: dict[str, tuple[tuple[int, ...], TrainingSummary]] = {}

    def summaries(self) -> tuple[TrainingSummary, ...]:
        """Return all training runs, the last changed first; a folder that cannot be read is none."""
        return tuple(sorted(self._summaries(), key=lambda one: one.changed, reverse=True))

    def read(self, key: str) -> TrainingRun:
        """Return the training run ``key`` as it stands on disk now.

        Raises:
            BadInput: there is none, or it cannot be read. A key is only ever a name in one of the two folders.
        """
        folders = dict(self._folders())
        if key not in folders:
            raise BadInput(
                "There is no such training run any more; choose another one from the list.", code="training_gone"
            )
        return read_training(folders[key])

    def _folders(self) -> Iterator[tuple[str, Path]]:
        for start, folder in ((PREFIX, self._folder), (PREFIX + _SHIPPED, self._shipped)):
            if folder.is_dir():
                yield from ((start + each.name, each) for each in folder.iterdir() if is_training(each))

    def _summaries(self) -> Iterator[TrainingSummary]:
        for key, folder in self._folders():
            try:
                changed = _stamps(folder)
                if self._listed.get(key, (None, None))[0] != changed:  # pages ask every second
                    self._listed[key] = changed, _summary(key, folder)
                yield self._listed[key][1]
            except (BadInput, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                # Being written by another program, or by another version of this one.
                if folder not in self._told:
                    self._told.add(folder)
                    log.warning("The training run in %s cannot be read and is not listed: %r", folder, error)


def _stamps(folder: Path) -> tuple[int, ...]:
    """Return when the files that a summary is made of were written; a run before its first step has no curves."""
    places = (folder / CONFIGURATION, folder / CURVES)
    return tuple(place.stat().st_mtime_ns for place in places if place.is_file())


def _summary(key: str, folder: Path) -> TrainingSummary:
    run = read_training(folder)
    curves = folder / CURVES
    grown = (curves if curves.is_file() else folder / CONFIGURATION).stat().st_mtime
    return TrainingSummary(
        key=key,
        name=run.name,
        kind=run.kind,
        base=str(run.asked.get("base", "")),
        steps=max((int(row["step"]) for row in run.rows), default=0),
        changed=datetime.fromtimestamp(grown, UTC).isoformat(),
        shipped=key.startswith(PREFIX + _SHIPPED),
    )
