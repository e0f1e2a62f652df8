"""What the matches so far say: ratings, ranks, the order, the winner, and what does not fit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rrm_ui.ranking.cycles import find_cycles
from rrm_ui.ranking.elo import elo_ratings
from rrm_ui.ranking.matches import MatchResult, points_of, wins_matrix
from rrm_ui.ranking.methods import Knockout, Method
from rrm_ui.ranking.ratings import Rating, rate

DIGITS = 6
"""Of a rating: what differs by less is the fit's rounding."""


@dataclass(frozen=True)
class Standings:
    """An order of responses as far as the matches tell it."""

    winner: int | None
    """Index of the best response; None before the first match, in a knockout before its last, and where the best ones
    did alike: the order in which they were given makes none of them better."""
    order: tuple[int, ...] | None
    """Indices, best first, of those with a match; None for a knockout, which finds a winner and no order."""
    ratings: tuple[Rating | None, ...] | None
    """By index, None without a match; None for a knockout."""
    ranks: tuple[int | None, ...] | None
    """By index, from 1: one more than how many are surely better (their intervals lie above). Ranks are shared."""
    elo: tuple[float | None, ...] | None
    """Classical Elo, the median over shuffles of the matches; by index, None without a match."""
    points: tuple[float, ...]
    cycles: tuple[tuple[int, ...], ...]
    """Responses that beat each other in a circle: each beats the next, the last the first."""
    matches: int
    """Matches that were judged."""
    undecided: int
    """Among them, those that stayed without a majority however many votes were added: half a point each."""
    no_verdict: int
    """Among them, those of whose votes none named a response: half a point each as well."""
    replayed: int
    failed: int
    """Matches that could not be judged, or not to their end."""
    cut: int
    """Judged matches whose votes could think less than was asked for, because their texts left no more room."""

    def to_dict(self) -> dict[str, Any]:
        """Return the standings as in the public contract."""
        return {
            "winner": self.winner,
            "order": None if self.order is None else list(self.order),
            "ratings": None if self.ratings is None else [rating and rating.to_list() for rating in self.ratings],
            "ranks": None if self.ranks is None else list(self.ranks),
            "elo": None if self.elo is None else [None if one is None else round(one, 1) for one in self.elo],
            "points": list(self.points),
            "cycles": [list(cycle) for cycle in self.cycles],
            "matches": self.matches,
            "undecided": self.undecided,
            "no_verdict": self.no_verdict,
            "replayed": self.replayed,
            "failed": self.failed,
            "cut": self.cut,
        }


def _did_alike(one: int, other: int, fitted: Sequence[Rating], points: Sequence[float]) -> bool:
    return round(fitted[one].value - fitted[other].value, DIGITS) == 0 and points[one] == points[other]


def standings_of(
    count: int, results: Sequence[MatchResult], method: Method, *, seed: int = 0, with_elo: bool = True
) -> Standings:
    """Return what ``results`` say about ``count`` responses; in any order they say the same.

    ``with_elo=False`` leaves out the classical Elo, whose many passes cost more than all else.
    """
    results = sorted({result.pair: result for result in results}.values(), key=lambda result: result.pair)
    if isinstance(method, Knockout):
        # A match that was played again may have another winner: what its loser went on to play is void.
        drawn = {pair for pairs, _ in method.rounds(results) for pair in pairs}
        results = [result for result in results if result.pair in drawn]
    counted = [result for result in results if result.counts]
    points = points_of(count, counted)
    ratings = ranks = order = elo = None
    if isinstance(method, Knockout):
        winner = method.winner(results)
    else:
        fitted = rate(wins_matrix(count, counted))
        played = {response for result in counted for response in result.pair}
        ratings = tuple(rating if one in played or count == 1 else None for one, rating in enumerate(fitted))
        known = [one for one in range(count) if ratings[one] is not None]
        # Equal ratings (of responses that did alike) keep the order they were given in.
        order = tuple(sorted(known, key=lambda one: (-round(fitted[one].value, DIGITS), -points[one], one)))
        ranks = tuple(
            None if ratings[one] is None else 1 + sum(fitted[other].low > fitted[one].high for other in known)
            for one in range(count)
        )
        if with_elo:
            classical = elo_ratings(count, counted, seed=seed)
            elo = tuple(None if ratings[one] is None else classical[one] for one in range(count))
        level = [one for one in known if _did_alike(one, order[0], fitted, points)]
        winner = level[0] if len(level) == 1 else None
    return Standings(
        winner=winner,
        order=order,
        ratings=ratings,
        ranks=ranks,
        elo=elo,
        points=tuple(points),
        cycles=tuple(tuple(cycle) for cycle in find_cycles(count, counted)),
        matches=len(counted),
        undecided=sum(result.outcome == "undecided" for result in counted),
        no_verdict=sum(result.outcome == "no_verdict" for result in counted),
        replayed=sum(result.replays > 0 for result in counted),
        failed=sum(result.error is not None for result in results),
        cut=sum(result.cut_to is not None for result in counted),
    )
