"""An id of its own for every comparison of a file, where several rows share one.

Files of preferences often write a prompt's id into every row of its pairs. The first row keeps the id, the next ones
are ``id#2``, ``id#3`` and so on: the same at every reading, so that a run goes on with the votes that it has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rrm_ui.evaluation.items import Item, Label
from rrm_ui.evaluation.rows import RowError


class DistinctIds:
    """Gives the items of one file their ids, in the file's order."""

    def __init__(self, written: Iterable[str]) -> None:
        """Take every id that stands in the file: none of them is made up for another row."""
        self._written = frozenset(written)
        self._last: dict[str, int] = {}
        self._seen: set[tuple[str, str, Label | None]] = set()

    def give(self, item: Item) -> Item:
        """Return ``item`` with an id that no other has.

        Raises:
            RowError: the same texts were there before with this id and this label.
        """
        same = (item.id, item.digest, item.label)
        if same in self._seen:
            raise RowError("row_repeated", id=repr(item.id))
        self._seen.add(same)
        number = self._last.get(item.id, 0) + 1
        while number > 1 and f"{item.id}#{number}" in self._written:
            number += 1
        self._last[item.id] = number
        return replace(item, id=f"{item.id}#{number}") if number > 1 else item
