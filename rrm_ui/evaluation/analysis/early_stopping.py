"""What stopping early would have done: fewer votes where the first ones agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from rrm_ui.evaluation.analysis.counted import CountedItem, prompts_of, worth
from rrm_ui.evaluation.analysis.intervals import mean_of
from rrm_ui.evaluation.findings import EarlyStopPoint, Scoring
from rrm_ui.tally import count_votes, is_decided
from rrm_ui.values import Choice, JudgeSettings, Order, Vote

CONFIDENCES = (0.8, 0.9, 0.95, 0.99)

Cast = tuple[tuple[Order, Choice | None], ...]
"""What deciding looks at: the order and choice of every vote, by index."""


def early_stopping(
    labelled: Sequence[CountedItem], settings: JudgeSettings, scoring: Scoring
) -> tuple[EarlyStopPoint, ...]:
    """Return a point for each confidence: votes are taken in the order of their indices, one after the other.

    A live judgment casts its votes side by side, so that it stops later: these are the savings at their most.
    """
    repeated, prompts = settings.repeats_readings, prompts_of(labelled)
    points = []
    for confidence in CONFIDENCES:
        stop = _stopping_rule(confidence, both_orders=settings.both_orders, repeated=repeated)
        kept = [one.votes[: stop(tuple((vote.order, vote.choice) for vote in one.votes))] for one in labelled]
        scores = [
            worth(count_votes(votes, repeated_readings=repeated), one.label, scoring)
            for one, votes in zip(labelled, kept, strict=True)
            if one.label
        ]
        count = max(len(kept), 1)
        tokens = sum(vote.tokens for votes in kept for vote in votes)
        points.append(EarlyStopPoint(confidence, sum(map(len, kept)) / count, tokens / count, mean_of(scores, prompts)))
    return tuple(points)


def _stopping_rule(confidence: float, *, both_orders: bool, repeated: bool) -> Callable[[Cast], int]:
    """Return a function that says after how many votes a judge stops; many items cast alike, so it remembers."""

    @cache
    def stop(cast: Cast) -> int:
        votes = [Vote(index, order, seed=0, choice=choice) for index, (order, choice) in enumerate(cast)]
        for taken in range(1, len(votes)):
            tally = count_votes(votes[:taken], outstanding=len(votes) - taken, repeated_readings=repeated)
            if is_decided(tally, both_orders=both_orders, confidence=confidence):
                return taken
        return len(votes)

    return stop
