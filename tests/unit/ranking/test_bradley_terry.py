"""Ratings from votes."""

from __future__ import annotations

import choix
import numpy as np
import pytest

from rrm_ui.ranking import bradley_terry
from rrm_ui.ranking.bradley_terry import covariance, preferred, strengths

BASEBALL = {
    # Wins in the American League East, 1987 (Agresti, Categorical Data Analysis, table 11.10).
    "Milwaukee": (0, 7, 9, 7, 7, 9, 11),
    "Detroit": (6, 0, 7, 5, 11, 9, 9),
    "Toronto": (4, 6, 0, 7, 7, 8, 12),
    "New York": (6, 8, 6, 0, 6, 7, 10),
    "Boston": (6, 2, 6, 7, 0, 7, 12),
    "Cleveland": (4, 4, 5, 6, 6, 0, 6),
    "Baltimore": (2, 4, 1, 3, 1, 7, 0),
}
PUBLISHED = (1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0.0)
"""Agresti's maximum likelihood estimates, with Baltimore at 0."""


def wins_of(theta: np.ndarray, votes: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    upper = np.triu_indices(len(theta), 1)
    wins = np.zeros((len(theta), len(theta)))
    wins[upper] = generator.binomial(votes, preferred(theta)[upper])
    wins.T[upper] = votes - wins[upper]
    return wins


def test_a_published_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bradley_terry, "PRIOR_DEVIATION", 1e4)
    fitted = strengths(np.array([*BASEBALL.values()], dtype=float))
    assert fitted - fitted[-1] == pytest.approx(PUBLISHED, abs=0.006)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_fit_of_another_implementation(seed: int) -> None:
    wins = wins_of(np.random.default_rng(seed).normal(0, 1.5, 7), 4, seed)
    data = [(i, j) for i in range(7) for j in range(7) for _ in range(int(wins[i, j]))]
    other = choix.opt_pairwise(7, data, alpha=1 / (2 * bradley_terry.PRIOR_DEVIATION**2), tol=1e-10)
    assert strengths(wins) == pytest.approx(other - other.mean(), abs=1e-4)


def test_many_are_fitted_side_by_side_as_each_alone() -> None:
    several = np.stack([wins_of(np.array([1.0, 0.0, -1.0, 0.5]), 6, seed) for seed in range(5)])
    assert strengths(several) == pytest.approx(np.stack([strengths(one) for one in several]), abs=1e-7)


def test_the_covariance_is_that_of_refitted_votes() -> None:
    theta = np.array([0.8, 0.2, -0.3, -0.7])
    fitted = np.stack([strengths(wins_of(theta, 60, seed)) for seed in range(400)])
    centred = np.eye(4) - 1 / 4
    told = centred @ covariance(wins_of(theta, 60, 1)) @ centred
    assert np.diag(told) == pytest.approx(fitted.var(0), rel=0.25)


def test_the_covariance_narrows_with_the_votes_as_it_should() -> None:
    theta, centred = np.array([0.8, 0.2, -0.3, -0.7]), np.eye(4) - 1 / 4
    few, many = (np.trace(centred @ covariance(wins_of(theta, votes, 3)) @ centred) for votes in (16, 256))
    assert few / many == pytest.approx(16, rel=0.5)
