"""What a training run leaves behind: a checkpoint to go on from, and its curves as JSON lines.

A checkpoint takes its name when it is whole and on the disk; only then does the one before it go. The curves are cut
back to the checkpoint when a run goes on, so that a killed run ends with the very lines of one that was not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

import torch

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.training_curves import CONFIGURATION, CURVES, read_curves
from rrm_ui.files import PARTIAL_SUFFIX, publish_folder, remove, write_text_atomically
from rrm_ui.row_log import RowLog, recording

STATE = "state.pt"
RUN_FOLDER = "The training run's folder"
"""What cannot be written any more, as it is told."""


RETIRED_OPTION = "rows_at_once"
"""Earlier versions wrote it down; it decided nothing of a run."""


class Journal:
    """The folder of one training run. One that is refused before ``begin`` leaves no run behind."""

    def __init__(self, folder: Path, configuration: dict[str, Any], may_change: Sequence[str] = ()) -> None:
        """Look into ``folder`` for the run that ``configuration`` describes.

        A run that is there already must be the same but for the entries that ``may_change``.

        Raises:
            BadInput: the folder holds another run or more ``steps`` of this one, or cannot be read.
        """
        self.folder = folder
        self._configuration = configuration
        try:
            place = folder / CONFIGURATION
            before = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else None
            if before is not None:
                self._check(before, {**configuration, **{name: before.get(name) for name in may_change}})
            self.step, self.state = self._newest()
            """How many steps the run has behind it, and what was last saved: None for a new run."""
        except OSError as error:
            raise _unusable(self.folder, error) from error
        if configuration.get("steps", self.step) < self.step:
            raise BadInput(f"The run in {folder} has taken {self.step} steps already; ask for no fewer.")

    def begin(self) -> Self:
        """Write down what the run is, cut its curves back to where it goes on, and return the journal.

        Raises:
            BadInput: the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            content = json.dumps(self._configuration, indent=2, ensure_ascii=False) + "\n"
            write_text_atomically(self.folder / CONFIGURATION, content)
            self._cut_curves()
            self._curves = RowLog(self.folder / CURVES)
        except OSError as error:
            raise _unusable(self.folder, error) from error
        return self

    def save(self, step: int, state: dict[str, Any]) -> None:
        """Keep ``state`` as of ``step`` steps; a kill at any moment leaves this one or the one before.

        Raises:
            RecordFailure: the folder can no longer be written; the checkpoint before is kept.
        """
        with self.recording():
            partial = self.folder / f"checkpoint-{step:06d}{PARTIAL_SUFFIX}"
            remove(partial)
            partial.mkdir()
            _save(state, partial / STATE)
            target = self.folder / f"checkpoint-{step:06d}"
            remove(target)
            publish_folder(partial, target)
            for older in self.folder.glob("checkpoint-*"):
                if older != target:
                    remove(older)

    def append(self, row: dict[str, Any]) -> None:
        """Add a line to the curves; ``row`` holds its ``step``."""
        with self.recording():
            self._curves.append(row)

    def recording(self) -> AbstractContextManager[None]:
        """Say in one sentence that what is written in here to the run's folder cannot be."""
        return recording(RUN_FOLDER)

    def rows(self) -> list[dict[str, Any]]:
        """Return the curves so far."""
        return read_curves(self.folder)

    def _check(self, before: dict[str, Any], now: dict[str, Any]) -> None:
        options = {name: value for name, value in before.get("options", {}).items() if name != RETIRED_OPTION}
        old, new = _flat({**before, "options": options}), _flat(now)
        differing = [
            f"{name} ({_told(old.get(name))}, now {_told(new.get(name))})"
            for name in sorted({*old, *new})
            if not _is_same(name, old.get(name), new.get(name))
        ]
        if differing:
            raise BadInput(
                f"{self.folder} holds another training run (it differs in {', '.join(differing)}). Choose another "
                "folder, or ask for the same."
            )

    def _newest(self) -> tuple[int, dict[str, Any] | None]:
        newest = max(_checkpoints(self.folder), default=None)
        if newest is None:
            return 0, None
        state: dict[str, Any] = torch.load(newest / STATE, map_location="cpu", weights_only=True)
        return int(newest.name.rpartition("-")[2]), state

    def _cut_curves(self) -> None:
        # A run without a checkpoint begins anew, with the validation before its first step.
        kept = [row for row in read_curves(self.folder) if self.state is not None and row["step"] <= self.step]
        write_text_atomically(self.folder / CURVES, "".join(json.dumps(row) + "\n" for row in kept))


def _flat(entries: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Return the entries of nested dictionaries by their path: ``options.schedule.learning_rate``."""
    flat: dict[str, Any] = {}
    for name, value in entries.items():
        flat |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
    return flat


def _is_same(name: str, before: object, now: object) -> bool:
    if name == "base":  # a model's folder may be renamed: its revision is a hash of what it holds
        before, now = (str(value).rpartition(" (revision ")[2] for value in (before, now))
    return before == now


def _told(value: object) -> str:
    return "none" if value is None else str(value)


def asked_before(folder: Path) -> dict[str, Any] | None:
    """Return what the run in ``folder`` was asked for if it goes on from a checkpoint, None where one would begin.

    Raises:
        BadInput: the folder cannot be read.
    """
    try:
        place = folder / CONFIGURATION
        if not _checkpoints(folder) or not place.is_file():
            return None
        asked: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unusable(folder, error) from error
    return asked


def _checkpoints(folder: Path) -> list[Path]:
    return [path for path in folder.glob("checkpoint-*") if path.suffix != PARTIAL_SUFFIX]


def _unusable(folder: Path, error: OSError) -> BadInput:
    return BadInput(f"{folder} cannot hold a training run: {error.strerror}. Choose another folder.")


def _save(state: dict[str, Any], path: Path) -> None:
    """Save ``state``; torch says by a RuntimeError that its file cannot be written, among other things."""
    try:
        torch.save(state, path)
    except RuntimeError as error:
        if "PytorchStreamWriter" not in str(error):
            raise
        raise OSError(str(error).partition("\n")[0]) from error
