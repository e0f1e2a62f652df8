"""Pairs for preference training (DPO and its kin) from a ranking, as rows that ``trl`` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from rrm_ui.errors import BadInput
from rrm_ui.ranking.events import Ranking

PairKind = Literal["best-worst", "adjacent", "margin"]
PAIR_KINDS: tuple[PairKind, ...] = ("best-worst", "adjacent", "margin")


def preference_pairs(ranking: Ranking, kind: PairKind, margin: float = 0.0) -> Iterator[dict[str, Any]]:
    """Yield a row for each pair: ``prompt``, ``chosen`` and ``rejected`` (texts), and ``elo_margin``.

    ``best-worst`` gives one pair, ``adjacent`` each response with the next one, ``margin`` every pair. None has less
    than ``margin`` Elo points between its ratings, nor none at all. How many there are is in ``elo_margin``; a column
    ``margin`` would be subtracted from the logits of ``trl``'s ``RewardTrainer``.

    Raises:
        BadInput: the ranking found a winner only (a knockout).
    """
    standings = ranking.standings
    if standings.order is None or standings.ratings is None:
        raise BadInput("A knockout finds a winner and no order, so it gives no pairs; use round-robin or swiss.")
    order, ratings, texts = standings.order, standings.ratings, ranking.entries.texts
    places = {
        "best-worst": [(0, len(order) - 1)] if len(order) > 1 else [],
        "adjacent": [(place, place + 1) for place in range(len(order) - 1)],
        "margin": [(high, low) for high in range(len(order)) for low in range(high + 1, len(order))],
    }[kind]
    for high, low in places:
        chosen, rejected = order[high], order[low]
        better, worse = ratings[chosen], ratings[rejected]
        if better is None or worse is None:  # the order holds those with a rating alone
            continue
        between = round(better.value - worse.value, 6)  # ratings of responses that did alike differ by noise
        if between > 0 and between >= margin:
            yield {
                "prompt": ranking.entries.query,
                "chosen": texts[chosen],
                "rejected": texts[rejected],
                "elo_margin": round(between, 1),
            }
