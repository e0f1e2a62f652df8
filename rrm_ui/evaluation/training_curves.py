"""The curves that a training run leaves behind (``curves.jsonl``, a line a step), read without any training code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rrm_ui.errors import BadInput
from rrm_ui.row_log import read_rows

CURVES = "curves.jsonl"
CONFIGURATION = "training.json"

Row = dict[str, Any]


@dataclass(frozen=True)
class TrainingRun:
    """What was asked of a training run, and its figures by step."""

    name: str
    asked: dict[str, Any]
    rows: tuple[Row, ...]

    @property
    def kind(self) -> str:
        """Which step of the recipe it is: ``cold-start``, ``grpo`` or ``direct``."""
        return str(self.asked.get("kind", ""))

    def values(self, name: str) -> list[tuple[int, float]]:
        """Return the steps that have the figure ``name``, and the figure."""
        return [(int(row["step"]), float(row[name])) for row in self.rows if name in row]


def is_training(folder: Path) -> bool:
    """Return whether ``folder`` holds a training run."""
    return (folder / CONFIGURATION).is_file()


def read_training(folder: Path) -> TrainingRun:
    """Return the training run in ``folder``.

    Raises:
        BadInput: it is none, or a line of it is broken.
    """
    try:
        asked = json.loads((folder / CONFIGURATION).read_text(encoding="utf-8"))
        return TrainingRun(folder.resolve().name, asked, tuple(read_curves(folder)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{folder} holds no training run that can be read ({error}).") from error


def read_curves(folder: Path) -> list[Row]:
    """Return the rows of a run's curves, none before its first step.

    Raises:
        ValueError: a line is broken, and not the last one, cut short by a kill.
    """
    path = folder / CURVES
    return read_rows(path) if path.exists() else []
