"""The README's table of the embedded model is what the committed records say."""

from __future__ import annotations

from pathlib import Path

import pytest

from rrm_ui.engines.models.adapter_files import adapter_hash
from rrm_ui.evaluation.analysis import find
from rrm_ui.evaluation.findings import Estimate
from rrm_ui.evaluation.record import Run, read_run

ROOT = Path(__file__).parents[3]
OWN_RUNS = {
    "visitor": "Visitors' comparisons",
    "visitor-2": "Forty more, written blind",
    "trained-families": "Trained kinds",
    "new-families": "Kinds never seen",
}
README = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
RUNS = {
    "pandalm-reasoning": "PandaLM Test, 160 tokens",
    "pandalm-direct": "PandaLM Test, no thinking",
    "llmbar-reasoning": "LLMBar Natural, 160 tokens",
    "llmbar-direct": "LLMBar Natural, no thinking",
}


def said(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.1f} ({100 * estimate.low:.1f}–{100 * estimate.high:.1f})"


def row(title: str, run: Run) -> str:
    """Return the line of the table that a record gives."""
    figures = find(run, "probability")
    scores = figures.scores
    assert figures.order_consistency is not None
    cells = [
        title,
        *(said(scores.by(rule)) for rule in ("strict", "lenient", "probability")),
        *(f"{100 * share:.1f}" for share in (scores.undecided, scores.no_verdict, figures.order_consistency)),
    ]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("name", RUNS)
def test_a_row_of_the_table_equals_its_record(name: str) -> None:
    run = read_run(ROOT / "assets" / "runs" / name)
    assert run.state == "finished"
    assert not any(judged.item.has_texts for judged in run.judged)  # the texts are others'
    assert row(RUNS[name], run) in README


@pytest.mark.parametrize("name", OWN_RUNS)
def test_the_trained_judge_is_the_one_that_ships(name: str) -> None:
    run = read_run(ROOT / "assets" / "runs" / name)
    assert run.state == "finished"
    assert run.spec.model.adapter_hash == adapter_hash(ROOT / "assets" / "embedded-judge")
    assert row(OWN_RUNS[name], run) in README


@pytest.mark.parametrize("name", ["pandalm-reasoning", "llmbar-reasoning"])
def test_a_row_of_the_curves_equals_its_record(name: str) -> None:
    curves = find(read_run(ROOT / "assets" / "runs" / name), "probability").curves
    cells = [
        RUNS[name].split(",")[0],
        *(f"{100 * point.accuracy.value:.1f}" for point in curves.by_votes),
        *(f"{100 * point.accuracy.value:.1f} ({point.tokens:.0f})" for point in curves.by_budget),
    ]
    assert f"| {' | '.join(cells)} |" in README


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
