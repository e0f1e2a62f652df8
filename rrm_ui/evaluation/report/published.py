"""This run beside the published figures of the same benchmark, and in what they differ."""

from __future__ import annotations

from collections.abc import Iterator

from rrm_ui.evaluation.benchmarks import Benchmark, find_benchmark
from rrm_ui.evaluation.findings import Estimate, Findings, Scoring
from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.report.markup import Element, h
from rrm_ui.evaluation.report.parts import Cell, note, section, table
from rrm_ui.evaluation.report.words import Words

DIFFERENT_RULES: dict[Scoring, str] = {"strict": "differs_rule_strict", "probability": "differs_rule_probability"}
"""What is said of rules other than that of the published figures, which count half an answer without a verdict."""


def published_section(run: Run, findings: Findings, words: Words) -> Element | None:
    """Return sections and published rows in one table; None if the run's data is no known benchmark with either."""
    benchmark = find_benchmark(run.spec.benchmark) if run.spec.benchmark else None
    said = words.known(f"note_{benchmark.key}", "") if benchmark is not None else ""
    if benchmark is None or not (findings.sections or benchmark.published or said):
        return None
    own = _own_figures(findings, words)
    names = list(dict.fromkeys([*own, *(name for row in benchmark.published for name in row.figures)]))
    votes = words.number(run.spec.settings.votes)
    unread = words.percent(findings.scores.no_verdict)
    rows: list[list[Cell]] = [[words("this_run"), votes, *(own.get(name, "–") for name in names), unread]]
    for row in benchmark.published:
        figures = (f"{row.figures[name]:.1f}%" if name in row.figures else "" for name in names)
        rows.append([row.model, words.number(row.votes), *figures, ""])  # papers do not say it
    sections = (words.known(f"section_{name}", name) for name in names)
    columns = [words("model"), words("votes"), *sections, words("no_verdict")]
    sentences = _differences(run, benchmark, findings.curves.scoring, words)
    differences = h("ul", *(h("li", sentence) for sentence in sentences), class_="differences")
    missing = [section_ for section_ in findings.sections if section_.missing and section_.name != "overall"]
    return section(
        words("beside_published", benchmark=benchmark.title),
        table(columns, rows),
        *(
            note(words("section_missing", name=one.name, subsets=words.joined("listed", one.missing)))
            for one in missing
        ),
        note(said) if said else None,
        note(words("differs")) if benchmark.published else None,
        differences if benchmark.published else None,
        name="published-part",
    )


def _own_figures(findings: Findings, words: Words) -> dict[str, Cell]:
    scoring = findings.curves.scoring
    if findings.sections:
        return {one.name: _short(getattr(one, scoring), words) for one in findings.sections}
    return {"accuracy": _short(findings.scores.by(scoring), words)}


def _short(estimate: Estimate | None, words: Words) -> Cell:
    if estimate is None:
        return "–"
    interval = h("span", words.interval(estimate), class_="interval")
    return h("span", h("b", words.percent(estimate.value)), " ", interval)


def _differences(run: Run, benchmark: Benchmark, scoring: Scoring, words: Words) -> Iterator[str]:
    spec, settings = run.spec, run.spec.settings
    name = spec.model.name.rsplit("/", 1)[-1]  # of a Hub id
    if all(row.model != name for row in benchmark.published):
        yield words("differs_model", model=spec.model.name)
    if weights := words.weights(spec.model.quantization):
        yield words("differs_quantization", quantization=words.joined("listed", weights))
    yield words("differs_wording")
    yield words("differs_budget", budget=words.number(settings.thinking_budget))
    yield words("differs_votes", votes=words("votes_both" if settings.both_orders else "votes_one", n=settings.votes))
    if len(run.judged) < spec.rows:
        yield words("differs_sample", n=words.number(len(run.judged)), rows=words.number(spec.rows))
    if scoring in DIFFERENT_RULES:
        yield words(DIFFERENT_RULES[scoring])
