"""The sections of a report that are tables: subsets, classes, early stopping, bias, patterns."""

from __future__ import annotations

from rrm_ui.evaluation.findings import Estimate, Findings, Scores, Scoring
from rrm_ui.evaluation.report.markup import Element
from rrm_ui.evaluation.report.parts import Cell, gauge, note, prose, section, table
from rrm_ui.evaluation.report.words import Words


def subsets_section(findings: Findings, words: Words) -> Element | None:
    """Return the scores of every subset with what each left open; None without subsets."""
    if not findings.subsets:
        return None
    scoring = findings.curves.scoring
    rows = [_scored(subset.name, subset.scores, scoring, words) for subset in findings.subsets]
    rows.append(_scored(words("all"), findings.scores, scoring, words))
    keys = ("subset", "comparisons", "accuracy", "undecided", "no_verdict")
    return section(words("subsets"), table([words(key) for key in keys], rows, last="total"), name="subsets-part")


def _scored(name: str, scores: Scores, scoring: Scoring, words: Words) -> list[Cell]:
    accuracy = gauge(scores.by(scoring) if scores.n else None, words)
    return [name, words.number(scores.n), accuracy, words.percent(scores.undecided), words.percent(scores.no_verdict)]


def classes_section(findings: Findings, words: Words) -> Element | None:
    """Return three-class scores as PandaLM gives them; None without ties among the labels."""
    if not findings.classes:
        return None
    rows = [
        (
            words("rows_all" if scores.rows == "all" else "rows_without_ties"),
            words.number(scores.n),
            *(
                words.percent(share, 2)
                for share in (scores.accuracy, scores.macro_precision, scores.macro_recall, scores.macro_f1)
            ),
            words.percent(scores.no_verdict),
        )
        for scores in findings.classes
    ]
    keys = ("rows", "comparisons", "accuracy", "macro_precision", "macro_recall", "macro_f1", "no_verdict")
    columns = [words(key) for key in keys]
    return section(words("classes"), note(words("classes_note")), table(columns, rows), name="classes-part")


def early_stopping_table(findings: Findings, words: Words) -> Element | None:
    """Return what stopping at some confidence would have saved and cost; None if nothing was computed."""
    points = findings.curves.early_stopping
    if not points:
        return None
    rows = [
        (
            words.percent(point.confidence, 0 if point.confidence <= 0.99 else 1),
            words.number(point.votes, 1),
            words.number(point.tokens),
            gauge(point.accuracy, words),
        )
        for point in points
    ]
    columns = [words(key) for key in ("stop_at", "votes_mean", "tokens_per_comparison", "accuracy")]
    return section(words("early_stopping"), note(words("early_note")), table(columns, rows), name="early-part")


def bias_section(findings: Findings, words: Words) -> Element | None:
    """Return whether place or length decided; None if neither could be measured."""
    rows: list[tuple[str, Estimate | None, str]] = []
    if findings.position:
        rows.append((words("first_share"), findings.position.first_share, words("first_share_note")))
        if findings.position.flips:
            rows.append((words("order_flips"), findings.position.flips, words("order_flips_note")))
    if length := findings.length:
        labelled = words.percent(length.labelled_longer)
        rows.append((words("judged_longer"), length.judged_longer, words("judged_longer_note", labelled=labelled)))
        rows.append((words("accuracy_longer"), length.accuracy_longer, ""))
        rows.append((words("accuracy_shorter"), length.accuracy_shorter, ""))
    if not rows:
        return None
    cells = [(name, gauge(estimate, words), prose(explains)) for name, estimate, explains in rows]
    return section(words("bias"), table((words("figure"), words("share"), words("reads")), cells), name="bias-part")


def patterns_section(findings: Findings, words: Words) -> Element | None:
    """Return how many votes show each reasoning pattern; None if the votes hold no thinking."""
    if not findings.patterns or findings.thinking_tokens_mean == 0:
        return None
    rows = [
        (
            words.known(f"pattern_{pattern.name}", pattern.name),
            words.percent(pattern.share),
            words.number(pattern.votes),
            words.number(pattern.per_thousand_tokens, 1),
            prose(words.known(f"pattern_{pattern.name}_means", "")),
        )
        for pattern in findings.patterns
    ]
    columns = [words(key) for key in ("pattern", "share_of_votes", "votes", "per_thousand", "reads")]
    return section(words("patterns"), table(columns, rows), name="patterns-part")
