"""What the strengths of a judge leave open that sees more in a pair than two strengths.

A judge may prefer i to j more, or less, than their other matches tell, and then all votes on the pair lean that way:
more of them say nothing more about the strengths. So the log-odds of a pair are taken as ``ti - tj + u``, with ``u``
normal, its standard deviation unknown: what the matches say of that (they fit the strengths, or contradict each other)
weighs a grid of it, by the marginal likelihood of the working model (penalized quasi-likelihood, Breslow and Clayton
1993). Few responses say little of it: of two nothing, of three one number. There the prior decides, instead of a
deviation of zero.
"""

from __future__ import annotations

import numpy as np

from rrm_ui.ranking.bradley_terry import PRIOR_DEVIATION, Array, preferred, strengths

PRIOR_EFFECT = 1.0
"""Scale, in log-odds, of the half-normal that the deviation of pairs is taken from before any vote."""
_ROOTS = np.linspace(0, 1, 25)
EFFECTS = 3 * _ROOTS**2
"""Deviations that are weighed, in log-odds; close where they are small, because many votes tell those apart."""
_PRIOR = _ROOTS * np.exp(-0.5 * (EFFECTS / PRIOR_EFFECT) ** 2)  # the grid's spacing grows with its root


def covariance_with_pairs(wins: Array) -> Array:
    """Return the covariance (n, n) of the strengths that ``wins`` (n, n) leaves, the mean over the pairs' deviation.

    ``wins[i, j]`` is how often i was preferred to j. It is never less than where every pair follows the strengths.
    """
    size, theta = len(wins), strengths(wins)
    met, expected = wins + wins.T, preferred(theta)
    information = met * expected * (1 - expected)
    residual = wins - met * expected
    # How much more the votes of a pair vary, for each deviation: (deviations, n, n).
    inflation = 1 + information * EFFECTS[:, None, None] ** 2
    weight = information / inflation
    precision = np.eye(size) / PRIOR_DEVIATION**2 - weight
    precision[:, range(size), range(size)] += weight.sum(-1)
    left = np.linalg.inv(precision)
    gradient = (residual / inflation).sum(-1) - theta / PRIOR_DEVIATION**2
    squares = np.divide(residual**2, information, out=np.zeros_like(wins), where=information > 0) / inflation
    # Every pair stands in the matrices twice.
    doubt = (
        0.5 * (np.log(inflation) + squares).sum((1, 2))
        + np.linalg.slogdet(precision)[1]
        - np.einsum("si,sij,sj->s", gradient, left, gradient)
    )
    share = _PRIOR * np.exp(0.5 * (doubt.min() - doubt))
    return np.asarray(np.einsum("s,sij->ij", share / share.sum(), left), dtype=np.float64)
