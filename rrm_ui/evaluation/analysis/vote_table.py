"""The votes of many comparisons as arrays: the verdict of each at every thinking budget, read from its probes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rrm_ui.evaluation.analysis.counted import CountedItem
from rrm_ui.values import JudgeSettings, Order, Vote

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Verdicts:
    """Every vote's verdict at one budget. All arrays are (2 orders, items, places); see ``VoteTable``."""

    right: Bools
    wrong: Bools
    p_right: Floats
    """Probability of the labelled response; NaN where none was read."""
    tokens: Ints
    """Tokens that the vote would have written."""


@dataclass(frozen=True)
class VoteTable:
    """Votes on labelled items, an item's votes of one order side by side; turned so that the label is right.

    Shapes: (2 orders, items, places), with a last axis of budgets for ``probes``; places beyond an item's votes
    are empty (``cast`` False).
    """

    cast: Bools
    right: Bools
    wrong: Bools
    p_right: Floats
    thinking: Ints
    answer: Ints
    probes: Floats
    """P(labelled response) as probed, NaN where no probe is."""
    budgets: tuple[int, ...]
    """Every budget that can be read, the run's own last."""

    @property
    def held(self) -> Ints:
        """Votes that each item has in each order, (2 orders, items)."""
        held: Ints = self.cast.sum(axis=2)
        return held

    def only(self, items: Bools) -> VoteTable:
        """Return the table of some of the items."""
        names = ("cast", "right", "wrong", "p_right", "thinking", "answer", "probes")
        return replace(self, **{name: getattr(self, name)[:, items] for name in names})

    def at(self, place: int) -> Verdicts:
        """Return the verdicts at ``budgets[place]``.

        A thought that ended by then has the verdict it ended in, whoever ended it: one that was cut sooner was cut
        by its context and would be again. Any other has the verdict of its probe there, and none without one.
        """
        budget = self.budgets[place]
        ended = (self.thinking <= budget) | (place == len(self.budgets) - 1)
        probed = self.probes[..., place]
        return Verdicts(
            right=np.where(ended, self.right, probed > 0.5),
            wrong=np.where(ended, self.wrong, probed < 0.5),
            p_right=np.where(ended, self.p_right, probed),
            # without a budget there is no answer either: the verdict is read at once
            tokens=np.where(self.cast & (budget > 0), np.minimum(self.thinking, budget) + self.answer, 0),
        )


def readable_budgets(settings: JudgeSettings) -> tuple[int, ...]:
    """Return the budgets at which a run's votes have a verdict: each one probed, and its own."""
    every, full = settings.probe_every, settings.thinking_budget
    return (*(range(0, full, every) if every else ()), full)


def tabulate(
    counted: Sequence[CountedItem], settings: JudgeSettings, orders: Sequence[Order] = ("AB", "BA")
) -> VoteTable:
    """Return the votes of ``orders`` on the items labelled A or B (the others are left out)."""
    labelled = [one for one in counted if one.label]
    by_order = [
        [[vote for vote in one.votes if vote.order == order and order in orders] for one in labelled]
        for order in ("AB", "BA")
    ]
    places = max((len(votes) for votes_of in by_order for votes in votes_of), default=0)
    table = _empty_table((2, len(labelled), places), readable_budgets(settings))
    for side, votes_of in enumerate(by_order):
        for i, (one, votes) in enumerate(zip(labelled, votes_of, strict=True)):
            for place, vote in enumerate(votes):
                at = side, i, place
                table.cast[at] = True
                table.right[at] = vote.choice == one.label
                table.wrong[at] = vote.choice not in (None, one.label)
                table.thinking[at], table.answer[at] = vote.thinking_tokens, vote.answer_tokens
                table.p_right[at] = np.nan if vote.p_a is None else vote.p_a
                _fill_probes(table.probes[at], vote, settings.probe_every)
    label_b = np.array([one.label == "B" for one in labelled], dtype=bool)
    for p in (table.p_right, table.probes):
        p[:, label_b] = 1 - p[:, label_b]
    return table


def _empty_table(shape: tuple[int, int, int], budgets: tuple[int, ...]) -> VoteTable:
    return VoteTable(
        cast=np.zeros(shape, dtype=bool),
        right=np.zeros(shape, dtype=bool),
        wrong=np.zeros(shape, dtype=bool),
        p_right=np.full(shape, np.nan),
        thinking=np.zeros(shape, dtype=np.int64),
        answer=np.zeros(shape, dtype=np.int64),
        probes=np.full((*shape, len(budgets)), np.nan),
        budgets=budgets,
    )


def _fill_probes(row: Floats, vote: Vote, every: int) -> None:
    """Put the probes of ``vote`` that lie on a budget into ``row``, P(A) as it was read."""
    if not every or not vote.probes:
        return
    tokens = np.array([probe.tokens for probe in vote.probes])
    values = np.array([probe.p_a for probe in vote.probes])
    place = tokens // every
    kept = (tokens % every == 0) & (place < len(row) - 1)
    row[place[kept]] = values[kept]
