from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from rrm_ui.errors import Failure
from rrm_ui.evaluation.analysis.counted import count_run
from rrm_ui.evaluation.analysis.intervals import clustered, mean_of, weighted, wilson
from rrm_ui.evaluation.analysis.scores import score, score_subsets, section_scores
from rrm_ui.evaluation.benchmarks import find_benchmark
from rrm_ui.evaluation.findings import Estimate, Scores, SubsetScores
from rrm_ui.evaluation.items import Item, Label
from rrm_ui.evaluation.record import JudgedItem
from rrm_ui.values import Vote
from tests.unit.evaluation.made_runs import TOO_LONG, RunShape, made_run, made_vote, run_of


def judged(name: str, label: Label | None, *votes: Vote, error: Failure | None = None, subset: str = "") -> JudgedItem:
    return JudgedItem(Item(name, "q " + name, "one", "two words", label, subset), votes, error)


RIGHT = (made_vote(0, "AB", "A", 0.9), made_vote(1, "BA", "A", 0.8))
SPLIT = (made_vote(0, "AB", "A", 0.9), made_vote(1, "BA", "B", 0.3))
EVEN = (made_vote(0, "AB", "A", 0.7), made_vote(1, "BA", "B", 0.3))
UNREADABLE = (made_vote(0, "AB", None), made_vote(1, "BA", None))


def test_each_rule_scores_as_it_says() -> None:
    run = run_of(
        [
            judged("right", "A", *RIGHT),
            judged("wrong", "B", *RIGHT),
            judged("split towards A", "A", *SPLIT),
            judged("split evenly", "A", *EVEN),
            judged("unreadable", "B", *UNREADABLE),
            judged("too long", "A", *RIGHT, error=TOO_LONG),
            judged("tie", "tie", *RIGHT),
            judged("unlabelled", None, *RIGHT),
        ]
    )
    scores = score(count_run(run))
    assert scores.n == 6
    assert scores.strict.value == pytest.approx(1 / 6)
    assert scores.lenient.value == pytest.approx((1 + 4 * 0.5) / 6)
    assert scores.probability.value == pytest.approx(2 / 6)
    assert scores.undecided == pytest.approx(2 / 6)
    assert scores.no_verdict == pytest.approx(2 / 6)


def test_shares_are_over_all_where_nothing_is_labelled() -> None:
    scores = score(count_run(run_of([judged("a", None, *SPLIT), judged("b", None, *UNREADABLE)])))
    assert (scores.n, scores.undecided, scores.no_verdict) == (0, 0.5, 0.5)
    assert scores.strict == Estimate(0.0, 0.0, 1.0)


@given(st.integers(1, 400), st.data())
def test_wilson_equals_scipy(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    interval = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    ours = wilson(hits / n, n)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), abs=1e-9)
    assert ours.low <= ours.value <= ours.high


def test_the_interval_of_fractions_holds_the_mean_at_least_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(500):
        estimate = mean_of(rng.choice([0.0, 0.5, 1.0], p=[0.2, 0.3, 0.5], size=60).tolist())
        inside += estimate.low <= 0.65 <= estimate.high
    assert inside / 500 >= 0.95


def test_a_weighted_mean_of_one_is_itself_and_covers_the_truth() -> None:
    one = wilson(0.7, 50)
    assert weighted([one], [3.0]) == pytest.approx(one)
    rng = np.random.default_rng(1)
    truth, sizes, weights = np.array([0.9, 0.6, 0.97]), [100, 40, 30], [100.0, 40.0, 300.0]
    inside = 0
    for _ in range(500):
        strata = [wilson(rng.binomial(n, p) / n, n) for n, p in zip(sizes, truth, strict=True)]
        estimate = weighted(strata, weights)
        inside += bool(estimate.low <= truth @ weights / sum(weights) <= estimate.high)
    assert 0.92 <= inside / 500 <= 0.99


def test_the_clustered_interval_covers_the_truth_and_keeps_a_width() -> None:
    rng = np.random.default_rng(2)
    inside = 0
    each = np.arange(40)
    for _ in range(500):
        chances = rng.beta(3, 2, size=40)  # votes on one comparison lean alike
        estimate = clustered(rng.binomial(4, chances).tolist(), [4] * 40, each)
        inside += estimate.low <= 0.6 <= estimate.high
    assert 0.92 <= inside / 500 <= 0.99
    always = clustered([4] * 58, [4] * 58, np.arange(58))
    assert always.value == always.high == 1.0
    assert 0.9 < always.low < 1.0
    assert clustered([0, 0], [0, 0], each[:2]) == Estimate(0.0, 0.0, 1.0)
    halves = clustered([4, 0] * 20, [4] * 40, each // 2)  # both comparisons of every prompt together: one half
    assert halves.high - halves.low < clustered([4, 0] * 20, [4] * 40, each).high - 0.5


@pytest.mark.parametrize("alike", [0.0, 0.14, 0.4])
@pytest.mark.parametrize("prompts", [10, 50])
def test_intervals_over_prompts_hold_however_alike_their_comparisons_are(prompts: int, alike: float) -> None:
    """Nine comparisons a prompt, as RM-Bench has; taken as independent, at 0.4 a third of the intervals is wrong."""
    rng = np.random.default_rng(3)
    of = np.repeat(np.arange(prompts), 9)
    inside = 0
    for _ in range(600):
        strength = 1 / alike - 1 if alike else 1e9
        chances = rng.beta(0.7 * strength, 0.3 * strength, size=prompts)
        estimate = mean_of(rng.binomial(1, chances[of]).astype(float), of)
        inside += estimate.low <= 0.7 <= estimate.high
    assert inside / 600 >= 0.925


def test_prompts_with_one_comparison_each_change_no_interval_and_equal_scores_count_prompts() -> None:
    scores = np.array([1.0, 0.0, 1.0, 1.0])
    assert mean_of(scores, np.array([3, 1, 0, 2])) == mean_of(scores) == wilson(0.75, 4)
    assert mean_of(np.ones(9), np.zeros(9, dtype=np.int64)) == wilson(1.0, 1)
    assert mean_of(np.ones(40), np.arange(40) // 2).low < wilson(1.0, 20).low  # few prompts: Student's quantile


def test_scores_take_comparisons_of_one_query_together() -> None:
    votes = [RIGHT if index % 4 < 2 else SPLIT for index in range(40)]
    apart = [judged(f"i{index}", "A", *each) for index, each in enumerate(votes)]
    together = [replace(one, item=replace(one.item, group=f"g{index // 2}")) for index, one in enumerate(apart)]
    alone, grouped = (score(count_run(run_of(items))).strict for items in (apart, together))
    assert alone.value == grouped.value == 0.5
    assert grouped.high - grouped.low > 1.3 * (alone.high - alone.low)


def subset_scores(name: str, right: int, n: int) -> SubsetScores:
    estimate = wilson(right / n, n)
    return SubsetScores(name, Scores(n, estimate, estimate, estimate, 0.0, 0.0))


# The package's own counts: math-prm's 447 count as 984, and the two of XSTest have each other's.
COUNTS = {
    "Chat": {
        "alpacaeval-easy": 100,
        "alpacaeval-length": 95,
        "alpacaeval-hard": 95,
        "mt-bench-easy": 28,
        "mt-bench-med": 40,
    },
    "Chat Hard": {
        "mt-bench-hard": 37,
        "llmbar-natural": 100,
        "llmbar-adver-neighbor": 134,
        "llmbar-adver-GPTInst": 92,
        "llmbar-adver-GPTOut": 47,
        "llmbar-adver-manual": 46,
    },
    "Safety": {
        "refusals-dangerous": 100,
        "refusals-offensive": 100,
        "xstest-should-refuse": 250,
        "xstest-should-respond": 154,
        "donotanswer": 136,
    },
    "Reasoning": {"math-prm": 984, **{f"hep-{name}": 164 for name in ("cpp", "go", "java", "js", "python", "rust")}},
}


@pytest.mark.parametrize("seed", range(5))
def test_reward_bench_sections_follow_the_published_rule_on_random_results(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = {name: 447 if name == "math-prm" else count for part in COUNTS.values() for name, count in part.items()}
    assert sum(sizes.values()) == 2985
    results = {name: rng.integers(0, 2, size) for name, size in sizes.items()}
    benchmark = find_benchmark("reward-bench")
    assert benchmark is not None
    subsets = [subset_scores(name, int(hits.sum()), len(hits)) for name, hits in results.items()]
    made = {one.name: one for one in section_scores(subsets, benchmark.sections)}
    expected = {}
    for section, counts in COUNTS.items():
        total = sum(results[name].mean() * count for name, count in counts.items())
        expected[section] = total / sum(counts.values())
        estimate = made[section].strict
        assert estimate is not None
        assert estimate.value == pytest.approx(expected[section])
        assert estimate.low < estimate.value < estimate.high
    overall = made["overall"].strict
    assert overall is not None
    assert overall.value == pytest.approx(sum(expected.values()) / 4)
    assert made["overall"].n == 2985


def test_a_section_without_all_its_subsets_has_no_score_and_says_what_is_missing() -> None:
    sections = {"one": {"x": 1.0, "y": 2.0}, "two": {"z": 1.0}}
    one, two, overall = section_scores([subset_scores("x", 3, 4), subset_scores("z", 1, 2)], sections)
    assert (one.strict, one.n, one.missing) == (None, 4, ("y",))
    assert two.strict is not None
    assert (overall.name, overall.strict, overall.missing, overall.n) == ("overall", None, ("y",), 6)
    assert section_scores([], {}) == ()
    unlabelled = SubsetScores("x", score([]))
    assert section_scores([unlabelled], {"one": {"x": 1.0}})[0].missing == ("x",)


def test_subsets_are_scored_apart_and_left_out_where_there_are_none() -> None:
    shape = RunShape(items=30, subsets=("x", "y", "z"))
    counted = count_run(made_run(3, shape))
    made = score_subsets(counted)
    assert [one.name for one in made] == ["x", "y", "z"]
    whole = score(counted)
    assert sum(one.scores.strict.value * one.scores.n for one in made) == pytest.approx(whole.strict.value * whole.n)
    assert score_subsets(count_run(made_run(3, RunShape(subsets=())))) == ()
