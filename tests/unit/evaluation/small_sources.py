"""Rows with and without a file, and what came of them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from rrm_ui.evaluation.importing import import_rows
from rrm_ui.evaluation.items import Item, ItemSet

ROW = {"query": "2 + 2?", "response_a": "4", "response_b": "5", "label": "A"}

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)


def imported(*rows: dict[str, Any], **options: Any) -> ItemSet:
    return import_rows(list(enumerate(rows, start=1)), name="rows", **options)


def only(item_set: ItemSet) -> Item:
    assert not item_set.broken
    (item,) = item_set.items
    return item


def reasons(item_set: ItemSet) -> dict[int, str]:
    return {row.line: row.reason for row in item_set.broken}


def turns(*texts: str) -> list[dict[str, str]]:
    """Return a conversation that the user begins."""
    return [{"role": role, "content": text} for role, text in zip(["user", "assistant"] * 3, texts, strict=False)]


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, list(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
