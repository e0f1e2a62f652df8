"""Whether the place or the length of a response decides."""

from __future__ import annotations

from collections.abc import Sequence

from rrm_ui.evaluation.analysis.counted import CountedItem, prompts_of, worth
from rrm_ui.evaluation.analysis.intervals import clustered, mean_of
from rrm_ui.evaluation.findings import Estimate, LengthBias, PositionBias
from rrm_ui.values import Choice


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
        first_share=clustered(hits, sizes, prompts_of(counted)),
        flips=mean_of([float(bool(one.tally.order_dependent)) for one in both], prompts_of(both)) if both else None,
    )


def order_consistency(counted: Sequence[CountedItem]) -> float | None:
    """Return the share of comparisons whose orders have the same majority; None if none was heard in both.

    An order that is split in itself agrees with nothing, and flips nothing either.
    """
    both = _heard_both(counted)
    return sum(one.tally.order_agreement == "agree" for one in both) / len(both) if both else None


def length_bias(counted: Sequence[CountedItem]) -> LengthBias | None:
    """Return how often the longer response wins, in characters; None without a verdict on unequal lengths.

    Verdicts and labels are of the same comparisons, those that have both; where none is labelled, verdicts of all.
    """
    unequal = [(one, longer) for one in counted if (longer := _longer(one))]
    judged = [(one, longer) for one, longer in unequal if one.tally.outcome in ("A", "B")]
    if not judged:
        return None
    both = [(one, longer) for one, longer in judged if one.label]
    heard = both or judged
    return LengthBias(
        n=len(heard),
        judged_longer=mean_of(
            [float(one.tally.outcome == longer) for one, longer in heard], prompts_of([one for one, _ in heard])
        ),
        labelled_longer=sum(one.label == longer for one, longer in both) / len(both) if both else None,
        accuracy_longer=_accuracy([one for one, longer in unequal if one.label == longer]),
        accuracy_shorter=_accuracy([one for one, longer in unequal if one.label and one.label != longer]),
    )


def _heard_both(counted: Sequence[CountedItem]) -> list[CountedItem]:
    return [one for one in counted if one.tally.order_agreement is not None]


def _longer(one: CountedItem) -> Choice | None:
    _, length_a, length_b = one.item.characters
    if length_a == length_b:
        return None
    return "A" if length_a > length_b else "B"


def _accuracy(counted: Sequence[CountedItem]) -> Estimate | None:
    scores = [worth(one.tally, one.label, "strict") for one in counted if one.label]
    return mean_of(scores, prompts_of(counted)) if counted else None
