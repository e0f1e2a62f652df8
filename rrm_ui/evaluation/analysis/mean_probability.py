"""How often the mean probability of a subset of votes favours the label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import comb

import numpy as np

from rrm_ui.evaluation.analysis.counted import EVEN
from rrm_ui.evaluation.analysis.subsets import Split, splits
from rrm_ui.evaluation.analysis.vote_table import Floats, VoteTable

DRAWS = 200_000
"""Subsets times items looked at for one point of a curve."""

MOST_DRAWS = 2048
"""Subsets for each item, however few items there are: more would change the third digit."""

LEAST_DRAWS = 64
"""Subsets for each item, however many items there are."""

PRODUCT = 2**17
"""Multiplications of one matrix product. Larger ones are spread over threads, whose waiting for each other took
seven times as long on a busy machine of two cores (3,000 items, 16 votes, 129 budgets: 20 s against 3 s)."""

SEED = 0


@dataclass(frozen=True)
class Subsets:
    """Subsets of a vote count and split: which of the ``held`` votes each has, AB before BA."""

    split: Split
    members: Floats
    """Zeros and ones, (votes held, subsets)."""


def probability_worth(table: VoteTable, held: Split, places: Sequence[int], votes: Sequence[int]) -> Floats:
    """Return how probable it is that a subset is right by its mean probability: (votes, places, items).

    Every item of ``table`` has ``held`` votes. All subsets are looked at where they are few, otherwise a seeded
    sample of them, the same for every item. Without a reading, or at one half, a subset is not right.
    """
    items = table.cast.shape[1]
    draws = min(MOST_DRAWS, max(LEAST_DRAWS, DRAWS // max(items, 1)))
    blocks = [[draw_subsets(split, held, draws) for split in splits(k, held)] for k in votes]
    worth = np.zeros((len(votes), len(places), items))
    for j, place in enumerate(places):
        p_right = table.at(place).p_right
        p = np.concatenate([p_right[side, :, : held[side]] for side in (0, 1)], axis=1)
        gaps = np.isnan(p).any(axis=1)
        for i, of_split in enumerate(blocks):
            for block in of_split:
                worth[i, j, ~gaps] += _share_right(p[~gaps], held[0], block) / len(of_split)
                worth[i, j, gaps] += _share_right_with_gaps(p[gaps], held[0], block) / len(of_split)
    return worth


def draw_subsets(split: Split, held: Split, draws: int) -> Subsets:
    """Return all subsets of ``held`` votes with ``split`` votes of each order, or a sample of ``draws``."""
    if comb(held[0], split[0]) * comb(held[1], split[1]) > draws:
        rng = np.random.default_rng((SEED, *held, *split))
        ranks = [rng.random((n, draws)).argsort(axis=0).argsort(axis=0) for n in held]
        return Subsets(split, np.concatenate([rank < x for rank, x in zip(ranks, split, strict=True)]).astype(float))
    pairs = list(product(*(combinations(range(n), x) for n, x in zip(held, split, strict=True))))
    members = np.zeros((sum(held), len(pairs)))
    for draw, (first, second) in enumerate(pairs):
        members[[*first, *(held[0] + vote for vote in second)], draw] = 1
    return Subsets(split, members)


def _share_right(p: Floats, first: int, block: Subsets) -> Floats:
    """Return for each item the share of the subsets that favour the label.

    ``p``: (items, votes held), the ``first`` columns of the order AB, all of them readings.
    """
    x, y = block.split
    orders = (x > 0) + (y > 0)
    scale = np.full(len(block.members), 1 / max(orders * y, 1))
    scale[:first] = 1 / max(orders * x, 1)
    weights = block.members * scale[:, None]
    shares = [(rows @ weights > 0.5 + EVEN).mean(axis=1) for rows in _in_parts(p, block)]
    return np.concatenate(shares) if shares else np.empty(0)


def _share_right_with_gaps(p: Floats, first: int, block: Subsets) -> Floats:
    """Return the same where some votes have no reading (NaN): each order's mean is over those that have one."""
    shares = []
    for rows in _in_parts(p, block):
        total = heard = np.zeros((len(rows), block.members.shape[1]))
        for side in (slice(None, first), slice(first, None)):
            read = ~np.isnan(rows[:, side])
            counts = read.astype(float) @ block.members[side]
            sums = np.where(read, rows[:, side], 0.0) @ block.members[side]
            total = total + np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
            heard = heard + (counts > 0)
        shares.append((total > heard * (0.5 + EVEN)).mean(axis=1))
    return np.concatenate(shares) if shares else np.empty(0)


def _in_parts(p: Floats, block: Subsets) -> Iterator[Floats]:
    size = max(1, PRODUCT // block.members.size)
    yield from (p[start : start + size] for start in range(0, len(p), size))
