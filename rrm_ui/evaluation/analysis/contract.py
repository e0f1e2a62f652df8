"""A run's figures as the command line prints them."""

from __future__ import annotations

from typing import Any

from rrm_ui.evaluation.findings import CurvePoint, Findings, RunComparison, Scores, Scoring
from rrm_ui.evaluation.record import Run, RunSpec


def contract_json(run: Run, findings: Findings) -> dict[str, Any]:
    """Return the figures by the rule that ``findings`` were made with, ready for JSON.

    ``data`` says what was judged: ``rows`` that could be read, the ``sample`` drawn from them (null for all) and the
    ``unusable_rows``, which are in no figure. ``prompts`` counts the prompts that the judged comparisons have.
    ``n`` counts the comparisons judged, labelled or not, ``not_judged`` those among them that the model cannot judge
    and ``budget_cut`` those whose votes could think less than was asked for; a subset's ``n`` counts those labelled A
    or B. ``accuracy`` and ``interval`` are null where nothing is labelled. Curve points are ``[votes or budget,
    accuracy, low, high]``.
    """
    scoring, scores, curves = findings.curves.scoring, findings.scores, findings.curves
    return {
        "data": _data(run.spec),
        "model": run.spec.model.to_dict(),
        "settings": run.spec.settings.to_dict(),
        "versions": dict(run.spec.versions),
        "machine": run.spec.machine,
        "scoring": scoring,
        "prompts": run.prompts,
        "n": findings.n,
        "not_judged": findings.not_judged,
        "budget_cut": findings.budget_cut,
        **_accuracy(scores, scoring),
        "undecided": scores.undecided,
        "no_verdict": scores.no_verdict,
        "order_consistency": findings.order_consistency,
        "seconds": run.seconds,
        "tokens": findings.tokens,
        "subsets": {one.name: {"n": one.scores.n, **_accuracy(one.scores, scoring)} for one in findings.subsets},
        "curves": {
            "votes": [_point(point.votes, point) for point in curves.by_votes],
            "budget": [_point(point.budget, point) for point in curves.by_budget],
        },
        "findings": findings.to_dict(),
    }


def comparison_json(first: Run, second: Run, comparison: RunComparison) -> dict[str, Any]:
    """Return two runs beside each other, ready for JSON: which runs they are, then what ``comparison`` says."""
    runs = {name: _run(run) for name, run in (("first_run", first), ("second_run", second))}
    return {**runs, **comparison.to_dict()}


def _run(run: Run) -> dict[str, Any]:
    spec = run.spec
    made_by = {"model": spec.model.to_dict(), "settings": spec.settings.to_dict(), "versions": dict(spec.versions)}
    return {"folder": str(run.folder), "data": _data(spec), **made_by}


def _data(spec: RunSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "benchmark": spec.benchmark,
        "digest": spec.data_digest,
        "rows": spec.rows,
        "sample": spec.limit,
        "unusable_rows": len(spec.broken),
    }


def _accuracy(scores: Scores, scoring: Scoring) -> dict[str, Any]:
    estimate = scores.by(scoring)
    if not scores.n:
        return {"accuracy": None, "interval": None}
    return {"accuracy": estimate.value, "interval": [estimate.low, estimate.high]}


def _point(place: float, point: CurvePoint) -> list[float]:
    return [place, point.accuracy.value, point.accuracy.low, point.accuracy.high]
