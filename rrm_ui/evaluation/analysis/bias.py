"""Whether the place or the length of a response decides."""

from __future__ import annotations

from collections.abc import Sequence

from rrm_ui.evaluation.analysis.counted import CountedItem, worth
from rrm_ui.evaluation.analysis.intervals import clustered, mean_of
from rrm_ui.evaluation.findings import Estimate, LengthBias, PositionBias
from rrm_ui.values import Choice, Tally


def position_bias(counted: Sequence[CountedItem]) -> PositionBias | None:
    """Return how often the response shown first wins, and how often the orders disagree.

    None unless there are votes in both orders: in one alone the bias is mixed with what the responses are worth.
    """
    seen = {order for one in counted for order, votes in one.tally.by_order.items() if any(votes)}
    if len(seen) < 2:
        return None
    hits, sizes = [], []
    for one in counted:
        pairs = one.tally.by_order
        hits.append(pairs.get("AB", (0, 0))[0] + pairs.get("BA", (0, 0))[1])
        sizes.append(one.tally.a + one.tally.b)
    both = _heard_both(counted)
    return PositionBias(
        first_share=clustered(hits, sizes),
        flips=mean_of([float(bool(tally.order_dependent)) for tally in both]) if both else None,
    )


def order_consistency(counted: Sequence[CountedItem]) -> float | None:
    """Return the share of comparisons whose orders have the same majority; None if none was heard in both.

    An order that is split in itself agrees with nothing, and flips nothing either.
    """
    both = _heard_both(counted)
    return sum(tally.order_agreement == "agree" for tally in both) / len(both) if both else None


def length_bias(counted: Sequence[CountedItem]) -> LengthBias | None:
    """Return how often the longer response wins, in characters; None without a verdict on unequal lengths."""
    unequal = [(one, longer) for one in counted if (longer := _longer(one))]
    judged = [one.tally.outcome == longer for one, longer in unequal if one.tally.outcome in ("A", "B")]
    if not judged:
        return None
    labelled = [one.label == longer for one, longer in unequal if one.label]
    return LengthBias(
        n=len(judged),
        judged_longer=mean_of([float(hit) for hit in judged]),
        labelled_longer=sum(labelled) / len(labelled) if labelled else None,
        accuracy_longer=_accuracy([one for one, longer in unequal if one.label == longer]),
        accuracy_shorter=_accuracy([one for one, longer in unequal if one.label and one.label != longer]),
    )


def _heard_both(counted: Sequence[CountedItem]) -> list[Tally]:
    return [one.tally for one in counted if one.tally.order_agreement is not None]


def _longer(one: CountedItem) -> Choice | None:
    _, length_a, length_b = one.item.characters
    if length_a == length_b:
        return None
    return "A" if length_a > length_b else "B"


def _accuracy(counted: Sequence[CountedItem]) -> Estimate | None:
    return mean_of([worth(one.tally, one.label, "strict") for one in counted if one.label]) if counted else None
