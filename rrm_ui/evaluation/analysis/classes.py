"""Three classes (A, B, tie) as PandaLM scores them: accuracy and macro-averaged precision, recall and F1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rrm_ui.evaluation.analysis.counted import CountedItem
from rrm_ui.evaluation.findings import ClassScores
from rrm_ui.evaluation.items import Label
from rrm_ui.values import Outcome

Floats = NDArray[np.float64]

CLASSES: tuple[Label, ...] = ("A", "B", "tie")


def score_classes(
    labels: Sequence[Label],
    predictions: Sequence[Label | None],
    rows: Literal["all", "without ties"] = "all",
) -> ClassScores:
    """Score ``predictions`` against ``labels``, over all rows or over those whose label is no tie.

    Averages are over the three classes, without ties over A and B. A figure that would divide by nothing (a class
    that is never predicted, or never a label) counts as 0. A missing prediction (None) is never right and is no
    class's prediction.
    """
    pairs = list(zip(labels, predictions, strict=True))
    classes = CLASSES
    if rows == "without ties":
        pairs, classes = [pair for pair in pairs if pair[0] != "tie"], CLASSES[:2]
    right = np.array([sum(label == made == one for label, made in pairs) for one in classes], dtype=float)
    labelled = np.array([sum(label == one for label, _ in pairs) for one in classes], dtype=float)
    predicted = np.array([sum(made == one for _, made in pairs) for one in classes], dtype=float)
    return ClassScores(
        rows=rows,
        n=len(pairs),
        accuracy=float(right.sum() / max(len(pairs), 1)),
        macro_precision=float(np.mean(_ratio(right, predicted))),
        macro_recall=float(np.mean(_ratio(right, labelled))),
        macro_f1=float(np.mean(_ratio(2 * right, predicted + labelled))),
    )


def score_counted_classes(counted: Sequence[CountedItem]) -> tuple[ClassScores, ...]:
    """Return the scores over all labelled rows and over those without ties; none if no label is a tie.

    The judge knows no ties, so that it is wrong on each; undecided and no verdict are missing predictions.
    """
    rows = [(one.item.label, one.tally.outcome) for one in counted if one.item.label is not None]
    if all(label != "tie" for label, _ in rows):
        return ()
    return _scored(rows, "all"), _scored(rows, "without ties")


def _scored(rows: Sequence[tuple[Label, Outcome]], which: Literal["all", "without ties"]) -> ClassScores:
    scores = score_classes([label for label, _ in rows], [_prediction(outcome) for _, outcome in rows], which)
    unread = sum(outcome == "no_verdict" and (which == "all" or label != "tie") for label, outcome in rows)
    return replace(scores, no_verdict=unread / max(scores.n, 1))


def _prediction(outcome: Outcome) -> Label | None:
    return outcome if outcome in ("A", "B") else None


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
