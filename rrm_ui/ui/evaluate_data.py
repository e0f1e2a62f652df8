"""Which data the Evaluate page can run over: benchmarks by name, the sample comparisons, and uploaded files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from gradio.utils import get_upload_folder

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.benchmarks import BENCHMARKS
from rrm_ui.evaluation.columns import FIELDS
from rrm_ui.evaluation.items import BrokenRow, ItemSet, Label
from rrm_ui.evaluation.sources import load_items
from rrm_ui.settings import get_settings

SAMPLE_FILE = Path(__file__).parents[2] / "assets" / "sample-comparisons.jsonl"
SAMPLE, OWN_FILE = "sample", "file"
"""Choices beside the benchmarks' keys."""


def data_choices() -> list[str]:
    """Return the keys that may be chosen, in the order in which they are offered."""
    return [SAMPLE, OWN_FILE, *(benchmark.key for benchmark in BENCHMARKS)]


def load_chosen(choice: object, file: object, columns: object = "") -> ItemSet:
    """Return the items of a choice; ``file`` is where the server put an uploaded file.

    Raises:
        BadInput: nothing was chosen or uploaded, or it cannot be read.
    """
    if choice == SAMPLE:
        return _load(str(SAMPLE_FILE), SAMPLE_FILE.stat().st_mtime_ns, Naming())
    if choice != OWN_FILE:
        if choice not in data_choices():
            raise BadInput("Choose the data to evaluate on.")
        return _load_benchmark(str(choice))
    path = _uploaded(file)
    return _load(str(path), path.stat().st_mtime_ns, parse_naming(columns))


@dataclass(frozen=True)
class Naming:
    """What a person says about a file: pairs of our field and its column, and of a label and what it means."""

    columns: tuple[tuple[str, str], ...] = ()
    label_values: tuple[tuple[str, Label], ...] = ()


def parse_naming(text: object) -> Naming:
    """Return what ``query=prompt, label=winner, 0=A, 1=B`` says; nothing for an empty text.

    A pair says what a label means if it ends in A, B or tie and does not begin with one of our fields.

    Raises:
        BadInput: a part is no pair.
    """
    pairs = [[name.strip() for name in part.split("=")] for part in str(text or "").split(",") if part.strip()]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise BadInput(
            "Name columns as query=prompt, label=winner, and what labels mean as 0=A, 1=B: pairs with an equals sign, "
            "commas between them.",
            code="columns_naming",
        )
    meanings: dict[str, Label] = {label: label for label in get_args(Label)}
    return Naming(
        columns=tuple((left, right) for left, right in pairs if left in FIELDS or right not in meanings),
        label_values=tuple(
            (left, meanings[right]) for left, right in pairs if left not in FIELDS and right in meanings
        ),
    )


def _uploaded(file: object) -> Path:
    """Return the path of an uploaded file; whoever calls by hand may not name any other file of this machine."""
    if not file:
        raise BadInput(
            "Choose a file first: JSONL, CSV or Parquet with a query, two responses and a label in each row.",
            code="file_missing",
        )
    path = Path(str(file)).resolve()
    if not (path.is_relative_to(Path(get_upload_folder()).resolve()) and path.is_file()):
        raise BadInput("The uploaded file is not there any more; choose it again.", code="file_gone")
    return path


def is_uploaded(file: object) -> bool:
    """Return whether ``file`` was uploaded and is still there."""
    try:
        return bool(_uploaded(file))
    except BadInput:
        return False


@lru_cache(maxsize=4)
def _load(path: str, _changed: int, naming: Naming) -> ItemSet:
    return load_items(path, dict(naming.columns) or None, dict(naming.label_values) or None)


@lru_cache(maxsize=2)
def _load_benchmark(key: str) -> ItemSet:
    return load_items(key, hub_timeout=get_settings().hub_timeout)


def describe(item_set: ItemSet, limit: int | None) -> dict[str, Any]:
    """Return what a page says about ``item_set`` before anything runs."""
    items = item_set.items[:limit] if limit else item_set.items
    return {
        "name": item_set.name,
        "rows": len(item_set.items),
        "taken": len(items),
        "labelled": sum(item.label is not None for item in item_set.items),
        "columns": item_set.columns,
        **describe_broken(item_set.broken),
    }


def describe_broken(rows: Sequence[BrokenRow]) -> dict[str, Any]:
    """Return what a page says about the rows that hold no comparison."""
    return {"broken": [row.to_dict() for row in rows[:MOST_BROKEN]], "broken_rows": len(rows)}


MOST_BROKEN = 50
"""Broken rows that are listed before a run; all of them are in its record."""
