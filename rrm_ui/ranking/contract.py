"""A ranking as the public contract has it: indices of the responses as they were given."""

from __future__ import annotations

from typing import Any

from rrm_ui.ranking.entries import Entries
from rrm_ui.ranking.events import Ranking
from rrm_ui.ranking.matches import MatchResult


def match_dict(result: MatchResult, entries: Entries) -> dict[str, Any]:
    """Return a match with its two responses as they were given; of equal ones the first."""
    first, second = (entries.indices[one][0] for one in result.pair)
    return {**result.to_dict(), "first": first, "second": second}


def contract_dict(ranking: Ranking) -> dict[str, Any]:
    """Return ``winner``, ``order``, ``ratings``, ``ranks``, ``elo``, ``matches``, ``tokens`` and what to know of them.

    A response that was given twice was ranked once: it stands at both places with one rating. One that was left out, or
    that no match was judged of, has none.
    """
    standings, places, count = ranking.standings, ranking.entries.indices, ranking.entries.given

    def by_place(values: list[Any] | None) -> list[Any] | None:
        if values is None:
            return None
        spread: list[Any] = [None] * count
        for value, given in zip(values, places, strict=True):
            for place in given:
                spread[place] = value
        return spread

    told = standings.to_dict()
    return {
        "winner": None if standings.winner is None else places[standings.winner][0],
        "order": None if standings.order is None else [place for one in standings.order for place in places[one]],
        "ratings": by_place(told["ratings"]),
        "ranks": by_place(told["ranks"]),
        "elo": by_place(told["elo"]),
        "points": by_place(told["points"]),
        "cycles": [[places[one][0] for one in cycle] for cycle in standings.cycles],
        "left_out": [
            {"responses": list(one.places), "reason": one.failure.message} for one in ranking.entries.left_out
        ],
        "merged": [list(given) for given in places if len(given) > 1],
        "matches": standings.matches,
        "undecided": standings.undecided,
        "no_verdict": standings.no_verdict,
        "replayed": standings.replayed,
        "failed": standings.failed,
        "cut": standings.cut,
        "errors": sorted({result.error for result in ranking.results if result.error}),
        "tokens": sum(result.tokens for result in ranking.results),
        "finished": ranking.finished,
    }
