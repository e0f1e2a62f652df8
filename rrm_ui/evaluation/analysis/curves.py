"""Accuracy against compute: what fewer votes or less thinking would have reached, from the votes that are stored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rrm_ui.evaluation.analysis.counted import CountedItem, prompts_of
from rrm_ui.evaluation.analysis.early_stopping import early_stopping
from rrm_ui.evaluation.analysis.intervals import mean_of
from rrm_ui.evaluation.analysis.majority import majority_worth
from rrm_ui.evaluation.analysis.mean_probability import probability_worth
from rrm_ui.evaluation.analysis.vote_table import Floats, Ints, VoteTable, tabulate
from rrm_ui.evaluation.findings import CurvePoint, Curves, Scoring
from rrm_ui.values import JudgeSettings


def curves(counted: Sequence[CountedItem], settings: JudgeSettings, scoring: Scoring) -> Curves:
    """Return every curve over the items labelled A or B; all are empty if there are none.

    The accuracy of k votes is the expectation over subsets of k stored votes, spread over both orders; its interval
    is over the items, each item's expectation taken as one comparison's score (so rather too wide than too narrow).
    """
    labelled = [one for one in counted if one.label]
    if not labelled:
        return Curves(scoring, (), (), (), (), ())
    table, prompts = tabulate(labelled, settings), prompts_of(labelled)
    last = len(table.budgets) - 1
    grid = _points(table, prompts, range(1, settings.votes + 1), range(last + 1), scoring)
    return Curves(
        scoring=scoring,
        by_votes=tuple(point for point in grid if point.budget == table.budgets[last]),
        by_votes_one_order=_by_votes_one_order(labelled, settings, table, scoring),
        by_budget=tuple(point for point in grid if point.votes == settings.votes),
        grid=grid,
        early_stopping=early_stopping(labelled, settings, scoring),
    )


def _by_votes_one_order(
    labelled: Sequence[CountedItem], settings: JudgeSettings, both: VoteTable, scoring: Scoring
) -> tuple[CurvePoint, ...]:
    """Return the points of votes that saw A first; none where all did, as they would repeat the other curve."""
    if not settings.both_orders:
        return ()
    last = len(both.budgets) - 1
    first, votes = tabulate(labelled, settings, orders=("AB",)), range(1, _votes_first(both) + 1)
    return _points(first, prompts_of(labelled), votes, [last], scoring)


def _votes_first(table: VoteTable) -> int:
    """Return how many votes of the order AB every item has that could be judged at all."""
    judged = table.held.sum(axis=0) > 0
    return int(table.held[0, judged].min(initial=table.held[0].max(initial=0)))


def _points(
    table: VoteTable, prompts: Ints, votes: Sequence[int], places: Sequence[int], scoring: Scoring
) -> tuple[CurvePoint, ...]:
    """Return the points of every vote count at every budget, by votes and then budget."""
    worth = _worth(table, votes, places, scoring)
    tokens = [_tokens_per_vote(table, place) for place in places]
    return tuple(
        CurvePoint(k, table.budgets[place], k * tokens[j], mean_of(worth[i, j], prompts))
        for i, k in enumerate(votes)
        for j, place in enumerate(places)
    )


def _worth(table: VoteTable, votes: Sequence[int], places: Sequence[int], scoring: Scoring) -> Floats:
    """Return each item's expected worth, (votes, places, items), a group of equally many votes at a time."""
    worth = np.empty((len(votes), len(places), table.cast.shape[1]))
    for pair in np.unique(table.held, axis=1).T:
        held = int(pair[0]), int(pair[1])
        items = (table.held == pair[:, None]).all(axis=0)
        group = table.only(items)
        if scoring == "probability":
            worth[..., items] = probability_worth(group, held, places, votes)
        else:
            tie_worth = 0.5 if scoring == "lenient" else 0.0
            worth[..., items] = majority_worth(group, held, places, votes, tie_worth)
    return worth


def _tokens_per_vote(table: VoteTable, place: int) -> float:
    """Return the mean over comparisons of the mean tokens of a vote; one that could not be judged took none."""
    written = table.at(place).tokens.sum(axis=(0, 2))
    return float(np.mean(written / np.maximum(table.held.sum(axis=0), 1)))
