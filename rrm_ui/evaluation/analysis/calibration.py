"""Whether a stated confidence is kept: Brier score, expected calibration error, reliability bins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rrm_ui.evaluation.analysis.counted import CountedItem
from rrm_ui.evaluation.findings import Calibration, ReliabilityBin

BINS = 10
"""Equal bins from 0.5 to 1: a preferred side's confidence is never below one half."""

Floats = NDArray[np.float64]


def calibrations(counted: Sequence[CountedItem]) -> tuple[Calibration, ...]:
    """Return the calibration of P(A) and of the vote confidence, each over the labelled items that have one."""
    p, is_a = labelled_probabilities(counted)
    sure, right = _vote_confidences(counted)
    made = []
    if len(p):
        made.append(calibrate_probability(p, is_a))
    if len(sure):
        made.append(_calibration("vote_confidence", sure, right, brier=float(np.mean((sure - right) ** 2))))
    return tuple(made)


def labelled_probabilities(counted: Sequence[CountedItem]) -> tuple[Floats, Floats]:
    """Return P(A) and whether A is the label (1 or 0), for the items labelled A or B that have a P(A)."""
    pairs = [(one.tally.p_a, float(one.label == "A")) for one in counted if one.label and one.tally.p_a is not None]
    table = np.array(pairs, dtype=float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def calibrate_probability(p: Floats, is_a: Floats) -> Calibration:
    """Return the calibration of P(A): Brier against the label; bins by the confidence in the preferred side.

    At exactly one half no side is preferred: half right.
    """
    right = np.where(p == 0.5, 0.5, ((p > 0.5) == (is_a == 1)).astype(float))
    return _calibration("p_a", np.maximum(p, 1 - p), right, brier=float(np.mean((p - is_a) ** 2)))


def _vote_confidences(counted: Sequence[CountedItem]) -> tuple[Floats, Floats]:
    """Return the vote confidence and whether the majority is right; a split has no majority and is left out."""
    rows = [
        (one.tally.vote_confidence, float(one.tally.outcome == one.label))
        for one in counted
        if one.label and one.tally.outcome in ("A", "B")
    ]
    table = np.array(rows, dtype=float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _calibration(of: Literal["p_a", "vote_confidence"], confidence: Floats, right: Floats, brier: float) -> Calibration:
    """Return the calibration with its bins; bins without a comparison are left out."""
    edges = np.linspace(0.5, 1.0, BINS + 1)
    # the last bin holds 1.0 too; rounding keeps 0.55 out of the bin below it
    place = np.clip(np.floor(np.round((confidence - 0.5) * 2 * BINS, 9)).astype(int), 0, BINS - 1)
    bins = tuple(
        ReliabilityBin(
            low=float(edges[i]),
            high=float(edges[i + 1]),
            n=int(inside.sum()),
            confidence=float(confidence[inside].mean()),
            accuracy=float(right[inside].mean()),
        )
        for i in range(BINS)
        if (inside := place == i).any()
    )
    n = len(confidence)
    ece = sum(one.n * abs(one.confidence - one.accuracy) for one in bins) / n
    return Calibration(of, n, brier, float(ece), bins)
