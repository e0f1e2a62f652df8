"""Whether confidence is kept: reliability diagrams and their figures, before and after a temperature."""

from __future__ import annotations

from collections.abc import Iterator

from rrm_ui.evaluation.analysis.temperature import is_determined
from rrm_ui.evaluation.findings import Calibration, Findings
from rrm_ui.evaluation.report.charts import reliability
from rrm_ui.evaluation.report.markup import Element, h
from rrm_ui.evaluation.report.parts import note, section, table
from rrm_ui.evaluation.report.words import Words


def confidence_section(findings: Findings, words: Words) -> Element | None:
    """Return the diagrams and their figures; None if there is no confidence to check."""
    named = list(_calibrations(findings, words))
    if not named:
        return None
    pictures = [picture for title, one in named if (picture := reliability(one, words, title)) is not None]
    rows = [(title, words.number(one.n), f"{one.brier:.3f}", words.percent(one.ece)) for title, one in named]
    fit = findings.temperature
    sentence = None
    if fit is not None:
        key = "temperature_is" if is_determined(fit.temperature) else "temperature_is_none"
        sentence = note(words(key, temperature=f"{fit.temperature:.2f}", n=words.number(fit.n)))
    columns = [words(key) for key in ("confidence_of", "comparisons", "brier", "ece")]
    return section(
        words("calibration"),
        note(words("calibration_note")),
        h("div", *pictures, class_="charts"),
        table(columns, rows),
        sentence,
        name="calibration-part",
    )


def _calibrations(findings: Findings, words: Words) -> Iterator[tuple[str, Calibration]]:
    for one in findings.calibration:
        if one.n:
            yield words(f"calibration_{one.of}"), one
            if one.of == "p_a" and findings.temperature:
                yield words("calibration_after"), findings.temperature.after
