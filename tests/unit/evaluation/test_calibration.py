from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rrm_ui.evaluation.analysis.calibration import calibrate_probability, calibrations
from rrm_ui.evaluation.analysis.counted import count_run
from rrm_ui.evaluation.analysis.temperature import (
    BOUNDS,
    LEAST_ITEMS,
    apply_temperature,
    fit_temperature,
    temperature_fit,
)
from rrm_ui.evaluation.items import Item, Label
from rrm_ui.evaluation.record import JudgedItem
from rrm_ui.tally import majority_posterior
from rrm_ui.values import JudgeSettings
from tests.unit.evaluation.made_runs import RunShape, made_run, made_vote, run_of
from tests.unit.evaluation.test_scores import judged


def test_brier_and_ece_by_hand() -> None:
    # P(A) 0.9 right, 0.92 wrong, 0.2 right (B), 0.7 right, 0.5 preferring nobody, 1.0 right
    made = calibrate_probability(np.array([0.9, 0.92, 0.2, 0.7, 0.5, 1.0]), np.array([1, 0, 0, 1, 1, 1]))
    assert made.brier == pytest.approx((0.01 + 0.8464 + 0.04 + 0.09 + 0.25 + 0.0) / 6)
    assert [(one.low, one.high, one.n) for one in made.bins] == [
        pytest.approx(edges) for edges in [(0.5, 0.55, 1), (0.7, 0.75, 1), (0.8, 0.85, 1), (0.9, 0.95, 2), (0.95, 1, 1)]
    ]
    assert [one.accuracy for one in made.bins] == [0.5, 1.0, 1.0, 0.5, 1.0]
    assert made.bins[3].confidence == pytest.approx(0.91)
    assert made.ece == pytest.approx((0 + 0.3 + 0.2 + 2 * 0.41 + 0) / 6)
    assert (made.of, made.n) == ("p_a", 6)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_ece_equals_a_loop_over_comparisons(rows: list[tuple[float, bool]]) -> None:
    made = calibrate_probability(np.array([p for p, _ in rows]), np.array([float(a) for _, a in rows]))
    bins: dict[int, list[tuple[float, float]]] = {}
    for p, is_a in rows:
        confidence = max(p, 1 - p)
        right = 0.5 if p == 0.5 else float((p > 0.5) == is_a)
        bins.setdefault(min(int(round((confidence - 0.5) * 20, 9)), 9), []).append((confidence, right))
    gap = sum(abs(sum(c for c, _ in each) - sum(r for _, r in each)) for each in bins.values())
    assert made.ece == pytest.approx(gap / len(rows), abs=1e-9)
    assert sum(one.n for one in made.bins) == len(rows)
    assert 0 <= made.brier <= 1


def unanimous(name: str, label: Label, choices: str) -> JudgedItem:
    votes = [made_vote(i, "BA" if i % 2 else "AB", choice, 0.5) for i, choice in enumerate(choices)]  # type: ignore[arg-type]
    return judged(name, label, *votes)


def test_vote_confidence_is_scored_against_the_majority_being_right() -> None:
    run = run_of([unanimous("r", "A", "AAAA"), unanimous("w", "B", "AAAB"), unanimous("split", "A", "AABB")])
    made = {one.of: one for one in calibrations(count_run(run))}["vote_confidence"]
    sure, less = majority_posterior(4, 0), majority_posterior(3, 1)
    assert made.n == 2
    assert made.brier == pytest.approx(((sure - 1) ** 2 + less**2) / 2)
    assert made.ece == pytest.approx((abs(sure - 1) + less) / 2)


def test_repeated_readings_count_once_per_order_in_the_vote_confidence() -> None:
    run = run_of([unanimous("r", "A", "AAAA")], JudgeSettings(votes=4, thinking_budget=0))
    made = {one.of: one for one in calibrations(count_run(run))}["vote_confidence"]
    assert made.bins[0].confidence == pytest.approx(majority_posterior(2, 0))


def test_nothing_labelled_gives_no_calibration() -> None:
    assert calibrations(count_run(made_run(0, RunShape(unlabelled_share=1.0)))) == ()
    assert calibrations(count_run(made_run(0, RunShape(items=5, errors=5)))) == ()


@given(st.floats(0.001, 0.999), st.floats(0.1, 10))
def test_a_temperature_divides_the_log_odds(p: float, temperature: float) -> None:
    scaled = apply_temperature(p, temperature)
    assert scaled == pytest.approx(1 / (1 + exp(-log(p / (1 - p)) / temperature)))
    assert apply_temperature(1 - p, temperature) == pytest.approx(1 - scaled)


def test_certainty_stays_a_number() -> None:
    assert 0 < apply_temperature(0.0, 2.0) < 0.01
    assert 0.99 < apply_temperature(1.0, 2.0) < 1
    assert apply_temperature(0.5, 7.0) == 0.5


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_the_fit_finds_the_temperature_that_made_the_data(true: float) -> None:
    rng = np.random.default_rng(3)
    odds = rng.normal(0, 2, 20_000) * true
    p = 1 / (1 + np.exp(-odds))
    is_a = (rng.random(odds.size) < 1 / (1 + np.exp(-odds / true))).astype(float)
    fitted = fit_temperature(p, is_a)
    assert fitted == pytest.approx(true, rel=0.05)

    def likelihood(temperature: float) -> float:
        q = 1 / (1 + np.exp(-odds / temperature))
        return float(np.log(np.where(is_a == 1, q, 1 - q)).mean())

    assert likelihood(fitted) >= max(likelihood(fitted * 0.98), likelihood(fitted * 1.02))


def test_a_fit_without_a_limit_ends_at_the_bound() -> None:
    assert fit_temperature(np.full(30, 0.6), np.ones(30)) == pytest.approx(BOUNDS[0], rel=1e-3)


def test_the_fit_is_tested_on_items_it_was_not_fitted_on() -> None:
    # Every item says 0.9; the labels are right in 60 %. A fold's temperature comes from the other folds' labels.
    votes = [made_vote(0, "AB", "A", 0.9), made_vote(1, "BA", "A", 0.9)]
    items = [judged(f"i{index}", "A" if index < 60 else "B", *votes) for index in range(100)]
    fit = temperature_fit(count_run(run_of(items)))
    assert fit is not None
    assert apply_temperature(0.9, fit.temperature) == pytest.approx(0.6, abs=1e-3)
    assert (fit.n, fit.before.n, fit.after.n) == (100, 100, 100)
    assert fit.before.ece == pytest.approx(0.3)
    # A fold is given the share of A in the others: (60 - its own) / 80, which is 0.6 on average over equal folds.
    assert sum(one.n * one.confidence for one in fit.after.bins) == pytest.approx(60, abs=0.01)
    assert 0.2401 < fit.after.brier < fit.before.brier  # fitted on the items themselves it would be exactly 0.24
    turned = temperature_fit(count_run(run_of(items[::-1])))
    assert turned is not None
    assert (turned.temperature, turned.after.brier) == pytest.approx((fit.temperature, fit.after.brier))


@pytest.mark.parametrize("told", ["by their group", "by their texts"])
def test_items_of_one_prompt_are_never_split_between_a_fit_and_its_test(told: str) -> None:
    # In every prompt one item is labelled each way, so that without the prompt itself all labels balance and every
    # temperature is the largest. A fold that saw one of a prompt's two items would lean to its label.
    votes = (made_vote(0, "AB", "A", 0.9), made_vote(1, "BA", "A", 0.9))
    items = []
    for index in range(40):
        prompt = index // 2
        query = f"q {prompt}" if told == "by their texts" else f"q {index}"
        group = f"g{prompt}" if told == "by their group" else ""
        items.append(JudgedItem(Item(f"i{index}", query, "a", "b", "A" if index % 2 else "B", group=group), votes))
    fit = temperature_fit(count_run(run_of(items)))
    assert fit is not None
    largest = apply_temperature(0.9, BOUNDS[1])
    assert [one.confidence for one in fit.after.bins] == [pytest.approx(largest, abs=1e-4)]


def test_fewer_prompts_than_folds_are_not_fitted() -> None:
    votes = (made_vote(0, "AB", "A", 0.9),)
    for prompts, fitted in ((4, False), (5, True)):
        items = [
            JudgedItem(Item(f"i{index}", f"q{index}", "a", "b", "A", group=f"g{index % prompts}"), votes)
            for index in range(LEAST_ITEMS)
        ]
        assert (temperature_fit(count_run(run_of(items))) is not None) is fitted


def test_too_few_items_are_not_fitted() -> None:
    assert temperature_fit(count_run(made_run(0, RunShape(items=LEAST_ITEMS - 1)))) is None
    assert temperature_fit(count_run(made_run(0, RunShape(items=LEAST_ITEMS)))) is not None
    assert temperature_fit(count_run(made_run(0, RunShape(items=LEAST_ITEMS, errors=1)))) is None
