"""A judge that reads no sentence: which words stand in one response and not in the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from rrm_ui.training.comparisons.generate import LabelledComparison

VOCABULARY = 1500
RIDGE = 20.0


def words(text: str) -> list[str]:
    """Return the words of ``text``, and its pairs of Chinese characters."""
    return text.lower().split() + [text[i : i + 2] for i in range(len(text) - 1) if text[i] > "\u2fff"]


class BagOfWords:
    """Ridge regression of the label on the difference of the responses' words."""

    def __init__(self, fitted: Sequence[LabelledComparison]) -> None:
        counts = Counter(word for one in fitted for word in {*words(one.response_a), *words(one.response_b)})
        self._places = {word: place for place, (word, _) in enumerate(counts.most_common(VOCABULARY))}
        rows = np.array([self._difference(one) for one in fitted])
        labels = np.array([1.0 if one.label == "A" else -1.0 for one in fitted])
        self._weights = np.linalg.solve(rows.T @ rows + RIDGE * np.eye(len(self._places)), rows.T @ labels)

    def prefers_a(self, one: LabelledComparison) -> bool:
        """Return whether it takes response A for the better one."""
        return bool(self._difference(one) @ self._weights > 0)

    def _difference(self, one: LabelledComparison) -> np.ndarray:
        row = np.zeros(len(self._places))
        for text, sign in ((one.response_a, 1), (one.response_b, -1)):
            for word in {*words(text)} & self._places.keys():
                row[self._places[word]] += sign
        return row
