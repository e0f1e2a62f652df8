"""What a row to train on may say beside its comparison: its kind, its language, and the words of a thought."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import get_args

from rrm_ui.evaluation.items import Item
from rrm_ui.evaluation.rows import Record, is_blank
from rrm_ui.training.comparisons.draft import Flaw, Language
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.values import Choice

PARTS = ("working", "finding_a", "finding_b")
"""A thought in parts, which can be told in either order: what a right response must be, a finding about each."""
WHOLE = "thought"
"""A thought as it is to be taught, to a model that sees A first."""
COMPARED = ("query", "response_a", "response_b")

_CHINESE = re.compile(r"[\u4e00-\u9fff]")

Texts = tuple[object, ...]


class WordsByTexts:
    """The rows of a file that have words of their own, found again by the texts that they compare.

    Ids do not find them: two rows may bear the same.
    """

    def __init__(self, rows: Iterable[Record], columns: Mapping[str, str]) -> None:
        """Take a file's rows, and which of its columns was read as which field."""
        self._rows: defaultdict[Texts, deque[Record]] = defaultdict(deque)
        names = [columns.get(field) for field in COMPARED]
        if None in names:  # of a chosen and a rejected response neither is A
            return
        for row in rows:
            texts = tuple(row.get(name) for name in names if name is not None)
            if all(isinstance(text, str) for text in texts):
                self._rows[texts].append(row)

    def take(self, item: Item) -> Record:
        """Return the row of ``item``, of several with the same texts the next; an empty one if there is none."""
        rows = self._rows.get((item.query, item.response_a, item.response_b))
        return rows.popleft() if rows else {}


def with_words(item: Item, label: Choice, row: Record) -> LabelledComparison:
    """Return ``item`` with what its ``row`` says; what is missing there or makes no sense is left out."""
    parts = [_text(row, name) for name in PARTS]
    if not all(parts):
        parts = ["", "", ""]
    working, finding_a, finding_b = parts
    language: Language = "zh" if _text(row, "language") == "zh" else "en"
    if not _text(row, "language") and _CHINESE.search(working):
        language = "zh"
    steps = row.get("steps")
    return LabelledComparison(
        id=item.id,
        family=_text(row, "family") or item.subset or "outside",
        language=language,
        query=item.query,
        response_a=item.response_a,
        response_b=item.response_b,
        label=label,
        flaw=_flaw(row),
        steps=steps if isinstance(steps, int) and steps > 0 else 1,
        working=working,
        finding_a=finding_a,
        finding_b=finding_b,
        whole_thought=_text(row, WHOLE).strip(),
    )


def _text(row: Record, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) and not is_blank(value) else ""


def _flaw(row: Record) -> Flaw:
    return next((flaw for flaw in get_args(Flaw) if flaw == row.get("flaw")), "slip")
