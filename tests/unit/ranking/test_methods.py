"""Which pairs are judged."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rrm_ui.ranking.matches import MatchResult, all_pairs
from rrm_ui.ranking.methods import METHODS, Knockout, MethodName, RoundRobin, Swiss, make_method, swiss_rounds
from tests.unit.ranking.synthetic import SyntheticJudge, result

COUNTS = st.integers(2, 33)


@pytest.mark.parametrize(("name", "share"), [*((name, 1.0) for name in METHODS), ("round-robin", 0.6)])
@settings(deadline=None)
@given(count=COUNTS, seed=st.integers(0, 1000))
def test_no_pair_meets_twice_and_a_stopped_ranking_goes_on(
    name: MethodName, share: float, count: int, seed: int
) -> None:
    """Stopped in every round, and read back in some other order, it judges the very pairs of one that was not."""
    method = make_method(name, count, seed, share=share)
    outcomes = SyntheticJudge([seed % 7 * number / count for number in range(count)], 1, seed)
    known = {pair: outcomes.judge(pair) for pair in all_pairs(count)}
    results: list[MatchResult] = []
    while pairs := method.next_pairs(results):
        assert len({*pairs}) == len(pairs)
        assert not {*pairs} & {one.pair for one in results}
        assert all(0 <= first < second < count for first, second in pairs)
        results += [known[pair] for pair in random.Random(seed).sample(pairs, (len(pairs) + 1) // 2)]
        random.Random(seed).shuffle(results)
    assert len(results) <= method.matches
    whole: list[MatchResult] = []
    while pairs := method.next_pairs(whole):
        whole += [known[pair] for pair in pairs]
    assert {one.pair for one in results} == {one.pair for one in whole}


@settings(deadline=None)
@given(count=COUNTS, seed=st.integers(0, 1000))
def test_a_knockout_takes_one_match_less_than_responses_in_the_fewest_rounds(count: int, seed: int) -> None:
    method = Knockout(count, seed)
    strength = list(range(count))
    random.Random(seed).shuffle(strength)
    results = SyntheticJudge([100.0 * one for one in strength], 1, seed).play(method)
    assert len(results) == method.matches == count - 1
    rounds = method.rounds(results)
    assert len(rounds) == math.ceil(math.log2(count))
    assert method.winner(results) == strength.index(count - 1)  # with a judge who never errs
    byes = [alone for _, alone in rounds if alone is not None]
    assert len(byes) == len({*byes}) or count < 8


def test_without_a_majority_the_mean_probability_goes_on() -> None:
    method = Knockout(2, 0)
    assert method.winner([result(0, 1, 1, 1, p_first=0.4)]) == 1
    assert method.winner([result(0, 1, 1, 1, p_first=0.6)]) == 0
    assert method.winner([MatchResult(0, 1, 0, 0, error="It broke.")]) is None
    assert method.winner([]) is None


@pytest.mark.parametrize("count", [2, 3, 8, 9])
def test_a_round_robin_judges_every_pair_in_one_round(count: int) -> None:
    assert sorted(RoundRobin(count, 0).next_pairs([])) == all_pairs(count)


@settings(deadline=None)
@given(count=st.integers(4, 20), share=st.floats(0.01, 0.99), seed=st.integers(0, 100))
def test_a_share_of_a_round_robin_is_that_share_and_leaves_nobody_out(count: int, share: float, seed: int) -> None:
    method = RoundRobin(count, seed, share)
    results = SyntheticJudge([number / 3 for number in range(count)], 2, seed).play(method)
    every = count * (count - 1) // 2
    assert len(results) == max(min(count, every), math.ceil(share * every))
    assert {response for one in results for response in one.pair} == {*range(count)}


def test_a_share_goes_to_pairs_that_are_open_and_not_to_those_that_are_clear() -> None:
    """Of eight responses in four close couples far apart, the couples are judged before most other pairs."""
    strength = [0.0, 0.1, 3.0, 3.1, 6.0, 6.1, 9.0, 9.1]
    met = 0
    for seed in range(20):
        results = SyntheticJudge(strength, 4, seed).play(RoundRobin(8, seed, 0.6))
        met += len({one.pair for one in results} & {(0, 1), (2, 3), (4, 5), (6, 7)})
    assert met / 80 > 0.8


@settings(deadline=None)
@given(count=st.integers(2, 33), seed=st.integers(0, 100))
def test_in_every_swiss_round_each_meets_one_at_most(count: int, seed: int) -> None:
    method = Swiss(count, seed, swiss_rounds(count))
    judge = SyntheticJudge([number / 3 for number in range(count)], 2, seed)
    results: list[MatchResult] = []
    while pairs := method.next_pairs(results):
        playing = [response for pair in pairs for response in pair]
        assert len(playing) == len({*playing}) >= count - 1 - count % 2 or count < 8
        results += [judge.judge(pair) for pair in pairs]
    met = [sum(response in one.pair for one in results) for response in range(count)]
    assert max(met) - min(met) <= 2 or count < 8


def test_swiss_takes_few_matches() -> None:
    assert [Swiss(n, 0, swiss_rounds(n)).matches for n in (2, 4, 8, 16, 32, 64)] == [1, 6, 16, 40, 96, 224]
