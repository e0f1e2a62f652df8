"""Ratings, their intervals, and how sure it is who is better."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from rrm_ui.ranking.bradley_terry import Array, covariance
from rrm_ui.ranking.matches import wins_matrix
from rrm_ui.ranking.methods import Method, RoundRobin, Swiss
from rrm_ui.ranking.pair_effects import covariance_with_pairs
from rrm_ui.ranking.ratings import CENTRE, SCALE, better, rate
from tests.unit.ranking.synthetic import SyntheticJudge

TRIALS = 100


def trials(size: int, votes: int, pair_effect: float, rounds: int | None = None) -> Iterator[tuple[Array, Array]]:
    """Yield the true strengths of each trial, about their mean, and who won how many votes; Swiss with ``rounds``."""
    for seed in range(TRIALS):
        truth = np.random.default_rng([seed, size]).normal(0, 1, size)
        method: Method = RoundRobin(size, seed) if rounds is None else Swiss(size, seed, rounds)
        results = SyntheticJudge(truth, votes, seed, pair_effect).play(method)
        yield truth - truth.mean(), wins_matrix(size, results)


def covered(truth: Array, wins: Array) -> float:
    """Return the share of ``truth`` that lies within the intervals."""
    within = [one.low <= CENTRE + SCALE * true <= one.high for one, true in zip(rate(wins), truth, strict=True)]
    return float(np.mean(within))


def test_who_won_every_vote_has_a_rating_and_more_votes_move_it_further() -> None:
    few, many = (rate(np.array([[0.0, votes], [0.0, 0.0]])) for votes in (2, 20))
    assert 1500 < few[0].value < many[0].value < 3000
    assert few[0].value + few[1].value == pytest.approx(3000)
    assert few[0].low < few[0].value < few[0].high


def test_nothing_known_is_one_rating_for_all() -> None:
    assert [rating.value for rating in rate(np.zeros((3, 3)))] == [1500, 1500, 1500]


@pytest.mark.parametrize(
    ("size", "votes", "rounds"), [(3, 16, None), (3, 64, None), (8, 16, None), (8, 64, None), (8, 64, 4)]
)
def test_intervals_hold_the_truth_where_a_judge_sees_more_in_pairs(size: int, votes: int, rounds: int | None) -> None:
    assert 0.88 < np.mean([covered(*trial) for trial in trials(size, votes, 1.0, rounds)]) < 0.98


@pytest.mark.parametrize(("size", "votes"), [(8, 2), (8, 16), (16, 16)])
def test_intervals_are_hardly_wider_where_pairs_follow_the_strengths(size: int, votes: int) -> None:
    centred = np.eye(size) - 1 / size
    wider = [
        np.sqrt(np.trace(centred @ covariance_with_pairs(wins)) / np.trace(centred @ covariance(wins)))
        for _, wins in trials(size, votes, 0.0)
    ]
    assert min(wider) >= 1
    assert np.mean(wider) < 1.15


def test_who_is_said_to_be_surely_better_is() -> None:
    said = wrong = 0
    for truth, wins in trials(8, 64, 1.0):
        low, high = (np.array([getattr(one, end) for one in rate(wins)]) for end in ("low", "high"))
        surely = low[:, None] > high[None]
        said += surely.sum()
        wrong += (surely & (truth[:, None] < truth[None])).sum()
    assert said > 500
    assert wrong / said < 0.01


@pytest.mark.parametrize(("votes", "pair_effect"), [(2, 0.0), (2, 1.0), (16, 0.0), (16, 1.0)])
def test_of_pairs_that_are_nine_tenths_sure_nine_tenths_are_right(votes: int, pair_effect: float) -> None:
    said = right = 0
    for truth, wins in trials(8, votes, pair_effect):
        sure = better(wins) >= 0.9
        said += sure.sum()
        right += (sure & (truth[:, None] > truth[None])).sum()
    assert said > 500
    assert right / said > 0.9


def test_how_sure_it_is_adds_up_and_grows_with_the_votes() -> None:
    few, many = (better(np.array([[0, 3 * n, 2 * n], [n, 0, 2 * n], [n, n, 0]], dtype=float)) for n in (1, 8))
    assert few + few.T == pytest.approx(np.ones((3, 3)))
    assert 0.5 < few[0, 1] < many[0, 1] < 1


def test_of_two_responses_no_number_of_votes_is_taken_for_all_that_can_be_known() -> None:
    """What a judge sees in their one pair is the same in every vote."""
    small, large = (rate(np.array([[0.0, 6.0], [2.0, 0.0]]) * n)[0] for n in (8, 80))
    assert (large.high - large.low) / (small.high - small.low) > 0.9
