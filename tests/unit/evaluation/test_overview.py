from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.analysis import compare_runs, comparison_json, contract_json, find
from rrm_ui.evaluation.benchmarks import find_benchmark
from rrm_ui.evaluation.findings import SCORINGS, Scoring
from rrm_ui.evaluation.items import BrokenRow
from rrm_ui.evaluation.problems import problem
from tests.unit.evaluation.made_runs import RunShape, made_run

HOLES = RunShape(
    items=60,
    votes=5,
    tie_share=0.2,
    unlabelled_share=0.1,
    unreadable_share=0.1,
    errors=3,
    failed=2,
    unfinished=4,
    state="running",
)


def test_a_run_under_way_is_analysed_on_what_is_complete() -> None:
    run = made_run(1, HOLES)
    found = find(run)
    assert found.n == 54
    whole = run.judged[:51]
    assert found.tokens == sum(vote.thinking_tokens + vote.answer_tokens for one in whole for vote in one.votes)
    labels = [one.item.label for one in run.complete]
    assert found.labelled == 54 - labels.count(None)
    assert found.ties == labels.count("tie") > 0
    assert found.scores.n == found.labelled - found.ties
    assert found.failed_votes == 2 * 5
    thinking = [vote.thinking_tokens for one in whole for vote in one.votes]
    assert found.thinking_tokens_mean == pytest.approx(sum(thinking) / len(thinking))
    by_budget = [vote.closed_by == "budget" for one in whole for vote in one.votes]
    assert found.closed_by_budget == pytest.approx(sum(by_budget) / len(by_budget))
    assert replace(found, failed_votes=0) == replace(
        find(replace(run, judged=run.complete, state="finished")), failed_votes=0
    )


def test_a_run_without_a_complete_comparison_says_so() -> None:
    for shape in (RunShape(items=0), RunShape(items=5, unfinished=5), RunShape(items=5, failed=5)):
        with pytest.raises(BadInput, match="No comparison of this run has all its votes yet"):
            find(made_run(0, shape))


def test_a_run_in_which_nothing_could_be_judged_is_all_no_verdict() -> None:
    found = find(made_run(0, RunShape(items=6, errors=6)))
    assert (found.n, found.scores.no_verdict, found.scores.strict.value, found.scores.lenient.value) == (6, 1.0, 0, 0.5)
    assert (found.position, found.length, found.order_consistency, found.temperature) == (None, None, None, None)
    assert (found.calibration, found.patterns, found.tokens, found.closed_by_budget) == ((), (), 0, 0.0)
    assert found.curves.by_votes[0].tokens == 0.0


def test_a_run_without_readable_votes_is_all_no_verdict() -> None:
    found = find(made_run(0, RunShape(items=6, unreadable_share=1.0)))
    assert found.scores.no_verdict == 1.0
    assert found.tokens > 0


def test_votes_that_did_not_finish_are_not_looked_at() -> None:
    run = made_run(6, RunShape(items=10))
    begun = replace(run.judged[0].votes[0], index=4, status="cancelled", thinking_tokens=10_000)
    more = replace(run, judged=(replace(run.judged[0], votes=(*run.judged[0].votes, begun)), *run.judged[1:]))
    assert find(more) == find(run)


def test_an_unlabelled_run_has_everything_that_needs_no_label() -> None:
    run = made_run(2, RunShape(unlabelled_share=1.0))
    found = find(run)
    assert (found.n, found.labelled, found.scores.n) == (40, 0, 0)
    assert (found.curves.by_votes, found.curves.grid, found.curves.early_stopping) == ((), (), ())
    assert (found.calibration, found.temperature, found.classes) == ((), None, ())
    assert found.position is not None
    assert found.order_consistency is not None
    made = contract_json(run, found)
    assert (made["n"], made["accuracy"], made["interval"]) == (40, None, None)
    assert made["curves"] == {"votes": [], "budget": []}


def test_a_direct_run_has_one_budget_and_no_patterns() -> None:
    found = find(made_run(3, RunShape(budget=0)))
    assert [point.budget for point in found.curves.by_budget] == [0]
    assert found.patterns == ()


def test_a_benchmark_with_sections_gets_them() -> None:
    benchmark = find_benchmark("reward-bench")
    assert benchmark is not None
    subsets = tuple(name for weights in benchmark.sections.values() for name in weights)
    assert len(subsets) == 23
    found = find(made_run(4, RunShape(items=46, subsets=subsets, benchmark="reward-bench")))
    assert [one.name for one in found.sections] == ["Chat", "Chat Hard", "Safety", "Reasoning", "overall"]
    assert found.sections[-1].strict is not None
    part = find(made_run(4, RunShape(items=20, subsets=subsets[:5], benchmark="reward-bench")))
    assert part.sections[0].strict is not None
    assert part.sections[-1].strict is None
    assert len(part.sections[-1].missing) == 18
    assert find(made_run(4, RunShape(benchmark="pandalm"))).sections == ()


@pytest.mark.parametrize("scoring", SCORINGS)
def test_the_contract_is_plain_json_by_the_rule_asked_for(scoring: Scoring) -> None:
    run = made_run(5, HOLES)
    found = find(run, scoring)
    made = json.loads(json.dumps(contract_json(run, found), allow_nan=False))
    accuracy = found.scores.by(scoring)
    assert (made["scoring"], made["n"], made["accuracy"]) == (scoring, found.n, accuracy.value)
    assert made["interval"] == [accuracy.low, accuracy.high]
    assert (made["seconds"], made["tokens"]) == (run.seconds, found.tokens)
    assert (made["undecided"], made["no_verdict"]) == (found.scores.undecided, found.scores.no_verdict)
    assert made["order_consistency"] == found.order_consistency
    assert set(made["subsets"]) == {"easy", "hard"}
    for one in found.subsets:
        score = one.scores.by(scoring)
        assert made["subsets"][one.name] == {
            "n": one.scores.n,
            "accuracy": score.value,
            "interval": [score.low, score.high],
        }
    assert [point[0] for point in made["curves"]["votes"]] == [1, 2, 3, 4, 5]
    assert made["curves"]["votes"][-1][1:] == pytest.approx([accuracy.value, accuracy.low, accuracy.high])
    assert [point[0] for point in made["curves"]["budget"]] == [point.budget for point in found.curves.by_budget]
    assert made["findings"] == json.loads(json.dumps(found.to_dict()))
    assert made["model"]["name"] == "made-up-judge"
    assert made["settings"]["votes"] == 5


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(BadInput, match="strict, lenient, probability"):
        find(made_run(0), "generous")  # type: ignore[arg-type]


def test_analysis_takes_no_torch() -> None:
    code = "import sys, rrm_ui.evaluation.analysis, rrm_ui.evaluation.calibration_store; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_contract_says_what_was_judged_and_what_could_not_be_used() -> None:
    run = made_run(5, RunShape(items=12))
    spec = replace(run.spec, rows=30, limit=12, broken=(BrokenRow(7, problem("row_empty", column="label")),))
    two_each = tuple(
        replace(one, item=replace(one.item, group=f"g{index // 2}")) for index, one in enumerate(run.judged)
    )
    made = contract_json(replace(run, spec=spec, judged=two_each), find(run))
    assert made["data"] == {
        "name": spec.name,
        "benchmark": spec.benchmark,
        "digest": spec.data_digest,
        "rows": 30,
        "sample": 12,
        "unusable_rows": 1,
    }
    assert (made["prompts"], made["n"], made["versions"]) == (6, 12, dict(spec.versions))


def test_two_runs_beside_each_other_say_which_they_are() -> None:
    first, second = made_run(1, name="first"), made_run(2, name="second")
    made = json.loads(json.dumps(comparison_json(first, second, compare_runs(first, second))))
    assert [made[one]["data"]["name"] for one in ("first_run", "second_run")] == ["first", "second"]
    assert made["n"] == made["prompts"] == 40
