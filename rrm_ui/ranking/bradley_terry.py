"""Strengths from pairs, by the Bradley-Terry model: i is preferred to j with probability 1 / (1 + exp(-(ti - tj))).

Fitted by maximum a posteriori, so that they do not depend on the order of the matches and exist even where a response
won or lost every vote.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]

PRIOR_DEVIATION = 3.0
"""Standard deviation of strengths, in log-odds, that is assumed before any vote (about 520 Elo points)."""
MOST_STEPS = 60
CONVERGED = 1e-9


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
    """Return the covariance (n, n) of the strengths that ``wins`` (n, n) leaves, by the curvature at the fit.

    It takes votes as independent and the model as true; ``pair_effects`` does not.
    """
    size = wins.shape[-1]
    expected = preferred(strengths(wins))
    information = (wins + wins.T) * expected * (1 - expected)
    curvature: Array = np.diag(information.sum(-1)) - information + np.eye(size) / PRIOR_DEVIATION**2
    return np.asarray(np.linalg.inv(curvature), dtype=np.float64)
