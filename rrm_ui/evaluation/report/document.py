"""A report as one HTML file that asks no other host and runs no script."""

from __future__ import annotations

from importlib.resources import files

from rrm_ui.evaluation.findings import Findings, RunComparison
from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.report.items import ItemLimits
from rrm_ui.evaluation.report.markup import Element, clean, h, to_html
from rrm_ui.evaluation.report.training import training_tree
from rrm_ui.evaluation.report.two_runs import comparison_tree
from rrm_ui.evaluation.report.whole import report_tree
from rrm_ui.evaluation.report.words import Words
from rrm_ui.evaluation.training_curves import TrainingRun

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def report_html(
    run: Run,
    findings: Findings,
    *,
    language: str = "en",
    comparison: tuple[Run, RunComparison] | None = None,
) -> str:
    """Return the report of ``run`` as a file; ``comparison`` adds how it differs from a second run."""
    words = Words(language)
    compared = []
    if comparison is not None:
        compared.append(comparison_tree(run, *comparison, words, to_compare=False))
    return _document(
        f"{run.spec.name} · {run.spec.model.name}", report_tree(run, findings, words, ItemLimits(), *compared)
    )


def comparison_html(first: Run, second: Run, comparison: RunComparison, *, language: str = "en") -> str:
    """Return the comparison of two runs over the same items as a file."""
    words = Words(language)
    tree = comparison_tree(first, second, comparison, words, to_compare=False)
    heading = h("header", h("h1", first.spec.name), class_="part headline-part")
    return _document(
        f"{first.spec.name} · {words('two_runs')}",
        h("article", heading, tree, class_="report", lang=words.language),
    )


def training_html(run: TrainingRun, *, language: str = "en") -> str:
    """Return the curves of a training run as a file."""
    return _document(run.name, training_tree(run, Words(language)))


def report_styles(*, standalone: bool) -> str:
    """Return the styles of a report; ``standalone`` adds the tokens and the ground that a page has already."""
    folder = files("rrm_ui.evaluation.report")
    names = ("standalone", "report") if standalone else ("report",)
    return "\n".join(folder.joinpath(f"{name}.css").read_text(encoding="utf-8") for name in names)


def _document(title: str, body: Element) -> str:
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", http_equiv="Content-Security-Policy", content=POLICY),
        h("title", clean(title)),
    )
    # The styles are ours and hold none of the characters that end a style element; escaping would change them.
    styles = f"<style>\n{report_styles(standalone=True)}\n</style>"
    opened = to_html(head).removesuffix("</head>")
    language = body.attributes.get("lang", "en")
    return f'<!doctype html>\n<html lang="{language}">{opened}{styles}</head><body>{to_html(body)}</body></html>\n'
