from __future__ import annotations

from math import comb

import pytest

from rrm_ui.tally import count_votes, is_decided, majority_posterior
from rrm_ui.values import Choice, Order, Vote, VoteStatus


def vote(
    index: int, order: Order, choice: Choice | None, p_a: float | None = None, status: VoteStatus = "finished"
) -> Vote:
    return Vote(index, order, seed=index, choice=choice, p_a=p_a, status=status)


def votes(*choices: str) -> list[Vote]:
    """Votes written as ``order:choice``, for example ``AB:A``."""
    made = []
    for index, text in enumerate(choices):
        order, _, choice = text.partition(":")
        made.append(vote(index, order, choice or None))  # type: ignore[arg-type]
    return made


def test_majority_posterior_equals_the_integral_of_the_beta_density() -> None:
    for a, b in [(1, 0), (3, 1), (4, 0), (10, 6), (2, 2)]:
        steps = 20_000
        density = (a + b + 1) * comb(a + b, a)
        area = sum(density * x**a * (1 - x) ** b / steps for x in ((i + 0.5) / steps for i in range(steps // 2, steps)))
        assert majority_posterior(a, b) == pytest.approx(area, abs=1e-4)


def test_an_even_split_is_undecided_and_not_no_verdict() -> None:
    tally = count_votes(votes("AB:A", "BA:B", "AB:B", "BA:A"))
    assert tally.outcome == "undecided"
    assert tally.vote_confidence == pytest.approx(0.5)
    assert (tally.order_dependent, tally.order_agreement) == (False, "split")


def test_votes_without_a_verdict_are_counted_apart() -> None:
    tally = count_votes(votes("AB:A", "BA:", "AB:"))
    assert (tally.a, tally.b, tally.no_verdict, tally.outcome) == (1, 0, 2, "A")
    assert count_votes(votes("AB:", "BA:")).outcome == "no_verdict"


def test_votes_that_did_not_finish_do_not_count() -> None:
    cast = [vote(0, "AB", "A"), vote(1, "BA", None, status="cancelled"), vote(2, "AB", None, status="failed")]
    tally = count_votes(cast)
    assert (tally.a, tally.b, tally.no_verdict) == (1, 0, 0)


def test_orders_that_disagree_are_told() -> None:
    tallies = [
        count_votes(votes(*cast))
        for cast in (
            ("AB:A", "AB:A", "BA:B", "BA:B"),
            ("AB:A", "BA:A"),
            ("AB:A", "AB:B", "BA:A", "BA:A"),
            ("AB:A", "AB:B"),
        )
    ]
    assert [tally.order_agreement for tally in tallies] == ["differ", "agree", "split", None]
    assert [tally.order_dependent for tally in tallies] == [True, False, False, None]


def test_the_mean_probability_weighs_both_orders_equally() -> None:
    cast = [vote(0, "AB", "A", 0.9), vote(1, "AB", "A", 0.7), vote(2, "BA", "B", 0.2)]
    assert count_votes(cast).p_a == pytest.approx((0.8 + 0.2) / 2)


def test_repeated_readings_count_once_per_order() -> None:
    cast = votes("AB:A", "AB:A", "BA:A", "BA:A")
    assert count_votes(cast, repeated_readings=True).vote_confidence == pytest.approx(majority_posterior(2, 0))
    assert count_votes(cast).vote_confidence == pytest.approx(majority_posterior(4, 0))


def test_decided_when_no_outstanding_vote_can_change_the_majority() -> None:
    tally = count_votes(votes("AB:A", "AB:A"), outstanding=1)
    assert is_decided(tally, both_orders=True)
    assert not is_decided(count_votes(votes("AB:A", "AB:A"), outstanding=2), both_orders=True)


def test_one_order_alone_never_decides_by_confidence() -> None:
    one_sided = count_votes(votes(*["AB:A"] * 5), outstanding=8)
    assert (one_sided.vote_confidence or 0) > 0.95
    assert not is_decided(one_sided, both_orders=True)
    assert is_decided(one_sided, both_orders=False)
    both = count_votes(votes("AB:A", "BA:A", "AB:A", "BA:A"), outstanding=8)
    assert is_decided(both, both_orders=True)
