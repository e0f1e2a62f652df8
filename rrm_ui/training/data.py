"""Comparisons to train on, from a file: any that *Evaluate* reads, with what a thought may say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.importing import import_rows
from rrm_ui.evaluation.items import BrokenRow, Label
from rrm_ui.evaluation.reading import SUFFIXES, read_rows, text_rows
from rrm_ui.evaluation.rows import Row
from rrm_ui.evaluation.sources import load_items
from rrm_ui.files import write_text_atomically
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.words import WordsByTexts, with_words


@dataclass(frozen=True)
class ReadComparisons:
    """What a source holds to learn from."""

    comparisons: list[LabelledComparison]
    left_out: int = 0
    """Rows that are broken, or in which neither response is better."""


def read_comparisons(
    source: str,
    hub_timeout: float,
    columns: Mapping[str, str] | None = None,
    label_values: Mapping[str, Label] | None = None,
) -> ReadComparisons:
    """Return the comparisons of ``source`` (a file, a benchmark's name, a dataset on the Hub) that have a better side.

    Rows are read, and refused, as *Evaluate* does; ``columns`` and ``label_values`` are as it takes them. A file's rows
    may have words of a thought beside them (``words.py``); of others the thought is empty.

    Raises:
        BadInput: there is nothing to read, or no row with a label.
        DataUnavailable: it is not on this machine and cannot be fetched.
    """
    path = Path(source)
    rows = _rows(path) if path.is_file() else []
    if rows and path.suffix.lower() not in SUFFIXES:  # whatever it is called, it is what `write_comparisons` wrote
        found = import_rows(rows, name=path.name, columns=columns, label_values=label_values)
    else:
        found = load_items(source, columns, label_values, hub_timeout=hub_timeout)
    words = WordsByTexts((row for _, row in rows if not isinstance(row, BrokenRow)), found.columns)
    read = [(item, words.take(item)) for item in found.items]
    labelled = [with_words(item, item.label, row) for item, row in read if item.label == "A" or item.label == "B"]
    if not labelled:
        raise BadInput(f"{source} holds no comparison with a better response; training needs labels.")
    return ReadComparisons(labelled, len(found.items) - len(labelled) + len(found.broken))


def write_comparisons(path: Path, comparisons: Iterable[LabelledComparison]) -> None:
    """Write ``comparisons`` to ``path`` as JSON lines, all or nothing.

    Raises:
        BadInput: the file cannot be written.
    """
    lines = (json.dumps(one.to_dict(), ensure_ascii=False) + "\n" for one in comparisons)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text_atomically(path, "".join(lines))
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}. Choose another --out.") from error


def _rows(path: Path) -> list[Row]:
    """Return the rows of a file; one of a kind that nobody knows holds JSON lines.

    Raises:
        BadInput: it cannot be read.
    """
    if path.suffix.lower() in SUFFIXES:
        return read_rows(path)
    try:
        return text_rows(path.read_bytes(), path.name, ".jsonl")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error


def by_family(comparisons: Iterable[LabelledComparison]) -> dict[str, list[LabelledComparison]]:
    """Return the comparisons of each family, by name."""
    families: dict[str, list[LabelledComparison]] = {}
    for one in comparisons:
        families.setdefault(one.family, []).append(one)
    return dict(sorted(families.items()))


def counted(comparisons: Sequence[LabelledComparison]) -> str:
    """Return how many there are, and how many of them differ where some do not, with A and B swapped or as they are."""
    different = len({min(one.item().digests) for one in comparisons})
    count = f"{len(comparisons):,}"
    return count if different == len(comparisons) else f"{count}, {different:,} of them different"
