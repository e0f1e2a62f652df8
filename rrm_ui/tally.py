"""Counting votes: the outcome, how sure the votes make it, and whether the order decided it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import comb

from rrm_ui.values import Choice, Order, OrderAgreement, Outcome, Tally, Vote


def majority_posterior(majority: int, minority: int) -> float:
    """Return the posterior mass above one half of Beta(1 + majority, 1 + minority).

    With a uniform prior on how often the model prefers a response, this is how probable it is that more
    votes would confirm the majority. For whole numbers the Beta tail is a sum of binomial terms.
    """
    n = majority + minority + 1
    return float(sum(comb(n, k) for k in range(majority + 1)) / 2**n)


def count_votes(votes: Iterable[Vote], outstanding: int = 0, *, repeated_readings: bool = False) -> Tally:
    """Count ``votes`` that finished; ``outstanding`` more are under way.

    ``repeated_readings`` says that votes of one order are the same reading (no thinking, or temperature 0),
    so that for the confidence each order counts once.
    """
    finished = [vote for vote in votes if vote.status == "finished"]
    by_order = {order: _pair(finished, order) for order in _orders(finished)}
    a = sum(pair[0] for pair in by_order.values())
    b = sum(pair[1] for pair in by_order.values())
    return Tally(
        a=a,
        b=b,
        no_verdict=len(finished) - a - b,
        outstanding=outstanding,
        outcome=_outcome(a, b),
        vote_confidence=_confidence(by_order.values(), once_per_order=repeated_readings),
        p_a=_mean_probability(finished),
        order_agreement=_order_agreement(list(by_order.values())),
        by_order=by_order,
    )


def is_decided(tally: Tally, *, both_orders: bool, confidence: float = 0.95) -> bool:
    """Return whether waiting for the outstanding votes is not worth it.

    Either none of them can change the majority, or the posterior passes ``confidence``; the latter only
    counts once both orders have spoken, because agreement within one order may be a bias for the order.
    """
    lead = abs(tally.a - tally.b)
    if lead > tally.outstanding:
        return True
    heard_both = len(tally.by_order) == 2 or not both_orders
    return heard_both and lead > 0 and (tally.vote_confidence or 0) > confidence


def _orders(votes: Sequence[Vote]) -> list[Order]:
    return sorted({vote.order for vote in votes if vote.choice is not None})


def _pair(votes: Sequence[Vote], order: Order) -> tuple[int, int]:
    def count(choice: Choice) -> int:
        return sum(vote.order == order and vote.choice == choice for vote in votes)

    return count("A"), count("B")


def _outcome(a: int, b: int) -> Outcome:
    if a + b == 0:
        return "no_verdict"
    if a == b:
        return "undecided"
    return "A" if a > b else "B"


def _confidence(pairs: Iterable[tuple[int, int]], *, once_per_order: bool) -> float | None:
    counted = [(int(a > b), int(b > a)) if once_per_order else (a, b) for a, b in pairs]
    a, b = sum(pair[0] for pair in counted), sum(pair[1] for pair in counted)
    return majority_posterior(max(a, b), min(a, b)) if a + b else None


def _mean_probability(votes: Sequence[Vote]) -> float | None:
    """Mean over the orders of the mean within each, so that an odd vote does not tilt it."""
    means = []
    for order in ("AB", "BA"):
        readings = [vote.p_a for vote in votes if vote.order == order and vote.p_a is not None]
        if readings:
            means.append(sum(readings) / len(readings))
    return sum(means) / len(means) if means else None


def _order_agreement(pairs: Sequence[tuple[int, int]]) -> OrderAgreement | None:
    """An order that is split in itself agrees with nothing, and differs from nothing either."""
    if len(pairs) < 2:
        return None
    first, second = (a - b for a, b in pairs)
    if first * second == 0:
        return "split"
    return "agree" if first * second > 0 else "differ"
