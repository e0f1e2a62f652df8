"""Judges whose preferences are known: votes drawn from given strengths."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from rrm_ui.ranking.matches import MatchResult, Pair
from rrm_ui.ranking.methods import Method
from rrm_ui.values import Outcome


def result(first: int, second: int, votes_first: int, votes_second: int, **more: Any) -> MatchResult:
    """Return a match with these votes."""
    outcome: Outcome = "undecided" if votes_first == votes_second else "A" if votes_first > votes_second else "B"
    return MatchResult(first, second, votes_first, votes_second, outcome=outcome, **more)


class SyntheticJudge:
    """Votes of independent draws from the Bradley-Terry model with ``strengths`` (in log-odds).

    ``pair_effect`` is the standard deviation, in log-odds, of what the judge sees in a pair beyond the two strengths.
    """

    def __init__(self, strengths: ArrayLike, votes: int, seed: int, pair_effect: float = 0.0) -> None:
        self.strengths, self.votes = np.asarray(strengths), votes
        self._generator = np.random.default_rng(seed)
        size = len(self.strengths)
        self._effects = np.random.default_rng([seed, 1]).normal(0, pair_effect, (size, size))

    def judge(self, pair: Pair) -> MatchResult:
        """Return how ``pair`` comes out."""
        chance = expit(self.strengths[pair[0]] - self.strengths[pair[1]] + self._effects[pair])
        first = int(self._generator.binomial(self.votes, chance))
        return result(*pair, first, self.votes - first, p_first=first / self.votes)

    def play(self, method: Method) -> list[MatchResult]:
        """Return the results of every match that ``method`` asks for."""
        results: list[MatchResult] = []
        while pairs := method.next_pairs(results):
            results += [self.judge(pair) for pair in pairs]
        return results
