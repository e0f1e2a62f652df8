"""Intervals (95 %) for the kinds of figures that a run gives."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from rrm_ui.evaluation.findings import Estimate

LEVEL = 0.95
Z = float(norm.ppf(0.5 + LEVEL / 2))


Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def wilson(mean: float, n: float) -> Estimate:
    """Return ``mean`` over ``n`` independent comparisons with Wilson's score interval; with none, 0 to 1.

    Scores may be fractions (a split worth one half, an expectation over subsets). Among values from 0 to 1
    with the same mean, yes-or-no values have the greatest variance, so the interval is then too wide, never too
    narrow. ``n`` may be an effective size (``effective_size``).
    """
    if n == 0:
        return Estimate(0.0, 0.0, 1.0)
    mean = min(max(mean, 0.0), 1.0)
    spread = Z * sqrt(mean * (1 - mean) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    centre = (mean + Z**2 / (2 * n)) / (1 + Z**2 / n)
    return Estimate(mean, max(0.0, min(mean, centre - spread)), min(1.0, max(mean, centre + spread)))


def mean_of(values: Sequence[float] | Floats, prompts: Ints | None = None) -> Estimate:
    """Return the mean of ``values`` (each from 0 to 1, one a comparison) with its interval.

    ``prompts`` holds a number a comparison, the same for those that share a prompt: only prompts are independent.
    Without it every comparison is.
    """
    scores = np.asarray(values, dtype=float)
    if not scores.size:
        return wilson(0.0, 0)
    return wilson(float(scores.mean()), scores.size if prompts is None else effective_size(scores, prompts))


def effective_size(scores: Floats, prompts: Ints) -> float:
    """Return how many independent comparisons say as much about the mean as these ``scores`` do.

    That is their number over the design effect (Kish 1965), the ratio of the mean's variance over prompts to the one
    over comparisons; never more than their number, and with few prompts less by the ratio of the normal quantile to
    Student's (Korn and Graubard 1998). Where all scores are equal nothing shows how alike a prompt's are: then prompts
    count.
    """
    n, k = scores.size, int(np.unique(prompts).size)
    if k in (1, n):
        return k
    sums = np.bincount(prompts, scores - scores.mean())
    spread = n / (n - 1) * float(np.sum((scores - scores.mean()) ** 2))
    effect = k / (k - 1) * float(np.sum(sums**2)) / spread if spread > 0 else n / k
    return n / max(effect, 1.0) * float(Z / t.ppf(0.5 + LEVEL / 2, k - 1)) ** 2


def weighted(estimates: Sequence[Estimate], weights: Sequence[float]) -> Estimate:
    """Return the weighted mean of independent ``estimates`` with a stratified interval.

    Each stratum's distance from its value to its own bound is what its error adds, squared and weighted (the
    method of variance estimates recovery). Unlike the normal interval it stays within 0 and 1, and does not
    shrink to nothing where a small stratum happens to be all right.
    """
    shares = np.asarray(weights, dtype=float) / np.sum(weights)
    value, low, high = (np.array([getattr(one, name) for one in estimates]) for name in ("value", "low", "high"))
    mean = float(shares @ value)
    down = float(np.linalg.norm(shares * (value - low)))
    up = float(np.linalg.norm(shares * (high - value)))
    return Estimate(mean, max(0.0, mean - down), min(1.0, mean + up))


def clustered(hits: Sequence[float], sizes: Sequence[float], prompts: Ints) -> Estimate:
    """Return the share ``sum(hits) / sum(sizes)`` of votes, with an interval that respects whose votes they are.

    Votes on one prompt are not independent, so the interval is Student's over the prompts' own shares. One prompt of
    each extreme is added to these first: without them a handful of equal shares would leave no width at all.
    """
    if not len(sizes):
        return Estimate(0.0, 0.0, 1.0)
    counts, won = (np.bincount(prompts, values) for values in (sizes, hits))
    shares = won[counts > 0] / counts[counts > 0]
    if not shares.size:
        return Estimate(0.0, 0.0, 1.0)
    value = float(np.sum(hits) / np.sum(sizes))
    padded = np.append(shares, (0.0, 1.0))
    half = float(t.ppf(0.5 + LEVEL / 2, padded.size - 1) * padded.std(ddof=1) / sqrt(padded.size))
    centre = float(padded.mean())
    return Estimate(value, max(0.0, min(value, centre - half)), min(1.0, max(value, centre + half)))
