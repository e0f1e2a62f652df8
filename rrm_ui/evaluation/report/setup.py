"""What was run: everything that one needs to run it again, and to doubt it."""

from __future__ import annotations

from collections.abc import Iterator

from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.report.markup import Element, h
from rrm_ui.evaluation.report.parts import facts, section
from rrm_ui.evaluation.report.words import Words

MOST_BROKEN = 100
"""Broken rows that a report lists; it says how many more there are."""


def setup_section(run: Run, words: Words) -> Element:
    """Return data, model, settings, versions, machine and time."""
    pairs = [(words(name), value) for name, value in _pairs(run, words)]
    return section(words("setup"), facts(pairs, "setup"), name="setup-part")


def broken_section(run: Run, words: Words) -> Element | None:
    """Return the rows of the source that hold no comparison, and why; None if all do."""
    broken = run.spec.broken
    if not broken:
        return None
    rows = [h("li", words.named(words("line", n=row.line), words.problem(row.why))) for row in broken[:MOST_BROKEN]]
    if len(broken) > MOST_BROKEN:
        rows.append(h("li", words("more", n=words.number(len(broken) - MOST_BROKEN))))
    return section(words("broken", n=words.number(len(broken))), h("ul", *rows, class_="broken"), name="broken-part")


def _pairs(run: Run, words: Words) -> Iterator[tuple[str, str]]:
    spec, model, settings = run.spec, run.spec.model, run.spec.settings
    yield "data", f"{spec.name} · {spec.source}" if spec.source else spec.name
    rows, done = words.number(spec.rows), words.number(len(run.judged))
    yield "rows", words("sample", n=done, rows=rows) if len(run.judged) < spec.rows else rows
    yield "digest", spec.data_digest
    if spec.columns:
        yield "columns", " · ".join(f"{part} ← {column}" for part, column in spec.columns.items())
    weights = words.weights(model.quantization) or [words("unquantized")]
    parts = (model.name, model.revision, *weights, model.device)
    yield "model", " · ".join(part for part in parts if part)
    yield "wording", f"{model.prompt_family} {model.prompt_hash}"
    if model.adapter_hash:
        yield "adapter", model.adapter_hash
    yield "votes", words("votes_both" if settings.both_orders else "votes_one", n=settings.votes)
    yield "budget", words.thinking(settings.thinking_budget)
    yield "sampling", words("sampling_is", temperature=settings.temperature, top_p=settings.top_p, seed=settings.seed)
    yield "probes", words("probe_every", n=settings.probe_every) if settings.probe_every else words("none")
    if settings.close_when_sure:
        yield "closing", words("closing_is", n=settings.sure_probes, at=settings.sure_at)
    yield "machine", spec.machine
    yield "versions", " · ".join(f"{name} {version}" for name, version in spec.versions.items())
    yield "created", spec.created
    yield "time", words.duration(run.seconds)
