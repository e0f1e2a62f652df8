"""Random choices that depend on a name alone: the same split, seed, family and index give the same comparison."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import Literal, TypeVar

T = TypeVar("T")

Split = Literal["train", "validation", "test"]

_TENTHS: dict[Split, range] = {"train": range(7), "validation": range(7, 8), "test": range(8, 10)}


def split_of(row: object) -> Split:
    """Return the split that a row of a table belongs to, by a hash of its ``repr``: 7 in 10 are for training."""
    tenth = hashlib.sha256(repr(row).encode()).digest()[0] % 10
    return next(split for split, tenths in _TENTHS.items() if tenth in tenths)


class Draw:
    """The random choices behind one comparison."""

    def __init__(self, split: Split, seed: int, family: str, index: int) -> None:
        self.split: Split = split
        digest = hashlib.sha256(repr((split, seed, family, index)).encode()).digest()
        self._random = random.Random(int.from_bytes(digest[:8], "big"))

    def integer(self, low: int, high: int) -> int:
        """Return an integer from ``low`` to ``high``, both included."""
        return self._random.randint(low, high)

    def chance(self, probability: float) -> bool:
        """Return True with ``probability``."""
        return self._random.random() < probability

    def choice(self, options: Sequence[T]) -> T:
        """Return one of ``options``, whatever the split: for wording, names and numbers."""
        return options[self._random.randrange(len(options))]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """Return ``count`` different ones of ``options`` in random order."""
        return self._random.sample(list(options), count)

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """Return ``options`` in random order."""
        return self.sample(options, len(options))

    def row(self, table: Sequence[T]) -> T:
        """Return a row of a table of knowledge that belongs to this draw's split, so that tests ask for other rows."""
        return self.choice(self.rows(table))

    def rows(self, table: Sequence[T]) -> list[T]:
        """Return every row of ``table`` that belongs to this draw's split.

        Raises:
            ValueError: the table is too small to have any.
        """
        mine = [row for row in table if split_of(row) == self.split]
        if not mine:
            raise ValueError(f"A table of {len(table)} rows has none for {self.split}")
        return mine
