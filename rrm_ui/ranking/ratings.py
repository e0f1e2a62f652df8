"""Ratings on the Elo scale with their intervals, and how sure it is which of two responses is better.

The intervals take the fit as normal. Drawing the votes again (a bootstrap), as leaderboards of many thousand votes do,
fails on the few votes of a match: where they agree it draws the same again, and its intervals of 95 % held the truth in
35-90 % of trials.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr
from scipy.stats import norm

from rrm_ui.ranking.bradley_terry import Array, strengths
from rrm_ui.ranking.pair_effects import covariance_with_pairs

SCALE = 400 / math.log(10)
"""Elo points in one unit of log-odds."""
Z = float(norm.ppf(0.975))
CENTRE = 1500.0
"""The mean rating of the responses: only differences mean something."""


@dataclass(frozen=True)
class Rating:
    """A response's rating on the Elo scale, with its 95 % interval."""

    value: float
    low: float
    high: float

    def to_list(self) -> list[float]:
        """Return ``[rating, low, high]``, rounded."""
        return [round(self.value, 1), round(self.low, 1), round(self.high, 1)]


def rate(wins: Array) -> list[Rating]:
    """Return the ratings that ``wins`` (n, n) give; ``wins[i, j]`` is how often i was preferred to j."""
    fitted, size = strengths(wins), len(wins)
    centred = np.eye(size) - 1 / size  # only differences from the mean mean something
    deviation = np.sqrt(np.diag(centred @ covariance_with_pairs(wins) @ centred))
    return [
        Rating(CENTRE + SCALE * value, CENTRE + SCALE * (value - half), CENTRE + SCALE * (value + half))
        for value, half in zip(fitted.tolist(), (Z * deviation).tolist(), strict=True)
    ]


def better(wins: Array) -> Array:
    """Return the probability (n, n) that i is truly better than j; one half on the diagonal."""
    fitted, left = strengths(wins), covariance_with_pairs(wins)
    variance = np.diag(left)[:, None] + np.diag(left)[None] - 2 * left
    np.fill_diagonal(variance, 1.0)
    chance: Array = ndtr((fitted[:, None] - fitted[None]) / np.sqrt(variance))
    return chance
