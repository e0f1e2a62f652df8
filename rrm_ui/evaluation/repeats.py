"""Comparisons that a set holds more than once, whichever of the two responses is A."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from rrm_ui.evaluation.items import Item, Label

SWAPPED: dict[Label | None, Label | None] = {"A": "B", "B": "A", "tie": "tie", None: None}


class Repeats(NamedTuple):
    """How many comparisons of a set are there again."""

    repeated: int
    """Comparisons with the texts and the label of an earlier one."""
    contradicted: int
    """Comparisons with the texts of another one and a label that differs from its own."""


def find_repeats(items: Iterable[Item]) -> Repeats:
    """Return how many of ``items``, whose texts must be here, repeat or contradict others."""
    labels: dict[str, Counter[Label | None]] = defaultdict(Counter)
    for item in items:
        first = min(item.digests)
        labels[first][item.label if item.digest == first else SWAPPED[item.label]] += 1
    repeated = sum(same.total() - len(same) for same in labels.values())
    given = [[count for label, count in same.items() if label is not None] for same in labels.values()]
    return Repeats(repeated, sum(sum(counts) for counts in given if len(counts) > 1))
