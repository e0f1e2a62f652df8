"""Pairs of responses and how they came out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rrm_ui.values import Judgment, Outcome

MOST_RESPONSES = 64
Pair = tuple[int, int]
"""Indices of two responses, the smaller one first: in the comparison it is A, the other B."""


def pair_of(one: int, other: int) -> Pair:
    """Return the pair of two responses.

    Raises:
        ValueError: they are the same.
    """
    if one == other:
        raise ValueError(f"response {one} cannot meet itself")
    return (one, other) if one < other else (other, one)


def all_pairs(count: int) -> list[Pair]:
    """Return every pair of ``count`` responses."""
    return [(first, second) for first in range(count) for second in range(first + 1, count)]


@dataclass(frozen=True)
class MatchResult:
    """How a pair came out."""

    first: int
    second: int
    votes_first: int
    votes_second: int
    no_verdict: int = 0
    p_first: float | None = None
    """Mean over the orders of the probability that the first is better; None if no vote was read."""
    outcome: Outcome = "no_verdict"
    """``A`` if the first won, ``B`` if the second did."""
    replays: int = 0
    """How often votes were added because there was no majority."""
    tokens: int = 0
    error: str | None = None
    """Why the pair could not be judged, or not to its end."""
    cut_to: int | None = None
    """Thinking tokens that a vote was given, where the context left fewer than were asked for."""

    @property
    def pair(self) -> Pair:
        """The two responses."""
        return self.first, self.second

    @property
    def points(self) -> float:
        """What the first response earns: 1 for a win, one half where there is no majority, else 0."""
        return {"A": 1.0, "B": 0.0}.get(self.outcome, 0.5)

    @property
    def winner(self) -> int | None:
        """The response that won; None where there is no majority."""
        return {"A": self.first, "B": self.second}.get(self.outcome)

    @property
    def counts(self) -> bool:
        """Whether the match says anything: one whose votes were never cast does not."""
        return self.votes_first + self.votes_second + self.no_verdict > 0

    def votes_for(self, response: int) -> int:
        """Return how many votes named ``response``, one of the two."""
        return self.votes_first if response == self.first else self.votes_second

    def favourite(self) -> int:
        """Return who goes on from a match that counts and must have a winner.

        Without a majority it is whom the mean probability favours; without that, or at exactly one half, the first.
        """
        if self.winner is not None:
            return self.winner
        return self.first if self.p_first is None or self.p_first >= 0.5 else self.second

    def to_dict(self) -> dict[str, Any]:
        """Return the match by its fields' names."""
        return asdict(self)


def result_of(pair: Pair, judgment: Judgment, replays: int = 0) -> MatchResult:
    """Return how ``pair`` came out by ``judgment``, in which the first response was A.

    Without thinking, or at temperature 0, the votes of one order are one and the same reading and count once.
    """
    tally, settings = judgment.tally, judgment.settings
    first, second, outcome = tally.a, tally.b, tally.outcome
    if settings.repeats_readings:
        orders = tally.by_order.values()
        first, second = sum(a >= b for a, b in orders), sum(b >= a for a, b in orders)
        if first or second:
            outcome = "A" if first > second else "B" if second > first else "undecided"
    failed = next((vote.error for vote in judgment.votes if vote.status == "failed"), None)
    return MatchResult(
        first=pair[0],
        second=pair[1],
        votes_first=first,
        votes_second=second,
        no_verdict=tally.no_verdict,
        p_first=tally.p_a,
        outcome=outcome,
        replays=replays,
        tokens=judgment.tokens,
        error=judgment.error or failed,
        cut_to=next((int(notice.values["given"]) for notice in judgment.notices if notice.code == "budget_cut"), None),
    )


def wins_matrix(count: int, results: Iterable[MatchResult]) -> NDArray[np.float64]:
    """Return how many votes each response won against each other one, (count, count).

    A match whose votes held no verdict is worth half a vote to each: it says that neither was seen to be better.
    """
    wins = np.zeros((count, count))
    for result in results:
        if not result.counts:
            continue
        first, second = float(result.votes_first), float(result.votes_second)
        if first + second == 0:
            first = second = 0.5
        wins[result.first, result.second] += first
        wins[result.second, result.first] += second
    return wins


def points_of(count: int, results: Sequence[MatchResult]) -> list[float]:
    """Return the points that each response has earned."""
    points = [0.0] * count
    for result in results:
        if result.counts:
            points[result.first] += result.points
            points[result.second] += 1 - result.points
    return points
