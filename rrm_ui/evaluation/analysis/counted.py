"""An item's votes, counted once for everything that is computed from them, and what the outcome is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rrm_ui.evaluation.findings import Scoring
from rrm_ui.evaluation.items import Item
from rrm_ui.evaluation.record import JudgedItem, Run
from rrm_ui.tally import count_votes
from rrm_ui.values import Choice, JudgeSettings, Outcome, Tally, Vote

EVEN = 1e-9
"""A mean probability this close to one half prefers neither side: sums in another order round differently."""


@dataclass(frozen=True)
class CountedItem:
    """A complete item: the votes that count and their tally."""

    item: Item
    votes: tuple[Vote, ...]
    """Finished ones, by index; none if the item could not be judged."""
    tally: Tally

    @property
    def label(self) -> Choice | None:
        """The label if it is A or B: what an accuracy can be taken against."""
        return self.item.label if self.item.label in ("A", "B") else None


def prompts_of(counted: Sequence[CountedItem]) -> NDArray[np.int64]:
    """Return a number for each item, the same for those of one prompt: what intervals take as independent."""
    names = [one.item.group or f"of its own {place}" for place, one in enumerate(counted)]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def count_run(run: Run) -> tuple[CountedItem, ...]:
    """Return the complete items of ``run``, counted."""
    return tuple(count_item(judged, run.spec.settings) for judged in run.complete)


def count_item(judged: JudgedItem, settings: JudgeSettings) -> CountedItem:
    """Return ``judged`` counted; one that could not be judged has no votes, whatever was cast before."""
    votes = () if judged.error else tuple(vote for vote in judged.votes if vote.status == "finished")
    return CountedItem(judged.item, votes, count_votes(votes, repeated_readings=settings.repeats_readings))


def outcome_by(tally: Tally, scoring: Scoring) -> Outcome:
    """Return the outcome: the votes' majority, or by ``probability`` the side that the mean P(A) favours."""
    if scoring != "probability":
        return tally.outcome
    if tally.p_a is None:
        return "no_verdict"
    if abs(tally.p_a - 0.5) <= EVEN:
        return "undecided"
    return "A" if tally.p_a > 0.5 else "B"


def worth(tally: Tally, label: Choice, scoring: Scoring) -> float:
    """Return what the outcome is worth against ``label``: 1 right, 0 wrong, and one half for none if lenient."""
    outcome = outcome_by(tally, scoring)
    if outcome in ("A", "B"):
        return float(outcome == label)
    return 0.5 if scoring == "lenient" else 0.0
