"""Pairs for preference training (DPO and its kin): which response is preferred to which, and how surely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rrm_ui.errors import BadInput
from rrm_ui.ranking.events import Ranking
from rrm_ui.ranking.matches import pair_of, wins_matrix
from rrm_ui.ranking.ratings import better

PairKind = Literal["best-worst", "adjacent", "margin"]
PAIR_KINDS: tuple[PairKind, ...] = ("best-worst", "adjacent", "margin")

NO_PAIRS = "A knockout finds a winner and no order, so it gives no pairs; use round-robin or swiss."


@dataclass(frozen=True)
class Preference:
    """One response preferred to another."""

    chosen: int
    """Index among the ranked texts."""
    rejected: int
    elo_margin: float
    """Points between their ratings, more than 0."""
    p_chosen_better: float
    """Probability, from one half, that the one chosen is truly better, by all matches of both."""
    votes: tuple[int, int] | None
    """Of their own match, for the one chosen and the one rejected; None if they never met."""


def preferences(ranking: Ranking, kind: PairKind, margin: float = 0.0, confidence: float = 0.5) -> Iterator[Preference]:
    """Yield the pairs of ``ranking``.

    ``best-worst`` gives one pair, ``adjacent`` each response with the next one, ``margin`` every pair. None has less
    than ``margin`` Elo points between its ratings, nor none at all, and none is less sure than ``confidence``.

    Raises:
        BadInput: the ranking found a winner only (a knockout).
    """
    standings = ranking.standings
    if standings.order is None or standings.ratings is None:
        raise BadInput(NO_PAIRS)
    order, ratings = standings.order, standings.ratings
    matches = {result.pair: result for result in ranking.results if result.counts}
    chance = better(wins_matrix(len(ratings), matches.values()))
    for high, low in _places(kind, len(order)):
        chosen, rejected = order[high], order[low]
        higher, lower = ratings[chosen], ratings[rejected]
        if higher is None or lower is None:  # the order holds those with a rating alone
            continue
        between = round(higher.value - lower.value, 6)  # ratings of responses that did alike differ by noise
        sure = float(chance[chosen, rejected])
        if between > 0 and between >= margin and sure >= confidence:
            match = matches.get(pair_of(chosen, rejected))
            votes = None if match is None else (match.votes_for(chosen), match.votes_for(rejected))
            yield Preference(chosen, rejected, between, sure, votes)


def _places(kind: PairKind, count: int) -> list[tuple[int, int]]:
    """Return which places of an order of ``count`` responses make a pair, the higher one first."""
    if kind == "best-worst":
        return [(0, count - 1)] if count > 1 else []
    if kind == "adjacent":
        return [(place, place + 1) for place in range(count - 1)]
    return [(high, low) for high in range(count) for low in range(high + 1, count)]
