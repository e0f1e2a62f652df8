"""Reading a table that is written as text: a row a line, cells between bars."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Row = TypeVar("Row")


def rows_of(make: Callable[..., Row], lines: str) -> tuple[Row, ...]:
    """Return ``make(*cells)`` for every line, its cells without the spaces around them."""
    return tuple(make(*(cell.strip() for cell in line.split("|"))) for line in lines.strip().splitlines())
