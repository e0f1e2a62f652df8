"""Stopping when decided, against walking through every order of the votes."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rrm_ui.evaluation.analysis.arrivals import StopRule, in_any_order, side_by_side
from rrm_ui.tally import count_votes, is_decided
from rrm_ui.values import Choice, Order, Vote
from tests.unit.evaluation.made_runs import made_vote

Drawn = list[tuple[tuple[Order, Choice | None], int]]

KINDS: list[tuple[Order, Choice | None]] = [
    ("AB", "A"), ("AB", "B"), ("AB", None), ("BA", "A"), ("BA", "B"), ("BA", None),
]  # fmt: skip
VOTES = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 60)), min_size=1, max_size=6)
RULES = st.builds(StopRule, both_orders=st.booleans(), repeated_readings=st.booleans())


def votes_of(drawn: Drawn) -> list[Vote]:
    return [made_vote(index, order, choice, thinking=n) for index, ((order, choice), n) in enumerate(drawn)]


def walk(order: tuple[Vote, ...], rule: StopRule) -> list[Vote]:
    """Return the votes that a judge takes before it stops."""
    for taken in range(1, len(order) + 1):
        left = len(order) - taken
        tally = count_votes(order[:taken], left, repeated_readings=rule.repeated_readings)
        if left == 0 or is_decided(tally, both_orders=rule.both_orders):
            return list(order[:taken])
    raise AssertionError


@settings(max_examples=40, deadline=None)
@given(VOTES, RULES)
def test_any_order_is_the_mean_over_every_order(drawn: Drawn, rule: StopRule) -> None:
    votes = votes_of(drawn)
    walked = [walk(order, rule) for order in itertools.permutations(votes)]
    found = in_any_order(votes, rule)
    assert found.tokens == pytest.approx(sum(vote.tokens for kept in walked for vote in kept) / len(walked))
    outcomes = Counter(count_votes(kept).outcome for kept in walked)
    assert found.outcomes == pytest.approx({outcome: n / len(walked) for outcome, n in outcomes.items()})


def test_many_votes_may_be_stopped_against_the_full_vote() -> None:
    votes = [made_vote(i, "AB" if i % 2 else "BA", "A" if i < 5 else "B", thinking=10) for i in range(16)]
    found = in_any_order(votes, StopRule(both_orders=True, repeated_readings=False))
    assert 0 < found.outcomes["A"] < 0.1  # the majority is B
    assert found.tokens < 160


@given(VOTES, RULES)
def test_side_by_side_is_the_walk_of_an_engine_that_writes_a_token_a_step(drawn: Drawn, rule: StopRule) -> None:
    votes = votes_of(drawn)
    spent = 0
    for step in itertools.count(1):
        spent += sum(vote.thinking_tokens >= step for vote in votes)
        over = [vote for vote in votes if vote.thinking_tokens <= step]
        left = len(votes) - len(over)
        tally = count_votes(over, left, repeated_readings=rule.repeated_readings)
        if any(vote.thinking_tokens == step for vote in over) and (
            left == 0 or is_decided(tally, both_orders=rule.both_orders)
        ):
            break
    found = side_by_side(votes, rule)
    assert found.tokens == spent
    assert found.outcomes == {count_votes(over).outcome: 1.0}
