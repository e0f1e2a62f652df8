"""Which subsets of an item's votes a judge with fewer votes could have cast: those spread over both orders."""

from __future__ import annotations

Split = tuple[int, int]
"""Votes of the order AB, and of the order BA."""


def splits(votes: int, held: Split) -> list[Split]:
    """Return the splits of ``votes`` over the orders that are as even as the ``held`` votes allow, equally likely.

    An odd vote may be of either order. There are none if fewer than ``votes`` are held.
    """
    feasible = [(x, votes - x) for x in range(votes + 1) if x <= held[0] and votes - x <= held[1]]
    least = min((abs(x - y) for x, y in feasible), default=0)
    return [(x, y) for x, y in feasible if abs(x - y) == least]
