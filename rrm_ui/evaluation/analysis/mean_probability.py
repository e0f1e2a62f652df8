"""How often the mean probability of a subset of votes favours the label."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from math import comb

import numpy as np

from rrm_ui.evaluation.analysis.counted import EVEN
from rrm_ui.evaluation.analysis.subsets import Split, splits
from rrm_ui.evaluation.analysis.vote_table import Floats, VoteTable

DRAWS = 300_000
"""Subsets times items looked at for one point of a curve."""

LEAST_DRAWS = 64
"""Subsets for each item, however many items there are."""

SEED = 0

Masks = tuple[Floats, Floats]
"""Subsets as zeros and ones, by order: (votes held, subsets)."""


def probability_worth(table: VoteTable, held: Split, places: Sequence[int], votes: Sequence[int]) -> Floats:
    """Return how probable it is that a subset is right by its mean probability: (votes, places, items).

    Every item of ``table`` has ``held`` votes. All subsets are looked at where they are few, otherwise a seeded
    sample of them, the same for every item. Without a reading, or at one half, a subset is not right.
    """
    items = table.cast.shape[1]
    draws = max(LEAST_DRAWS, DRAWS // max(items, 1))
    subsets = [[draw_subsets(split, held, draws) for split in splits(k, held)] for k in votes]
    worth = np.zeros((len(votes), len(places), items))
    for j, place in enumerate(places):
        p_right = table.at(place).p_right
        p = [p_right[side, :, : held[side]] for side in (0, 1)]
        for i, of_split in enumerate(subsets):
            for masks in of_split:
                worth[i, j] += _share_right(p, masks) / len(of_split)
    return worth


def draw_subsets(split: Split, held: Split, draws: int) -> Masks:
    """Return all subsets of ``held`` votes with ``split`` votes of each order, or a sample of ``draws``."""
    chosen: list[list[Sequence[int]]]
    if comb(held[0], split[0]) * comb(held[1], split[1]) <= draws:
        pairs = product(*(combinations(range(n), x) for n, x in zip(held, split, strict=True)))
        chosen = [list(pair) for pair in pairs]
    else:
        rng = np.random.default_rng((SEED, *held, *split))
        chosen = [
            [rng.choice(n, x, replace=False).tolist() for n, x in zip(held, split, strict=True)] for _ in range(draws)
        ]
    masks = np.zeros((held[0], len(chosen))), np.zeros((held[1], len(chosen)))
    for draw, pair in enumerate(chosen):
        for mask, votes in zip(masks, pair, strict=True):
            mask[list(votes), draw] = 1
    return masks


def _share_right(p: Sequence[Floats], masks: Masks) -> Floats:
    """Return for each item the share of subsets whose mean over the orders favours the label."""
    sums, heard = zip(*(_order_means(p[side], masks[side]) for side in (0, 1)), strict=True)
    orders = heard[0] + heard[1]
    return np.asarray((sums[0] + sums[1] > orders * (0.5 + EVEN)).mean(axis=1))


def _order_means(p: Floats, mask: Floats) -> tuple[Floats, Floats]:
    """Return each subset's mean reading, (items, subsets), 0 without one, and 1 where there is one."""
    read = ~np.isnan(p)
    if read.all():
        return p @ (mask / np.maximum(mask.sum(axis=0), 1)), np.broadcast_to(mask.any(axis=0), (1, mask.shape[1]))
    counts = read.astype(float) @ mask
    sums = np.where(read, p, 0.0) @ mask
    return np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0), (counts > 0).astype(float)
