"""What ending early would have saved and cost in finished runs: fewer votes, shorter thoughts, and both.

Everything comes from the stored votes and their readings, so it can be asked for every rule at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.analysis.arrivals import Stopped, StopRule, in_any_order, side_by_side
from rrm_ui.evaluation.analysis.closing import Closing, close_when_sure
from rrm_ui.evaluation.analysis.counted import CountedItem, count_run
from rrm_ui.evaluation.analysis.intervals import mean_of
from rrm_ui.evaluation.findings import Estimate
from rrm_ui.evaluation.record import Run
from rrm_ui.prompts.certainty import CertaintyRule
from rrm_ui.prompts.families import FAMILIES
from rrm_ui.tally import count_votes
from rrm_ui.values import Vote

THRESHOLDS = (0.9, 0.95, 0.98, 0.99, 0.999)
READINGS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Compared:
    """A way of ending early against casting and thinking everything."""

    tokens: float
    """Per comparison."""
    saved: float
    """Share of the tokens that everything takes."""
    differing: Estimate
    """Share of comparisons whose outcome differs from the full vote's."""
    accuracy: Estimate
    """Of the comparisons labelled A or B; a split or a missing verdict is wrong."""


@dataclass(frozen=True)
class StoppingPoint:
    """One rule for closing thoughts (or none), with all votes and with stopping when decided."""

    closing: Closing | None
    votes_closed: float
    """Share of votes closed early."""
    votes_changed: float
    """Share of votes with another verdict than at their thoughts' own ends."""
    readings: float
    """Taken per vote after its thinking began; 0 without a rule, which needs none."""
    all_votes: Compared
    any_order: Compared
    """Stopping when decided, votes one after the other: the most that it saves."""
    side_by_side: Compared
    """Stopping when decided, votes written together, as this engine does."""


@dataclass(frozen=True)
class Pool:
    """The comparisons of several runs, each with the rule by which its votes would be stopped."""

    comparisons: tuple[tuple[CountedItem, StopRule], ...]
    every: int
    """Thinking tokens between two stored readings."""
    exact: bool
    """Whether a reading is exactly what a vote closed there ends with, in every run."""


def pool(runs: Sequence[Run]) -> Pool:
    """Return the complete comparisons of ``runs``; those that could not be judged are left out.

    Raises:
        BadInput: a run has no readings, closed its thoughts early itself, or read at another interval than the others.
    """
    for run in runs:
        settings = run.spec.settings
        if settings.close_when_sure or not settings.probe_every or not settings.thinking_budget:
            raise BadInput(
                f"{run.folder} holds no thoughts that were read and thought to their end; evaluate with a budget, "
                "--probe-every and without --close-when-sure."
            )
    intervals = sorted({run.spec.settings.probe_every for run in runs})
    if len(intervals) != 1:
        raise BadInput(f"The runs were read every {', '.join(map(str, intervals))} tokens; take runs of one interval.")
    comparisons = [
        (one, StopRule(run.spec.settings.both_orders, run.spec.settings.repeats_readings))
        for run in runs
        for one in count_run(run)
        if one.votes
    ]
    if not comparisons:
        raise BadInput("No comparison of these runs has all its votes yet; go on with them.")
    families = [FAMILIES.get(run.spec.model.prompt_family) for run in runs]
    exact = all(family is not None and family.answer_tokens == 0 for family in families)
    return Pool(tuple(comparisons), intervals[0], exact)


def grid(pooled: Pool, every: Sequence[int] = (), in_a_row: Sequence[int] = READINGS) -> tuple[Closing, ...]:
    """Return every rule that is compared, for readings ``every`` so many tokens (by default as often as stored).

    Raises:
        BadInput: an interval is no multiple of the stored one.
    """
    for interval in every:
        if interval < 1 or interval % pooled.every:
            raise BadInput(f"The runs were read every {pooled.every} tokens; {interval} is no multiple of that.")
    return tuple(
        Closing(CertaintyRule(at, readings), interval)
        for interval in every or (pooled.every,)
        for readings in in_a_row
        for at in THRESHOLDS
    )


def compare(pooled: Pool, closing: Closing | None) -> StoppingPoint:
    """Return what ``closing`` does to the pooled comparisons."""
    full = [vote for one, _ in pooled.comparisons for vote in one.votes]
    kept = [_closed(one.votes, closing) for one, _ in pooled.comparisons]
    votes = [vote for closed in kept for vote in closed]
    rules = [rule for _, rule in pooled.comparisons]
    whole = [Stopped(float(sum(vote.tokens for vote in closed)), {count_votes(closed).outcome: 1.0}) for closed in kept]
    return StoppingPoint(
        closing=closing,
        votes_closed=_share([vote is not other for vote, other in zip(votes, full, strict=True)]),
        votes_changed=_share([vote.choice != other.choice for vote, other in zip(votes, full, strict=True)]),
        readings=_readings_per_vote(votes, closing),
        all_votes=_compared(pooled, whole),
        any_order=_compared(pooled, [in_any_order(closed, rule) for closed, rule in zip(kept, rules, strict=True)]),
        side_by_side=_compared(pooled, [side_by_side(closed, rule) for closed, rule in zip(kept, rules, strict=True)]),
    )


def choose(points: Sequence[StoppingPoint], most_differing: float) -> StoppingPoint | None:
    """Return the rule that saves most among those that change at most ``most_differing`` of the outcomes.

    Judged with all votes cast; of two that save the same the more careful one. None if every rule changes more.
    """
    careful = [one for one in points if one.closing and one.all_votes.differing.value <= most_differing]

    def merit(one: StoppingPoint) -> tuple[float, float, int]:
        assert one.closing is not None
        return one.all_votes.saved, one.closing.rule.at, one.closing.rule.readings

    return max(careful, key=merit, default=None)


def _closed(votes: Sequence[Vote], closing: Closing | None) -> list[Vote]:
    return list(votes) if closing is None else [close_when_sure(vote, closing) for vote in votes]


def _readings_per_vote(votes: Sequence[Vote], closing: Closing | None) -> float:
    if closing is None:
        return 0.0
    taken = [sum(probe.tokens > 0 and probe.tokens % closing.every == 0 for probe in vote.probes) for vote in votes]
    return sum(taken) / len(taken)


def _compared(pooled: Pool, stopped: Sequence[Stopped]) -> Compared:
    comparisons = [one for one, _ in pooled.comparisons]
    everything = sum(vote.tokens for one in comparisons for vote in one.votes)
    tokens = sum(one.tokens for one in stopped)
    differing = [
        1 - after.outcomes.get(one.tally.outcome, 0.0) for one, after in zip(comparisons, stopped, strict=True)
    ]
    right = [after.outcomes.get(one.label, 0.0) for one, after in zip(comparisons, stopped, strict=True) if one.label]
    return Compared(
        tokens=tokens / len(comparisons),
        saved=1 - tokens / everything if everything else 0.0,
        differing=mean_of(differing),
        accuracy=mean_of(right),
    )


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags)
