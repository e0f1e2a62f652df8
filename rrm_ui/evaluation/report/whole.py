"""All sections of a run's report in their order."""

from __future__ import annotations

from rrm_ui.evaluation.findings import Findings
from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.report.charts import accuracy_by_budget, accuracy_by_tokens, accuracy_by_votes
from rrm_ui.evaluation.report.confidence import confidence_section
from rrm_ui.evaluation.report.headline import headline
from rrm_ui.evaluation.report.items import ItemLimits, items_section
from rrm_ui.evaluation.report.markup import Element, h
from rrm_ui.evaluation.report.parts import note, section
from rrm_ui.evaluation.report.published import published_section
from rrm_ui.evaluation.report.setup import broken_section, setup_section
from rrm_ui.evaluation.report.tables import (
    bias_section,
    classes_section,
    early_stopping_table,
    patterns_section,
    subsets_section,
)
from rrm_ui.evaluation.report.words import Words


def report_tree(run: Run, findings: Findings, words: Words, limits: ItemLimits, *compared: Element) -> Element:
    """Return the report; ``compared`` (a comparison with another run) stands before the list of items."""
    scored = findings.scores.n > 0
    return h(
        "article",
        headline(run, findings, words),
        published_section(run, findings, words) if scored else None,
        _curves(run, findings, words) if scored else None,
        early_stopping_table(findings, words) if scored else None,
        subsets_section(findings, words) if scored else None,
        classes_section(findings, words),
        confidence_section(findings, words) if scored else None,
        bias_section(findings, words),
        patterns_section(findings, words),
        *compared,
        items_section(run, findings.curves.scoring, words, limits),
        broken_section(run, words),
        setup_section(run, words),
        class_="report",
        lang=words.language,
    )


def _curves(run: Run, findings: Findings, words: Words) -> Element | None:
    drawn = (
        accuracy_by_votes(findings.curves, words, both_orders=run.spec.settings.both_orders),
        accuracy_by_budget(findings.curves, words),
        accuracy_by_tokens(findings.curves, words),
    )
    pictures = [picture for picture in drawn if picture is not None]
    if not pictures:
        return None
    rule = words(f"rule_{findings.curves.scoring}")
    shares = words(
        "left_open", undecided=words.percent(findings.scores.undecided), none=words.percent(findings.scores.no_verdict)
    )
    return section(
        words("curves"),
        note(words("curves_note", rule=rule, shares=shares)),
        h("div", *pictures, class_="charts"),
        name="curves-part",
    )
