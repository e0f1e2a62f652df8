"""A run's figures for a terminal."""

from __future__ import annotations

from typing import TextIO

from rrm_ui.evaluation.findings import SCORINGS, CurvePoint, Estimate, Findings, RunComparison
from rrm_ui.evaluation.record import Run


def duration(seconds: float) -> str:
    """Return ``seconds`` as a person says it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def print_findings(run: Run, findings: Findings, out: TextIO) -> None:
    """Print what a run says: accuracy by every rule, what is left open; by the chosen rule subsets and curves."""
    spec, scores, rule = run.spec, findings.scores, findings.curves.scoring
    model = spec.model

    def line(text: str = "") -> None:
        print(text, file=out)

    done = findings.n - findings.not_judged
    line(f"{spec.name}: {done} of {len(run.judged)} comparisons judged, {scores.n} of {findings.n} with a label")
    if spec.broken:
        line(f"  {len(spec.broken)} more rows of the data could not be used")
    if run.shares_prompts:
        line(f"  the comparisons have {run.prompts} prompts: intervals take these as independent")
    if findings.not_judged:
        reason = next(judged.error.message for judged in run.judged if judged.error)
        line(f"  {findings.not_judged} cannot be judged and count as without a verdict; the first: {reason}")
    if findings.budget_cut:
        line(f"  {findings.budget_cut} could think less than was asked for: the context leaves no more")
    line(
        f"{model.name} ({model.quantization}, {model.device}), {spec.settings.votes} votes of at most "
        f"{spec.settings.thinking_budget} thinking tokens, seed {spec.settings.seed}"
    )
    if scores.n:
        for scoring in SCORINGS:
            line(f"  accuracy, {scoring:<12} {_estimate(scores.by(scoring))}")
    line(f"  split {scores.undecided:.1%}, without a verdict {scores.no_verdict:.1%}" + _orders(findings))
    _sections(findings, out)
    _subsets(findings, out)
    for classes in findings.classes:
        line(
            f"  three classes, {classes.rows}: accuracy {classes.accuracy:.2%}, "
            f"precision {classes.macro_precision:.2%}, recall {classes.macro_recall:.2%}, "
            f"F1 {classes.macro_f1:.2%} (macro, n {classes.n})"
        )
    _curve(f"votes, {rule}", [(point.votes, point) for point in findings.curves.by_votes], out)
    _curve(f"thinking tokens, {rule}", [(point.budget, point) for point in findings.curves.by_budget], out)
    line(f"  {findings.tokens:,} tokens written in {duration(run.seconds)}")
    if findings.failed_votes:
        line(f"  {findings.failed_votes} votes failed; the same command tries them again")


def print_comparison(first: Run, second: Run, comparison: RunComparison, out: TextIO) -> None:
    """Print two runs beside each other: who flips, and whether the difference may be chance."""
    print(f"first:  {first.folder}\nsecond: {second.folder}", file=out)
    print(
        f"{comparison.n} shared comparisons, {comparison.scoring}: right in both {comparison.both}, only in the first "
        f"{comparison.only_first}, only in the second {comparison.only_second}, in neither {comparison.neither}",
        file=out,
    )
    shared = comparison.prompts < comparison.n
    test = f"Sign-flip test over {comparison.prompts} prompts" if shared else "McNemar's exact test"
    print(f"{test}: p = {comparison.p_value:.3g}", file=out)
    for name, only_first, only_second in comparison.by_subset:
        if only_first or only_second:
            print(f"  {name or '(none)':<24} only first {only_first}, only second {only_second}", file=out)
    for flip in comparison.flips:
        print(f"    {flip.item}: label {flip.label}, {flip.first} -> {flip.second}", file=out)


def _orders(findings: Findings) -> str:
    return "" if findings.order_consistency is None else f", orders agree {findings.order_consistency:.1%}"


def _sections(findings: Findings, out: TextIO) -> None:
    rule = findings.curves.scoring
    if findings.sections:
        print(f"  accuracy by section, {rule}:", file=out)
    for section in findings.sections:
        score = section.by(rule)
        said = f"missing: {', '.join(section.missing)}" if score is None else _estimate(score)
        print(f"    {section.name:<24} {said}", file=out)


def _subsets(findings: Findings, out: TextIO) -> None:
    rule = findings.curves.scoring
    if len(findings.subsets) > 1:
        print(f"  accuracy by subset, {rule}:", file=out)
        for subset in findings.subsets:
            print(
                f"    {subset.name or '(none)':<24} {_estimate(subset.scores.by(rule))}  n {subset.scores.n}", file=out
            )


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.value:6.1%}  [{estimate.low:.1%}, {estimate.high:.1%}]"


def _curve(name: str, points: list[tuple[int, CurvePoint]], out: TextIO) -> None:
    if len(points) > 1:
        shown = points if len(points) <= 8 else [points[i * (len(points) - 1) // 7] for i in range(8)]
        print(f"  accuracy by {name}: " + ", ".join(f"{x}: {p.accuracy.value:.1%}" for x, p in shown), file=out)
