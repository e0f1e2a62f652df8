"""Comparisons to train on, from a file: our own rows with what a thought may say, or any that *Evaluate* reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import Item, Label
from rrm_ui.evaluation.reading import decoded
from rrm_ui.evaluation.sources import load_items
from rrm_ui.files import write_text_atomically
from rrm_ui.training.comparisons.generate import LabelledComparison


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

    Rows that ``write_comparisons`` made keep the words of a thought; of others the thought is empty. ``columns`` and
    ``label_values`` are as *Evaluate* takes them.

    Raises:
        BadInput: there is nothing to read, or no row with a label.
    """
    path = Path(source)
    own = _own_rows(path) if path.is_file() else None
    if own is not None:
        return own
    found = load_items(source, columns, label_values, hub_timeout=hub_timeout)
    labelled = [_from_item(item) for item in found.items if item.label in ("A", "B")]
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


def _own_rows(path: Path) -> ReadComparisons | None:
    """Return the rows of a file that ``write_comparisons`` wrote, and how many were broken since; None for another.

    One with rows of another kind among them is another: they too are to be learned from.
    """
    rows: list[LabelledComparison] = []
    broken = 0
    try:
        content = path.read_bytes()
    except OSError:
        return None  # whoever reads it as another file says why
    for line in decoded(content).split("\n"):  # other line ends may stand within a text
        if not line.strip():
            continue
        try:
            line.encode()  # bytes that were no text fail here
            row = json.loads(line)
        except (ValueError, RecursionError):
            broken += 1
            continue
        try:
            rows.append(LabelledComparison.from_dict(row))
        except (KeyError, TypeError):
            return None
    return ReadComparisons(rows, broken) if rows else None


def _from_item(item: Item) -> LabelledComparison:
    return LabelledComparison(
        id=item.id,
        family=item.subset or "outside",
        language="en",
        query=item.query,
        response_a=item.response_a,
        response_b=item.response_b,
        label="A" if item.label == "A" else "B",
        flaw="slip",
        steps=1,
        working="",
        finding_a="",
        finding_b="",
    )


def families_of(comparisons: Sequence[LabelledComparison]) -> dict[str, int]:
    """Return how many comparisons each family has, by name."""
    names = sorted({one.family for one in comparisons})
    return {name: sum(one.family == name for one in comparisons) for name in names}
