"""Rows of a source into items: what every reader shares.

A source is a list of ``Row``; a reader turns one row into items or raises ``RowError``, and ``collect`` keeps the good
rows and lists the others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import BrokenRow, Item, Label, digest_of_texts
from rrm_ui.evaluation.problems import problem, unusable

Record = Mapping[str, object]
"""A row's values by column."""

Row = tuple[int, Record | BrokenRow]
"""A line or row number as an editor or spreadsheet counts it, and the row found there."""

RowReader = Callable[[int, Record], Sequence[Item]]
"""Takes a row's place among the rows (from 1) and its values; returns its items or raises RowError."""

UNDECODED = re.compile("[\udc80-\udcff]")

EMPTY_RESPONSE = "(empty response)"
"""What the judge, which needs a text, reads where a response is empty."""

REASONS_SHOWN = 3
"""Of broken rows, in the error that none was good."""


class RowError(ValueError):
    """A row holds no comparison; ``why`` is the problem that it has."""

    def __init__(self, code: str, **values: int | str) -> None:
        self.why = problem(code, **values)
        super().__init__(self.why.message)


class NoGoodRow(BadInput):
    """No row of a file holds a comparison."""

    code = "file_no_good_row"

    def __init__(self, name: str, broken: Sequence[BrokenRow]) -> None:
        reasons = "; ".join(f"row {row.line}: {row.reason}" for row in broken[:REASONS_SHOWN])
        more = f"; and {len(broken) - REASONS_SHOWN} more" if len(broken) > REASONS_SHOWN else ""
        super().__init__(f"No row of {name} can be used ({reasons}{more}); correct them and try again.", name=name)
        self.broken = tuple(broken)


def collect(rows: Iterable[Row], read_row: RowReader) -> tuple[tuple[Item, ...], tuple[BrokenRow, ...]]:
    """Return the items of the good rows and the rows that hold none; of two equal ids the first is kept.

    Items with the same query are one group, unless their reader has grouped them.
    """
    items: dict[str, Item] = {}
    broken: list[BrokenRow] = []
    for number, (line, row) in enumerate(rows, start=1):
        if isinstance(row, BrokenRow):
            broken.append(row)
            continue
        try:
            found = read_row(number, row)
            for item in found:
                if item.id in items:
                    raise RowError("row_id_used", id=repr(item.id))
        except RowError as error:
            broken.append(BrokenRow(line, error.why))
        else:
            items |= {item.id: item for item in found}
    asked = Counter(item.query for item in items.values())
    return tuple(_grouped(item) if asked[item.query] > 1 else item for item in items.values()), tuple(broken)


def _grouped(item: Item) -> Item:
    return item if item.group else replace(item, group=digest_of_texts(item.query))


def require_items(name: str, items: Sequence[Item], broken: Sequence[BrokenRow]) -> None:
    """Raise BadInput where no row was good: NoGoodRow where there are rows."""
    if not items:
        raise NoGoodRow(name, broken) if broken else unusable("file_no_rows", name=name)


def checked_text(value: object, column: str) -> str:
    """Return ``value`` if it is text that can be judged and stored.

    Raises:
        RowError: it is no text, or it is blank, or it holds characters that are not text.
    """
    if is_blank(value):
        raise RowError("row_empty", column=repr(column))
    if not isinstance(value, str):
        raise RowError("row_not_text", column=repr(column))
    if "\0" in value:
        raise RowError("row_nul", column=repr(column))
    checked_bytes(value, column)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise RowError("row_surrogate", column=repr(column)) from error
    return value


def checked_bytes(value: str, column: str) -> None:
    """Raise RowError if ``value`` holds what ``surrogateescape`` makes of a byte that is no UTF-8."""
    if UNDECODED.search(value):
        raise RowError("row_not_utf8", column=repr(column))


def is_nan(value: object) -> bool:
    """Return whether ``value`` is the number that pandas writes for nothing."""
    return isinstance(value, float) and value != value


def is_blank(value: object) -> bool:
    """Return whether ``value`` stands for nothing: None, NaN, or text without a visible character."""
    return value is None or is_nan(value) or (isinstance(value, str) and not value.strip())


def row_id(value: object, number: int) -> str:
    """Return the id in ``value`` as text, or the row's number where there is none.

    Raises:
        RowError: it is neither text nor a number.
    """
    if is_blank(value):
        return str(number)
    if not isinstance(value, str | int | float):
        raise RowError("row_id_kind")
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # pandas turns whole numbers into floats where some are missing
    return checked_text(str(value), "id")


def row_label(value: object, column: str) -> str:
    """Return a name such as a subset's, empty where there is none."""
    return "" if is_blank(value) else checked_text(str(value), column)


def place(query: str, chosen: str, rejected: str) -> tuple[str, str, Label]:
    """Return responses A and B and the label of a chosen and a rejected response.

    A hash of the texts says which becomes A, so that the better one is A about half the time, and always the same way.
    """
    digest = hashlib.sha256(json.dumps((query, chosen, rejected)).encode()).digest()
    return (chosen, rejected, "A") if digest[0] & 1 else (rejected, chosen, "B")
