"""One temperature for the log-odds of P(A), fitted by maximum likelihood and tested on what it was not fitted on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from rrm_ui.evaluation.analysis.calibration import calibrate_probability, labelled_probabilities
from rrm_ui.evaluation.analysis.counted import CountedItem
from rrm_ui.evaluation.findings import TemperatureFit

LEAST_ITEMS = 20
FOLDS = 5
CLIP = 1e-6
"""P(A) is kept this far from 0 and 1, where the log-odds have no end."""

BOUNDS = (0.05, 20.0)
"""Temperatures looked at; a fit that ends at a bound says that the data sets no limit there."""
AT_A_BOUND = 0.01
"""So near to a bound, as a share of it, a fit has ended there."""

Floats = NDArray[np.float64]


def apply_temperature(p: float, temperature: float) -> float:
    """Return the probability ``p`` with its log-odds divided by ``temperature``; above 1 it moves towards one half."""
    return float(_apply(np.array([p]), temperature)[0])


def fit_temperature(p: Floats, is_a: Floats) -> float:
    """Return the temperature under which the labels (1 for A, 0 for B) are the most probable."""
    odds = logit(np.clip(p, CLIP, 1 - CLIP)) * np.where(is_a == 1, 1, -1)

    def loss(log_temperature: float) -> float:
        return float(np.logaddexp(0, -odds / np.exp(log_temperature)).mean())

    found = minimize_scalar(loss, bounds=tuple(np.log(BOUNDS)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def is_determined(temperature: float) -> bool:
    """Return whether a fitted temperature follows from its data, and not from where the search ends."""
    low, high = BOUNDS
    return low * (1 + AT_A_BOUND) < temperature < high * (1 - AT_A_BOUND)


def temperature_fit(counted: Sequence[CountedItem]) -> TemperatureFit | None:
    """Return the fit on all items labelled A or B that have a P(A), and its test over five folds of items.

    Items of one prompt, and a comparison that stands in the data twice or in both placements, fall in the same fold: a
    temperature must not be tested on what is next to its own data. None with fewer than ``LEAST_ITEMS`` items, or
    fewer prompts than folds.
    """
    usable = [one for one in counted if one.label and one.tally.p_a is not None]
    keys = [one.item.group or min(one.item.digests) for one in usable]
    if len(usable) < LEAST_ITEMS or len(set(keys)) < FOLDS:
        return None
    p, is_a = labelled_probabilities(usable)
    fold = _folds(keys)
    after = np.empty_like(p)
    for held_out in range(FOLDS):
        test = fold == held_out
        after[test] = _apply(p[test], fit_temperature(p[~test], is_a[~test]))
    return TemperatureFit(
        temperature=fit_temperature(p, is_a),
        n=len(p),
        before=calibrate_probability(p, is_a),
        after=calibrate_probability(after, is_a),
    )


def _apply(p: Floats, temperature: float) -> Floats:
    scaled: Floats = expit(logit(np.clip(p, CLIP, 1 - CLIP)) / temperature)
    return scaled


def _folds(keys: Sequence[str]) -> NDArray[np.int64]:
    """Return each item's fold: equally many keys in each, drawn by a hash.

    So the order of the items changes nothing.
    """
    ranked = sorted(set(keys), key=lambda key: hashlib.sha256(key.encode()).digest())
    fold_of = {key: place % FOLDS for place, key in enumerate(ranked)}
    return np.array([fold_of[key] for key in keys], dtype=np.int64)
