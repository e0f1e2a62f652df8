from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import comb
from operator import mul

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.analysis import compare_runs, find
from rrm_ui.evaluation.analysis.run_comparison import sign_flip_test
from rrm_ui.evaluation.findings import SCORINGS, Flip
from rrm_ui.evaluation.record import Run
from rrm_ui.values import Vote
from tests.unit.evaluation.made_runs import RunShape, made_run, run_of
from tests.unit.evaluation.test_scores import EVEN, RIGHT, SPLIT, UNREADABLE, judged


def test_the_test_has_the_known_values_of_mcnemar() -> None:
    assert sign_flip_test([]) == sign_flip_test([0, 0]) == 1.0
    assert sign_flip_test([1] + [-1] * 6) == pytest.approx(0.125)
    assert sign_flip_test([-1] * 5) == pytest.approx(0.0625)
    assert sign_flip_test([1] * 10 + [-1] * 2) == pytest.approx(0.03857421875)


@given(st.integers(0, 30), st.integers(0, 30))
def test_with_one_comparison_a_prompt_it_is_twice_the_binomial_tail(b: int, c: int) -> None:
    n = b + c
    tail = sum(comb(n, k) for k in range(min(b, c) + 1)) / 2**n
    assert sign_flip_test([1] * b + [-1] * c) == pytest.approx(min(1.0, 2 * tail))


@given(st.lists(st.integers(-9, 9), max_size=9))
def test_with_several_it_counts_the_ways_to_give_prompts_signs(leads: list[int]) -> None:
    ways = [abs(sum(map(mul, leads, signs))) for signs in product((1, -1), repeat=len(leads))]
    assert sign_flip_test(leads) == pytest.approx(sum(way >= abs(sum(leads)) for way in ways) / len(ways))


def test_comparisons_of_one_prompt_count_as_one() -> None:
    def over(groups: int, *votes: Vote) -> Run:
        made = [judged(f"i{index}", "A", *votes) for index in range(12)]
        return run_of([replace(one, item=replace(one.item, group=f"g{i % groups}")) for i, one in enumerate(made)])

    apart, together = (compare_runs(over(groups, *RIGHT), over(groups, *SPLIT)) for groups in (12, 2))
    assert (apart.prompts, together.prompts, apart.only_first, together.only_first) == (12, 2, 12, 12)
    assert apart.p_value == pytest.approx(2 / 2**12)
    assert together.p_value == 0.5


def test_items_are_compared_one_by_one() -> None:
    first = run_of(
        [
            judged("both", "A", *RIGHT, subset="x"),
            judged("only first", "A", *RIGHT, subset="x"),
            judged("only second", "A", *UNREADABLE, subset="y"),
            judged("neither", "B", *RIGHT, subset="y"),
            judged("tie that differs", "tie", *RIGHT),
            judged("unlabelled, the same", None, *RIGHT),
            judged("elsewhere", "A", *RIGHT),
        ]
    )
    second = run_of(
        [
            judged("neither", "B", *SPLIT, subset="y"),
            judged("only second", "A", *RIGHT, subset="y"),
            judged("only first", "A", *EVEN, subset="x"),
            judged("both", "A", *RIGHT, subset="x"),
            judged("tie that differs", "tie", *SPLIT),
            judged("unlabelled, the same", None, *RIGHT),
        ]
    )
    made = compare_runs(first, second)
    assert (made.n, made.both, made.only_first, made.only_second, made.neither) == (4, 1, 1, 1, 1)
    assert made.p_value == 1.0
    assert made.by_subset == (("x", 1, 0), ("y", 0, 1))
    assert made.flips == (
        Flip("only first", "x", "A", "A", "undecided"),
        Flip("only second", "y", "A", "no_verdict", "A"),
        Flip("tie that differs", "", "tie", "A", "undecided"),
    )
    assert made.to_dict()["flips"][0]["item"] == "only first"


def test_the_rule_decides_what_is_right() -> None:
    first = run_of([judged("x", "A", *SPLIT)])
    second = run_of([judged("x", "A", *RIGHT)])
    assert compare_runs(first, second, "strict").only_second == 1
    assert compare_runs(first, second, "lenient").only_second == 1
    assert compare_runs(first, second, "probability").both == 1
    named = [compare_runs(first, second, rule).scoring for rule in SCORINGS]
    assert named == ["strict", "strict", "probability"], "half a point has no place in a test of yes and no"


def test_runs_over_other_texts_or_other_labels_share_nothing() -> None:
    run = made_run(0)
    for other in (
        made_run(0, items="other"),
        replace(run, judged=tuple(replace(one, item=replace(one.item, digest="changed")) for one in run.judged)),
        replace(run, judged=tuple(replace(one, item=replace(one.item, label="tie")) for one in run.judged)),
    ):
        with pytest.raises(BadInput, match="share no comparison"):
            compare_runs(run, other)


def test_runs_under_way_are_compared_on_what_both_have() -> None:
    whole, part = made_run(1, RunShape(items=40)), made_run(2, RunShape(items=40, unfinished=15, state="running"))
    made = compare_runs(whole, part)
    assert made.n == 25 == made.both + made.only_first + made.only_second + made.neither
    assert made.both + made.only_second == round(find(part).scores.strict.value * 25)
    with pytest.raises(BadInput, match="share no comparison"):
        compare_runs(whole, made_run(2, RunShape(items=40, unfinished=40)))


def test_a_run_against_itself_differs_nowhere() -> None:
    run = made_run(3, RunShape(items=30, unreadable_share=0.2, errors=2))
    made = compare_runs(run, run)
    assert (made.only_first, made.only_second, made.flips, made.p_value) == (0, 0, (), 1.0)
