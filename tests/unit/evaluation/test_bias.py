from __future__ import annotations

import pytest

from rrm_ui.evaluation.analysis.bias import length_bias, order_consistency, position_bias
from rrm_ui.evaluation.analysis.counted import count_run
from rrm_ui.evaluation.analysis.intervals import wilson
from rrm_ui.evaluation.items import Item, Label
from rrm_ui.evaluation.record import JudgedItem
from rrm_ui.values import Choice, Order, Vote
from tests.unit.evaluation.made_runs import TOO_LONG, RunShape, made_run, made_vote, run_of
from tests.unit.evaluation.test_scores import judged


def cast(text: str) -> list[Vote]:
    """Votes written as ``AB:A BA:B``."""
    votes = []
    for index, word in enumerate(text.split()):
        order, _, choice = word.partition(":")
        votes.append(made_vote(index, order, choice or None))  # type: ignore[arg-type]
    return votes


def test_first_share_flips_and_consistency_by_hand() -> None:
    counted = count_run(
        run_of(
            [
                judged("agrees", "A", *cast("AB:A BA:A AB:A BA:A")),
                judged("flips", "A", *cast("AB:A BA:B AB:A BA:B")),
                judged("one order split", "A", *cast("AB:A BA:A AB:B BA:A")),
                judged("one order unreadable", "A", *cast("AB:A BA: AB:A BA:")),
                judged("too long", "A", error=TOO_LONG),
            ]
        )
    )
    bias = position_bias(counted)
    assert bias is not None
    # shown first and chosen: 2 of 4, 4 of 4, 1 of 4, 2 of 2
    assert bias.first_share.value == pytest.approx(9 / 14)
    assert bias.flips == wilson(1 / 3, 3)
    assert order_consistency(counted) == pytest.approx(1 / 3)


def test_one_order_says_nothing_of_a_bias_for_a_place() -> None:
    counted = count_run(made_run(1, RunShape(both_orders=False)))
    assert all(one.votes for one in counted)
    assert position_bias(counted) is None
    assert order_consistency(counted) is None


def test_no_votes_show_no_bias() -> None:
    counted = count_run(made_run(1, RunShape(items=3, errors=3)))
    assert position_bias(counted) is None
    assert length_bias(counted) is None
    assert order_consistency(counted) is None


def test_a_judge_without_a_preference_for_a_place_is_not_accused() -> None:
    fair = position_bias(count_run(made_run(2, RunShape(items=200, favours_first=0.0))))
    biased = position_bias(count_run(made_run(2, RunShape(items=200, favours_first=1.0))))
    assert fair is not None
    assert biased is not None
    assert fair.first_share.low < 0.5 < fair.first_share.high
    assert biased.first_share.low > 0.6


def sized(name: str, length_a: int, length_b: int, label: Label | None, verdict: Choice | None) -> JudgedItem:
    orders: tuple[Order, Order] = ("AB", "BA")
    item = Item(name, "", "", "", label, digest=name, characters=(9, length_a, length_b))
    return JudgedItem(item, tuple(made_vote(index, order, verdict) for index, order in enumerate(orders)))


def test_length_bias_by_hand() -> None:
    bias = length_bias(
        count_run(
            run_of(
                [
                    sized("longer and right", 20, 10, "A", "A"),
                    sized("longer and wrong", 10, 20, "A", "B"),
                    sized("shorter and right", 10, 20, "A", "A"),
                    sized("longer, unlabelled", 20, 10, None, "A"),
                    sized("as long", 10, 10, "A", "A"),
                    sized("no verdict", 20, 10, "A", None),
                ]
            )
        )
    )
    assert bias is not None
    assert bias.n == 3, "verdicts and labels are of the same comparisons"
    assert bias.judged_longer == wilson(2 / 3, 3)
    assert bias.labelled_longer == pytest.approx(1 / 3)
    assert bias.accuracy_longer == wilson(1 / 2, 2)
    assert bias.accuracy_shorter == wilson(1 / 2, 2)


def test_length_bias_without_labels_makes_no_claim_about_them() -> None:
    bias = length_bias(count_run(run_of([sized("x", 20, 10, None, "A")])))
    assert bias is not None
    assert (bias.labelled_longer, bias.accuracy_longer, bias.accuracy_shorter) == (None, None, None)
