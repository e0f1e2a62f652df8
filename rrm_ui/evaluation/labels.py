"""Which response a label names, in the many ways that files write it.

Known are A and B, 1 and 2, alone or after a word (``response_a``, ``model_1``, ``Assistant 2``), comparisons
(``A>B``, ``B>>A``, ``A=B``), the names of the two response columns, and words for a tie. Any other numbers, true and
false mean one thing in one file and another in the next: a 0 is a tie or the first response, 1 to 5 a scale. A source
that has one of them is refused until ``label_values`` says what each of its numbers means; so is one whose only
number is 1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import get_args

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import Label
from rrm_ui.evaluation.problems import unusable
from rrm_ui.evaluation.rows import RowError, is_blank

WORD, WINS = "(?:response|output|model|answer|completion|assistant|option|candidate|conversation)", "(?:wins|isbetter)?"
SIDE = re.compile(f"{WORD}?([ab12]){WINS}")
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
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
TRUTHS = {"true", "false"}
COUNTED_FROM_0 = re.compile(f"{WORD}?[01]{WINS}")
MOST_SHOWN = 12
"""Of a source's numbers, in the error that their meaning is not known."""


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
        """Raise BadInput if numbers among the labels of the whole source may mean either response."""
        numbers = _numbers({simplified(value) for value in values if not is_blank(value)} - self._named.keys())
        # Who says what one number means has a scale in mind, of which the others are a part.
        known = "2" in numbers and numbers <= {"1", "2"} and not _numbers(self._given)
        unknown = sorted(numbers - self._given.keys(), key=_in_order)
        if unknown and not known:
            shown, more = unknown[:MOST_SHOWN], ["…"] if len(unknown) > MOST_SHOWN else []
            raise unusable(
                "labels_ambiguous",
                column=repr(column),
                labels=", ".join(shown + more),
                example=", ".join([f"{value}=…" for value in shown] + more),
                option=f"--label-value={shown[0]}=…",
            )

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
    if text in TIES:
        return "tie"
    if side := SIDE.fullmatch(text):
        return _side(side[1])
    if parts := COMPARISON.fullmatch(text):
        left, sign, right = _side(parts[1]), parts[2][0], _side(parts[3])
        if left != right:
            return {">": left, "<": right}.get(sign, "tie")
    return None


def _numbers(labels: Iterable[str]) -> set[str]:
    """Return those of ``labels`` that are numbers; where a response is number 0, those that number responses too."""
    labels = set(labels)
    numbers = {label for label in labels if label in TRUTHS or NUMBER.fullmatch(label)}
    counted = {label for label in labels if COUNTED_FROM_0.fullmatch(label)}
    return numbers | counted if any("0" in label for label in counted) else numbers


def _in_order(number: str) -> tuple[float, str]:
    return (float(number) if NUMBER.fullmatch(number) else math.inf, number)


def _side(mark: str) -> Label:
    return "A" if mark in "a1" else "B"


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
