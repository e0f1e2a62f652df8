from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from rrm_ui.evaluation.analysis import find
from rrm_ui.evaluation.analysis import mean_probability as sampling
from rrm_ui.evaluation.analysis.counted import count_run
from rrm_ui.evaluation.analysis.curves import curves
from rrm_ui.evaluation.analysis.subsets import splits
from rrm_ui.evaluation.findings import SCORINGS, Scoring
from rrm_ui.evaluation.record import Run
from rrm_ui.tally import count_votes, is_decided
from rrm_ui.values import Choice, JudgeSettings, Probe, Vote
from tests.unit.evaluation.made_runs import RunShape, made_items, made_run, made_vote, run_of
from tests.unit.evaluation.test_scores import judged

SHAPES = {
    "ordinary": RunShape(items=12, votes=4),
    "odd, with holes": RunShape(
        items=12, votes=5, errors=2, unfinished=2, failed=1, unreadable_share=0.2, lost_probes=0.2, tie_share=0.2
    ),
    "one order": RunShape(items=10, votes=4, both_orders=False, unreadable_share=0.1),
    "direct": RunShape(items=10, votes=3, budget=0),
    "no probes": RunShape(items=10, votes=3, probe_every=0),
    "a budget between probes": RunShape(items=10, votes=2, budget=100, probe_every=64),
    "one vote": RunShape(items=10, votes=1),
}


def worth_of(votes: Sequence[Vote], label: str, scoring: Scoring) -> float:
    """Score some votes in the words of the rules."""
    a, b = sum(vote.choice == "A" for vote in votes), sum(vote.choice == "B" for vote in votes)
    if scoring == "probability":
        means = []
        for order in ("AB", "BA"):
            read = [vote.p_a for vote in votes if vote.order == order and vote.p_a is not None]
            means += [sum(read) / len(read)] if read else []
        p_a = sum(means) / len(means) if means else 0.5
        return float(abs(p_a - 0.5) > 1e-9 and (p_a > 0.5) == (label == "A"))
    if a == b:
        return 0.5 if scoring == "lenient" else 0.0
    return float((a > b) == (label == "A"))


def cut_to(vote: Vote, budget: int, settings: JudgeSettings) -> Vote:
    """Return the vote as it would have been at ``budget``."""
    if budget >= settings.thinking_budget or vote.thinking_tokens <= budget:
        return vote
    p_a = next((probe.p_a for probe in vote.probes if probe.tokens == budget), None)
    choice: Choice | None = None if p_a is None or p_a == 0.5 else "A" if p_a > 0.5 else "B"
    return replace(vote, choice=choice, p_a=p_a, thinking_tokens=budget)


def by_enumeration(run: Run, scoring: Scoring, k: int, budget: int) -> tuple[float, float]:
    """Return accuracy and tokens: every subset of every comparison's votes, one by one."""
    worths, tokens = [], []
    for one in run.complete:
        if one.item.label not in ("A", "B"):
            continue
        votes = [] if one.error else [cut_to(vote, budget, run.spec.settings) for vote in one.votes]
        by_split: dict[int, list[float]] = {}
        for subset in combinations(votes, k):
            first = sum(vote.order == "AB" for vote in subset)
            by_split.setdefault(first, []).append(worth_of(subset, one.item.label, scoring))
        tilt = min((abs(2 * first - k) for first in by_split), default=0)
        kept = [sum(each) / len(each) for first, each in by_split.items() if abs(2 * first - k) == tilt]
        worths.append(sum(kept) / len(kept) if kept else worth_of((), one.item.label, scoring))
        written = [vote.thinking_tokens + vote.answer_tokens if budget else 0 for vote in votes]
        tokens.append(k * sum(written) / len(written) if written else 0.0)
    return sum(worths) / len(worths), sum(tokens) / len(tokens)


@pytest.mark.parametrize("scoring", SCORINGS)
@pytest.mark.parametrize("name", SHAPES)
def test_every_point_equals_the_enumeration_of_all_subsets(name: str, scoring: Scoring) -> None:
    run = made_run(7, SHAPES[name])
    settings = run.spec.settings
    made = find(run, scoring).curves
    every, full = settings.probe_every, settings.thinking_budget
    budgets = sorted({full, *(range(0, full, every) if every else ())})
    assert [(point.votes, point.budget) for point in made.grid] == [
        (k, budget) for k in range(1, settings.votes + 1) for budget in budgets
    ]
    for point in made.grid:
        accuracy, tokens = by_enumeration(run, scoring, point.votes, point.budget)
        assert point.accuracy.value == pytest.approx(accuracy, abs=1e-9)
        assert point.tokens == pytest.approx(tokens)
    assert made.by_votes == tuple(point for point in made.grid if point.budget == full)
    assert made.by_budget == tuple(point for point in made.grid if point.votes == settings.votes)


@pytest.mark.parametrize("scoring", SCORINGS)
def test_all_votes_at_the_full_budget_score_as_the_run_does(scoring: Scoring) -> None:
    found = find(made_run(2, RunShape(items=50, votes=7, unreadable_share=0.1, errors=3)), scoring)
    assert found.curves.by_votes[-1].accuracy.value == pytest.approx(found.scores.by(scoring).value)
    assert found.curves.by_budget[-1] == found.curves.by_votes[-1]


def test_one_order_takes_only_votes_that_saw_a_first() -> None:
    run = made_run(4, RunShape(items=20, votes=6))
    alone = replace(
        run,
        judged=tuple(replace(one, votes=tuple(vote for vote in one.votes if vote.order == "AB")) for one in run.judged),
        spec=replace(run.spec, settings=replace(run.spec.settings, votes=3)),
    )
    points = find(run).curves.by_votes_one_order
    assert [point.votes for point in points] == [1, 2, 3]
    for point in points:
        assert point.accuracy.value == pytest.approx(by_enumeration(alone, "strict", point.votes, 256)[0])


def test_one_order_goes_as_far_as_every_item_has_votes_of_it() -> None:
    # Of five votes an item has two or three that saw A first; of one vote, some items have none.
    five = find(made_run(4, RunShape(items=30, votes=5, errors=2))).curves
    assert [point.votes for point in five.by_votes_one_order] == [1, 2]
    assert find(made_run(4, RunShape(items=30, votes=1))).curves.by_votes_one_order == ()
    alone = find(made_run(4, RunShape(items=30, votes=3, both_orders=False))).curves
    assert len(alone.by_votes) == 3
    assert alone.by_votes_one_order == ()  # every vote saw A first already


def test_a_judge_that_follows_the_place_gains_from_both_orders() -> None:
    made = find(made_run(5, RunShape(items=200, votes=8, skill=1.0, favours_first=2.0)), "lenient").curves
    assert made.by_votes[1].accuracy.value > made.by_votes_one_order[1].accuracy.value


def test_a_thought_that_its_context_cut_keeps_its_verdict_at_longer_budgets() -> None:
    cut = replace(made_vote(0, "AB", "A", 0.9, thinking=100, answer=5), closed_by="budget")
    run = run_of([judged("x", "A", cut)], JudgeSettings(votes=1, thinking_budget=256, probe_every=64))
    points = {point.budget: point.accuracy.value for point in find(run).curves.by_budget}
    assert points == {0: 0.0, 64: 0.0, 128: 1.0, 192: 1.0, 256: 1.0}


def test_a_probe_at_one_half_is_no_verdict() -> None:
    vote = replace(made_vote(0, "AB", "A", 0.9, thinking=200), probes=(Probe(0, 0.5, 0), Probe(64, 0.5001, 9)))
    settings = JudgeSettings(votes=1, thinking_budget=256, probe_every=64)
    for label, lenient in (("A", [0.5, 1.0, 0.5, 0.5, 1.0]), ("B", [0.5, 0.0, 0.5, 0.5, 0.0])):
        run = run_of([judged("x", label, vote)], settings)  # type: ignore[arg-type]
        assert [point.accuracy.value for point in find(run, "lenient").curves.by_budget] == lenient
        assert find(run, "probability").curves.by_budget[0].accuracy.value == 0.0


def test_a_sample_of_subsets_comes_near_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    run = made_run(6, RunShape(items=40, votes=12, budget=128, unreadable_share=0.05))
    counted, settings = count_run(run), run.spec.settings
    exact = curves(counted, settings, "probability")
    monkeypatch.setattr(sampling, "DRAWS", 0)
    monkeypatch.setattr(sampling, "LEAST_DRAWS", 100)
    sampled = curves(counted, settings, "probability")
    assert sampled == curves(counted, settings, "probability")
    differences = [abs(a.accuracy.value - b.accuracy.value) for a, b in zip(exact.grid, sampled.grid, strict=True)]
    assert 0 < max(differences) < 0.03


def test_splits_are_as_even_as_the_votes_allow() -> None:
    assert splits(4, (8, 8)) == [(2, 2)]
    assert splits(3, (8, 8)) == [(1, 2), (2, 1)]
    assert splits(5, (3, 2)) == [(3, 2)]
    assert splits(3, (4, 0)) == [(3, 0)]
    assert splits(5, (2, 2)) == []


@pytest.mark.parametrize("name", ["ordinary", "odd, with holes", "one order", "direct"])
def test_early_stopping_is_the_walk_of_a_judge_that_votes_one_after_the_other(name: str) -> None:
    run = made_run(8, replace(SHAPES[name], items=30, votes=8))
    settings = run.spec.settings
    for point in find(run).curves.early_stopping:
        cast, tokens, right = [], [], []
        for one in run.complete:
            if one.item.label not in ("A", "B"):
                continue
            taken: list[Vote] = []
            for vote in () if one.error else one.votes:
                taken.append(vote)
                tally = count_votes(taken, 8 - len(taken), repeated_readings=settings.thinking_budget == 0)
                if is_decided(tally, both_orders=settings.both_orders, confidence=point.confidence):
                    break
            cast.append(len(taken))
            tokens.append(sum(vote.thinking_tokens + vote.answer_tokens for vote in taken))
            right.append(count_votes(taken).outcome == one.item.label)
        assert point.votes == pytest.approx(sum(cast) / len(cast))
        assert point.tokens == pytest.approx(sum(tokens) / len(tokens))
        assert point.accuracy.value == pytest.approx(sum(right) / len(right))


def test_a_more_cautious_judge_stops_later() -> None:
    points = find(made_run(9, RunShape(items=40, votes=16))).curves.early_stopping
    casts = [point.votes for point in points]
    assert [point.confidence for point in points] == [0.8, 0.9, 0.95, 0.99]
    assert casts == sorted(casts)
    assert casts[0] < casts[-1] <= 16


def test_the_made_items_do_not_depend_on_the_votes() -> None:
    assert made_items(RunShape(votes=2)) == made_items(RunShape(votes=16, budget=0))
