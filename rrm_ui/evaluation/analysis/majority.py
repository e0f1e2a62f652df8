"""How probable it is that the majority of a subset of votes is right: exact, from counts alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import comb

import numpy as np

from rrm_ui.evaluation.analysis.subsets import Split, splits
from rrm_ui.evaluation.analysis.vote_table import Floats, Ints, VoteTable


def majority_worth(
    table: VoteTable, held: Split, places: Sequence[int], votes: Sequence[int], tie_worth: float
) -> Floats:
    """Return the expected worth of subsets of ``votes`` votes at the budgets ``places``: (votes, places, items).

    Every item of ``table`` has ``held`` votes. The lead (right minus wrong) of a subset of one order is
    hypergeometric in how many right, wrong and unreadable votes there are, and the orders are drawn
    independently. ``tie_worth`` is what a subset without a majority is worth.
    """
    verdicts = [table.at(place) for place in places]
    right, wrong = (np.stack([getattr(one, name).sum(axis=2) for one in verdicts], 1) for name in ("right", "wrong"))
    rows = [_row(right[side], wrong[side], held[side]) for side in (0, 1)]
    leads = [_lead_distributions(n, max(held)) for n in held]
    worth = np.full((len(votes), *right.shape[1:]), tie_worth)
    for i, k in enumerate(votes):
        drawn = splits(k, held)
        if drawn:
            expected = np.mean([_expected(leads[0][x], leads[1][y], tie_worth) for x, y in drawn], axis=0)
            worth[i] = expected[rows[0], rows[1]]
    return worth


def _row(right: Ints, wrong: Ints, n: int) -> Ints:
    return right * (n + 1) + wrong


def _lead_distributions(n: int, most: int) -> Floats:
    """Return P(lead) of a subset of x of n votes, as (x, row of the counts, lead + ``most``)."""
    right, wrong = np.divmod(np.arange((n + 1) ** 2), n + 1)
    rest = n - right - wrong
    real = rest >= 0
    ways = np.array([[comb(have, take) for take in range(n + 1)] for have in range(n + 1)], dtype=float)
    table = np.zeros((n + 1, len(right), 2 * most + 1))
    for x in range(n + 1):
        for i, j in product(range(x + 1), repeat=2):
            if i + j <= x:
                drawn = ways[right[real], i] * ways[wrong[real], j] * ways[rest[real], x - i - j]
                table[x, real, i - j + most] += drawn / comb(n, x)
    return table


def _expected(first: Floats, second: Floats, tie_worth: float) -> Floats:
    """Return the worth for every pair of counts, (rows of AB, rows of BA), from the two lead distributions."""
    opposite = second[:, ::-1]  # column of lead i of the first order: P(second order leads by -i)
    above = np.cumsum(opposite, axis=1) - opposite  # P(second order leads by more than -i)
    worth: Floats = first @ (above + tie_worth * opposite).T
    return worth
