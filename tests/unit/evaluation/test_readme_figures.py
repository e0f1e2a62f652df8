"""The figures of the embedded model, in both documents that give them, are what the committed records say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rrm_ui.engines.models.adapter_files import adapter_hash
from rrm_ui.evaluation.analysis import find
from rrm_ui.evaluation.findings import Estimate
from rrm_ui.evaluation.record import Run, read_run
from rrm_ui.evaluation.training_curves import read_curves, read_training
from rrm_ui.ui.examples import load_examples
from rrm_ui.values import Comparison

ROOT = Path(__file__).parents[3]
OWN_RUNS = {
    "visitor": "Visitors' comparisons",
    "visitor-2": "Forty more, written blind",
    "visitor-3": "160 more, written blind",
    "trained-families": "Kinds of the cold start",
    "reinforced": "Kinds taught by the reward",
    "new-families": "Kinds never seen",
}
COLD_START_RUNS = {f"{name}-cold-start": f"{title}, cold start alone" for name, title in OWN_RUNS.items()}
FIGURES = (ROOT / "assets" / "runs" / "README.md").read_text(encoding="utf-8").splitlines()
README = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
DIRECT_RUNS = {
    "trained-families-directjudge": "Kinds of the cold start, DirectJudge",
    "new-families-directjudge": "Kinds never seen, DirectJudge",
    "visitor-directjudge": "Visitors' comparisons, DirectJudge",
    "visitor-2-directjudge": "Forty more, DirectJudge",
    "visitor-3-directjudge": "160 more, DirectJudge",
}
SMALL_RUNS = {
    "visitor-small": "Visitors' comparisons, 0.5B",
    "visitor-small-untrained": "Visitors' comparisons, 0.5B untrained",
    "visitor-2-small": "Forty more, written blind, 0.5B",
    "trained-families-small": "Kinds of the cold start, 0.5B",
}
RUNS = {
    "llmbar-directjudge": "LLMBar Natural, DirectJudge",
    "llmbar-trained": "LLMBar Natural, thinking",
    "pandalm-directjudge": "PandaLM Test, DirectJudge",
    "pandalm-trained": "PandaLM Test, thinking",
    "pandalm-cold-start": "PandaLM Test, thinking, cold start alone",
    "pandalm-reasoning": "PandaLM Test, 160 tokens",
    "pandalm-direct": "PandaLM Test, no thinking",
    "llmbar-reasoning": "LLMBar Natural, 160 tokens",
    "llmbar-direct": "LLMBar Natural, no thinking",
}


FACTS_OF_BEFORE = {"test-0-facts-0001", "test-0-facts-0002"}
"""Comparisons that ask for other facts in the older records: the tables no longer hold those."""


def other_items(one: Run, another: Run) -> set[str]:
    """Return the ids of the comparisons that two runs, which have the same ids, do not share."""
    mine, theirs = ({judged.item.id: judged.item for judged in run.judged} for run in (one, another))
    assert mine.keys() == theirs.keys()
    return {key for key in mine if mine[key].comparison != theirs[key].comparison}


def said(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.1f} ({100 * estimate.low:.1f}–{100 * estimate.high:.1f})"


def asked_of(training: str) -> dict[str, Any]:
    """Return what the training run that ships as ``training`` was asked for."""
    return read_training(ROOT / "assets" / "training" / training).asked


def row(title: str, run: Run) -> str:
    """Return the line of the table that a record gives."""
    figures = find(run, "probability")
    scores = figures.scores
    shares = (scores.undecided, scores.no_verdict, figures.order_consistency)
    cells = [
        title,
        *(said(scores.by(rule)) for rule in ("strict", "lenient", "probability")),
        *("–" if share is None else f"{100 * share:.1f}" for share in shares),
    ]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("name", RUNS)
def test_a_row_of_the_table_equals_its_record(name: str) -> None:
    run = read_run(ROOT / "assets" / "runs" / name)
    assert run.state == "finished"
    assert not any(judged.item.has_texts for judged in run.judged)  # the texts are others'
    assert row(RUNS[name], run) in FIGURES


@pytest.mark.parametrize(
    ("name", "form"), [("visitor", "int4"), ("visitor", "int8"), ("visitor-2", "int8"), ("trained-families", "int8")]
)
def test_the_row_of_another_form_equals_its_record(name: str, form: str) -> None:
    run, in_nf4 = (read_run(ROOT / "assets" / "runs" / record) for record in (f"{name}-{form}", name))
    assert (run.state, run.spec.model.quantization) == ("finished", f"{form}, head int8")
    assert run.spec.model.adapter_hash == adapter_hash(ROOT / "assets" / "embedded-judge")
    assert row(f"{OWN_RUNS[name]}, in {form}", run) in FIGURES
    assert other_items(run, in_nf4) == (FACTS_OF_BEFORE if name == "trained-families" else set())


def test_what_one_order_gets_follows_from_its_records() -> None:
    right = {True: 0, False: 0}
    asked = 0
    for name in ("trained-families", "reinforced", "new-families"):
        one, both = (read_run(ROOT / "assets" / "runs" / record) for record in (f"{name}-one-order", name))
        assert (one.state, one.spec.settings.both_orders, one.spec.settings.votes) == ("finished", False, 4)
        assert one.spec.model == both.spec.model
        assert other_items(one, both) == (FACTS_OF_BEFORE if name == "trained-families" else set())
        assert row(f"{OWN_RUNS[name]}, in one order", one) in FIGURES
        asked += len(one.judged)
        for run in (one, both):
            scores = find(run, "strict").scores
            right[run is both] += round(scores.by("strict").value * scores.n)
    assert right[True] == right[False]  # as the sentence says
    assert f"{right[False]} of the {asked} comparisons of the three kinds" in " ".join(FIGURES)


def test_all_other_rows_are_of_nf4() -> None:
    runs = [read_run(ROOT / "assets" / "runs" / name) for name in (*OWN_RUNS, *COLD_START_RUNS)]
    assert {run.spec.model.quantization.partition(",")[0] for run in runs} == {"nf4"}


@pytest.mark.parametrize("name", DIRECT_RUNS)
def test_a_row_of_direct_judge_equals_its_record(name: str) -> None:
    run = read_run(ROOT / "assets" / "runs" / name)
    assert (run.state, run.spec.settings.thinking_budget) == ("finished", 0)
    assert row(DIRECT_RUNS[name], run) in FIGURES


def test_what_thinking_is_worth_follows_from_the_records() -> None:
    steps = {"sums", "products", "word-problems", "dates", "units", "counting", "spelling", "strings", "programs"}
    steps |= {"number-order"}
    shares = []
    for name in ("trained-families", "trained-families-directjudge"):
        subsets = find(read_run(ROOT / "assets" / "runs" / name), "strict").subsets
        for wanted in (True, False):
            parts = [part for part in subsets if (part.name in steps) == wanted]
            rows = sum(part.scores.n for part in parts)
            right = sum(part.scores.by("strict").value * part.scores.n for part in parts)
            shares.append(f"{100 * right / rows:.1f}")
    text = " ".join(FIGURES)
    assert f"thinking gets {shares[0]} % by the rule *strict* and DirectJudge {shares[2]} %" in text
    assert f"it is {shares[1]} against {shares[3]}" in text


def test_what_sixteen_votes_buy_follows_from_their_record() -> None:
    """The curve stands in both documents."""
    figures = find(read_run(ROOT / "assets" / "runs" / "trained-families-16"), "probability")
    by_votes = {point.votes: point.accuracy.value for point in figures.curves.by_votes}
    curve = " / ".join(f"{100 * by_votes[votes]:.1f}" for votes in (1, 2, 4, 8, 16))
    assert figures.order_consistency is not None
    text = " ".join(FIGURES)
    assert all(f"{curve} % at 1 / 2 / 4 / 8 / 16 votes" in " ".join(document) for document in (FIGURES, README))
    assert f"both orders agree in {100 * figures.order_consistency:.1f} %" in text


@pytest.mark.parametrize("name", OWN_RUNS)
def test_the_trained_judge_is_the_one_that_ships(name: str) -> None:
    run = read_run(ROOT / "assets" / "runs" / name)
    assert run.state == "finished"
    assert run.spec.model.adapter_hash == adapter_hash(ROOT / "assets" / "embedded-judge")
    assert row(OWN_RUNS[name], run) in FIGURES


@pytest.mark.parametrize("name", SMALL_RUNS)
def test_a_row_of_the_smaller_model_equals_its_record(name: str) -> None:
    run = read_run(ROOT / "assets" / "runs" / name)
    assert (run.state, run.spec.model.name) == ("finished", "embedded-small")
    shipped = None if name.endswith("untrained") else adapter_hash(ROOT / "assets" / "embedded-small-judge")
    assert run.spec.model.adapter_hash == shipped
    assert row(SMALL_RUNS[name], run) in FIGURES


@pytest.mark.parametrize("document", [README, FIGURES], ids=["README", "figures"])
def test_what_the_two_hundred_written_blind_say_of_each_language(document: list[str]) -> None:
    right = {"en": 0, "zh": 0}
    probable = 0.0
    for name in ("visitor-2", "visitor-3"):
        scores = find(read_run(ROOT / "assets" / "runs" / name), "probability").scores
        probable += scores.by("probability").value * scores.n / 200
        for part in find(read_run(ROOT / "assets" / "runs" / name), "strict").subsets:
            right[part.name] += round(part.scores.by("strict").value * part.scores.n)
    text = " ".join(document)
    assert f"{right['en']} of 100 in English and {right['zh']} of 100 in Chinese" in text
    assert f"together {sum(right.values()) / 2:.1f} %" in text
    assert f"by *probability* {100 * probable:.1f} %" in text


@pytest.mark.parametrize("form", ["nf4", "int4", "int8"])
def test_the_examples_of_the_page_were_judged_right(form: str) -> None:
    run = read_run(ROOT / "assets" / "runs" / f"page-examples-{form}")
    assert (run.state, run.spec.settings.votes) == ("finished", 4)
    assert run.spec.model.quantization == f"{form}, head int8"
    assert run.spec.model.adapter_hash == adapter_hash(ROOT / "assets" / "embedded-judge")
    better = {example.comparison: example.better for example in load_examples()}
    judged = {Comparison(one.item.query, one.item.response_a, one.item.response_b): one for one in run.judged}
    assert judged.keys() == better.keys()
    for comparison, one in judged.items():
        assert Counter(vote.choice for vote in one.votes)[better[comparison]] > 2
    right = sum(vote.choice == better[comparison] for comparison, one in judged.items() for vote in one.votes)
    text = " ".join(README)
    assert f"{right} of 40 votes in {form.replace('nf', 'NF')}" in text


@pytest.mark.parametrize("name", COLD_START_RUNS)
def test_a_row_of_the_judge_before_reinforcement_equals_its_record(name: str) -> None:
    run = read_run(ROOT / "assets" / "runs" / name)
    assert run.state == "finished"
    assert run.spec.model.adapter_hash is not None
    assert asked_of("grpo")["start"] == f"adapter {run.spec.model.adapter_hash[:12]}"
    assert row(COLD_START_RUNS[name], run) in FIGURES


def test_the_validations_of_the_reinforcement_equal_its_curves() -> None:
    validated = [one for one in read_curves(ROOT / "assets" / "training" / "grpo") if "accuracy" in one]
    assert [one["step"] for one in validated] == [0, 25, 50]
    for one in validated:
        accuracy = said(Estimate(one["accuracy"], one["low"], one["high"]))
        shares = [f"{100 * one[name]:.1f}" for name in ("single_order", "orders_agree")]
        lengths = [f"{one[name]:.0f}" for name in ("tokens_one_step", "tokens_more_steps")]
        assert f"| {one['step']} | {' | '.join([accuracy, *shares, *lengths])} |" in FIGURES


@pytest.mark.parametrize("name", [*OWN_RUNS, "llmbar-trained", "pandalm-trained"])
def test_the_readme_gives_the_same_rows(name: str) -> None:
    run = read_run(ROOT / "assets" / "runs" / name)
    assert row({**OWN_RUNS, **RUNS}[name], run) in README


@pytest.mark.parametrize("name", [*OWN_RUNS, "llmbar-trained", "pandalm-trained"])
def test_votes_and_tokens_follow_from_the_records(name: str) -> None:
    curves = find(read_run(ROOT / "assets" / "runs" / name), "probability").curves
    budgets = {point.budget: point for point in curves.by_budget}
    cells = [
        {**OWN_RUNS, **RUNS}[name],
        *(f"{100 * point.accuracy.value:.1f}" for point in curves.by_votes if point.votes in (1, 2, 4)),
        *(f"{100 * budgets[n].accuracy.value:.1f} ({budgets[n].tokens:.0f})" for n in (0, 32, 64, 128, 256)),
    ]
    line = f"| {' | '.join(cells)} |"
    assert line in README
    assert line in FIGURES


@pytest.mark.parametrize("name", ["pandalm-reasoning", "llmbar-reasoning"])
def test_a_row_of_the_curves_equals_its_record(name: str) -> None:
    curves = find(read_run(ROOT / "assets" / "runs" / name), "probability").curves
    cells = [
        RUNS[name].split(",")[0],
        *(f"{100 * point.accuracy.value:.1f}" for point in curves.by_votes),
        *(f"{100 * point.accuracy.value:.1f} ({point.tokens:.0f})" for point in curves.by_budget),
    ]
    assert f"| {' | '.join(cells)} |" in FIGURES


@pytest.mark.parametrize("data", ["pandalm", "llmbar"])
def test_the_direct_run_ended_where_the_first_probe_of_the_reasoning_run_stood(data: str) -> None:
    direct, reasoning = (read_run(ROOT / "assets" / "runs" / f"{data}-{mode}") for mode in ("direct", "reasoning"))
    pairs = [
        (vote.p_a, other.probes[0].p_a)
        for judged, probed in zip(direct.judged, reasoning.judged, strict=True)
        for vote, other in zip(judged.votes, probed.votes, strict=True)
    ]
    assert len(pairs) == 400
    assert all(at_once == pytest.approx(probed, abs=1e-6) for at_once, probed in pairs)
