"""Which response a label names, in the many ways that files write it.

Known are A and B, 1 and 2, alone or after a word (``response_a``, ``model_1``, ``Assistant 2``), comparisons
(``A>B``, ``B>>A``, ``A=B``), the names of the two response columns, and words for a tie. A 0 is a tie where 1 and 2
are used. Labels that are only ever 0 and 1 (or true and false) may mean either response and are refused until
``label_values`` says what each means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import get_args

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import Label
from rrm_ui.evaluation.problems import unusable
from rrm_ui.evaluation.rows import RowError, is_blank

SIDE = re.compile(
    r"(?:response|output|model|answer|completion|assistant|option|candidate|conversation)?([ab12])(?:wins|isbetter)?"
)
COMPARISON = re.compile(r"([ab12])(>{1,2}|<{1,2}|={1,2})([ab12])")
TIES = {"tie", "tied", "both", "equal", "same", "draw", "similar", "neither", "bothbad", "tie(bothbad)"} | {
    "平局",
    "平手",
    "相同",
    "一样",
    "一樣",
}
WHOLE = re.compile(r"^(-?\d+)\.0+$")
"""A whole number as CSV files have it where a column had a gap."""
AMBIGUOUS = {"0", "1", "true", "false"}


class LabelReader:
    """Reads the labels of one source."""

    def __init__(self, responses: tuple[str, str], label_values: Mapping[str, Label] | None = None) -> None:
        """Take the names of the two response columns, and what the source's labels mean if someone says so.

        Raises:
            BadInput: a meaning is none of A, B, tie.
        """
        self._named: dict[str, Label] = {simplified(responses[0]): "A", simplified(responses[1]): "B"}
        self._given: dict[str, Label] = {}
        for written, meaning in (label_values or {}).items():
            if meaning not in get_args(Label):
                raise BadInput(f"The label {written!r} cannot mean {meaning!r}; use A, B or tie.")
            self._given[simplified(written)] = meaning

    def check(self, values: Iterable[object], column: str) -> None:
        """Raise BadInput if the labels of the whole source may mean either response."""
        seen = {simplified(value) for value in values if not is_blank(value)} - self._given.keys()
        if seen & AMBIGUOUS and "2" not in seen:
            written = sorted(seen & AMBIGUOUS)
            example = ", ".join(f"{value}={meaning}" for value, meaning in zip(written, "AB", strict=False))
            raise unusable("labels_ambiguous", column=repr(column), labels=", ".join(written), example=example)

    def read(self, value: object) -> Label | None:
        """Return the label that ``value`` writes, or None where it is empty.

        Raises:
            RowError: it cannot be read.
        """
        if is_blank(value):
            return None
        text = simplified(value)
        meaning = self._given.get(text) or self._named.get(text) or _known(text)
        if meaning is None:
            raise RowError("row_label", label=_shortened(value))
        return meaning


def simplified(value: object) -> str:
    """Return a label or a column's name without case, spaces, dashes, underscores and brackets."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = re.sub(r"(?!^)-|[\s_\[\]]", "", str(value).strip()).casefold()  # a first dash may be a minus
    return WHOLE.sub(r"\1", text)


def _known(text: str) -> Label | None:
    if text in TIES or text == "0":
        return "tie"
    if side := SIDE.fullmatch(text):
        return _side(side[1])
    if parts := COMPARISON.fullmatch(text):
        left, sign, right = _side(parts[1]), parts[2][0], _side(parts[3])
        if left != right:
            return {">": left, "<": right}.get(sign, "tie")
    return None


def _side(mark: str) -> Label:
    return "A" if mark in "a1" else "B"


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
