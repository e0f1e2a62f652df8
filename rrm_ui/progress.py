"""How far a long preparation has come, for a page, a terminal and a log alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["waiting", "looking", "fetching", "checking", "converting", "saving", "loading", "warming", "draining"]

STAGE_WORDS: dict[Stage, str] = {
    "waiting": "waiting for another process that prepares the same model",
    "looking": "looking for the model",
    "fetching": "fetching the model",
    "checking": "checking the fetched file",
    "converting": "converting and quantizing the weights",
    "saving": "saving the checkpoint",
    "loading": "loading the weights",
    "warming": "warming up",
    "draining": "waiting for running judgments to finish",
}


@dataclass(frozen=True)
class Progress:
    """One stage and how much of it is done."""

    stage: Stage
    done: int = 0
    total: int | None = None
    """None where the end is not known."""
    unit: Literal["bytes", "tensors", ""] = ""

    @property
    def share(self) -> float | None:
        """Share of the stage that is done, 0 to 1; None where the end is not known."""
        return min(1.0, self.done / self.total) if self.total else None

    def describe(self) -> str:
        """Return one line in English: the stage, and amounts where they are known."""
        words = STAGE_WORDS[self.stage]
        if not self.total:
            return words
        if self.unit == "bytes":
            return f"{words}: {self.done / 1e6:,.0f} of {self.total / 1e6:,.0f} MB"
        return f"{words}: {self.done} of {self.total} {self.unit}".rstrip()


ProgressCallback = Callable[[Progress], None]
