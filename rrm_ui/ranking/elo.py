"""Classical Elo, as the RRM paper rates many responses (section on reward-guided best-of-N).

One pass over the matches depends on their order, so the rating is the median over many shuffles.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import median

from rrm_ui.ranking.matches import MatchResult
from rrm_ui.ranking.ratings import CENTRE

STEP = 32.0
"""Points at stake in a match."""
SHUFFLES = 200


def elo_ratings(count: int, results: Sequence[MatchResult], *, seed: int = 0, shuffles: int = SHUFFLES) -> list[float]:
    """Return the Elo rating of each of ``count`` responses."""
    counted = [result for result in results if result.counts]
    passes: list[list[float]] = []
    for number in range(shuffles):
        shuffled = sorted(counted, key=lambda result: result.pair)
        random.Random(f"{seed}:elo:{number}").shuffle(shuffled)
        passes.append(one_pass(count, shuffled))
    return [median(ratings[response] for ratings in passes) for response in range(count)]


def one_pass(count: int, results: Sequence[MatchResult]) -> list[float]:
    """Return the ratings after ``results`` in this very order."""
    ratings = [CENTRE] * count
    for result in results:
        expected = 1 / (1 + 10 ** ((ratings[result.second] - ratings[result.first]) / 400))
        change = STEP * (result.points - expected)
        ratings[result.first] += change
        ratings[result.second] -= change
    return ratings
