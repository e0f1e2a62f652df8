"""Everything that one run says, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.analysis.bias import length_bias, order_consistency, position_bias
from rrm_ui.evaluation.analysis.calibration import calibrations
from rrm_ui.evaluation.analysis.classes import score_counted_classes
from rrm_ui.evaluation.analysis.counted import count_run
from rrm_ui.evaluation.analysis.curves import curves
from rrm_ui.evaluation.analysis.scores import score, score_subsets, section_scores
from rrm_ui.evaluation.analysis.temperature import temperature_fit
from rrm_ui.evaluation.benchmarks import find_benchmark
from rrm_ui.evaluation.findings import SCORINGS, Findings, PatternShare, Scoring
from rrm_ui.evaluation.patterns import count_patterns
from rrm_ui.evaluation.record import Run
from rrm_ui.values import Vote


def find(run: Run, scoring: Scoring = "strict") -> Findings:
    """Return everything that the complete items of ``run`` say; ``scoring`` is the rule of the curves.

    An estimate over no comparison (nothing labelled) is 0 with the interval 0 to 1: look at its ``n`` first.
    ``failed_votes`` counts over all items, because failed votes are what leaves an item incomplete.

    Raises:
        BadInput: no item is complete yet, or there is no such scoring rule.
    """
    if scoring not in SCORINGS:
        raise BadInput(f"{scoring!r} is no scoring rule; choose one of {', '.join(SCORINGS)}.", field="scoring")
    counted = count_run(run)
    if not counted:
        raise BadInput(
            "No comparison of this run has all its votes yet; wait for the first, or go on with the run.",
            code="run_nothing_judged",
        )
    votes = [vote for one in counted for vote in one.votes]
    subsets = score_subsets(counted)
    labels = [one.item.label for one in counted if one.item.label is not None]
    return Findings(
        n=len(counted),
        not_judged=sum(judged.error is not None for judged in run.judged),
        budget_cut=sum(judged.cut_to is not None for judged in run.complete),
        labelled=len(labels),
        ties=labels.count("tie"),
        scores=score(counted),
        subsets=subsets,
        sections=section_scores(subsets, _sections(run.spec.benchmark)),
        classes=score_counted_classes(counted),
        curves=curves(counted, run.spec.settings, scoring),
        calibration=calibrations(counted),
        temperature=temperature_fit(counted),
        position=position_bias(counted),
        length=length_bias(counted),
        patterns=_patterns(votes),
        order_consistency=order_consistency(counted),
        tokens=sum(vote.tokens for vote in votes),
        thinking_tokens_mean=_mean([vote.thinking_tokens for vote in votes]),
        closed_by_budget=_mean([vote.closed_by == "budget" for vote in votes]),
        failed_votes=sum(vote.status == "failed" for judged in run.judged for vote in judged.votes),
    )


def _sections(benchmark: str | None) -> Mapping[str, Mapping[str, float]]:
    found = find_benchmark(benchmark) if benchmark else None
    return found.sections if found else {}


def _patterns(votes: Sequence[Vote]) -> tuple[PatternShare, ...]:
    """Return the patterns of the votes that thought; none if no vote did."""
    thoughts = [vote for vote in votes if vote.thinking]
    return count_patterns(thoughts) if thoughts else ()


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
