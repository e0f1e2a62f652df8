"""The comparisons that the page offers to start from (``assets/examples.json``)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rrm_ui.values import Choice, Comparison

EXAMPLES_FILE = Path(__file__).parents[2] / "assets" / "examples.json"


@dataclass(frozen=True)
class Example:
    """A comparison with a known better side."""

    id: str
    kind: str
    """What it shows: arithmetic, code, safety and so on."""
    title: dict[str, str]
    """By language."""
    comparison: Comparison
    better: Choice

    def label(self) -> dict[str, Any]:
        """Return what a picker needs to name the example; the texts stay on the server until it is picked."""
        return {"id": self.id, "title": self.title}


@lru_cache(maxsize=1)
def load_examples(path: Path = EXAMPLES_FILE) -> tuple[Example, ...]:
    """Return the examples in the order in which they are offered."""
    return tuple(_example(row) for row in json.loads(path.read_text(encoding="utf-8")))


def find_example(identifier: object) -> Example | None:
    """Return the example named ``identifier``, or None."""
    return next((example for example in load_examples() if example.id == identifier), None)


def _example(row: dict[str, Any]) -> Example:
    if row["better"] not in ("A", "B"):
        raise ValueError(f"example {row['id']!r}: better is {row['better']!r}, not A or B")
    comparison = Comparison(row["query"], row["response_a"], row["response_b"])
    return Example(row["id"], row["kind"], dict(row["title"]), comparison, row["better"])
