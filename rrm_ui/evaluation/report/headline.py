"""The beginning of a report: how good the judge was, by every rule, and what it left open."""

from __future__ import annotations

from rrm_ui.evaluation.findings import SCORINGS, Findings
from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.report.markup import Child, Element, h
from rrm_ui.evaluation.report.parts import facts, gauge, note, prose, table
from rrm_ui.evaluation.report.words import Words


def headline(run: Run, findings: Findings, words: Words) -> Element:
    """Return title, accuracy by the chosen rule, the three rules side by side, and what stands beside them."""
    return h(
        "header",
        h("h1", run.spec.name),
        h("p", " · ".join(_configuration(run, words)), class_="note"),
        _unfinished(run, words),
        *_hindered(run, words),
        _accuracy(findings, words),
        note(words("grouped")) if findings.scores.n and run.shares_prompts else None,
        class_="part headline-part",
    )


def _configuration(run: Run, words: Words) -> list[str]:
    settings, model = run.spec.settings, run.spec.model
    thinking = words.thinking(settings.thinking_budget)
    named = [model.name, *words.weights(model.quantization), thinking, words("n_votes", n=settings.votes)]
    return [*named, words("demonstration")] if model.demonstration else named


def _unfinished(run: Run, words: Words) -> Element | None:
    """Return the warning that a run does not hold all its votes."""
    done, all_ = len(run.complete), len(run.judged)
    if run.state == "finished" and done == all_:
        return None
    return h("p", words(f"state_{run.state}", done=words.number(done), all=words.number(all_)), class_="warning")


def _hindered(run: Run, words: Words) -> list[Element]:
    """Return the warnings about comparisons that were not judged as asked: not at all, or with less thinking."""
    warnings: list[str] = []
    errors = [judged.error for judged in run.judged if judged.error]
    if errors:
        warnings.append(words("not_judged", n=words.number(len(errors)), reason=words.problem(errors[0])))
    cuts = [judged.cut_to for judged in run.complete if judged.cut_to is not None]
    if cuts:
        warnings.append(words("budget_cut", n=words.number(len(cuts)), least=words.number(min(cuts))))
    return [h("p", warning, class_="warning") for warning in warnings]


def _accuracy(findings: Findings, words: Words) -> Element:
    if findings.scores.n == 0:
        return h("div", note(words("no_labels")), _beside(findings, words))
    rule = findings.curves.scoring
    best = findings.scores.by(rule)
    figure = h(
        "p",
        h("strong", words.percent(best.value), class_="figure"),
        h("span", words("accuracy_of", n=words.number(findings.scores.n)), h("br"), _interval(findings, words)),
        class_="accuracy",
    )
    rows = [
        (words(f"rule_{scoring}"), gauge(findings.scores.by(scoring), words), prose(words(f"rule_{scoring}_means")))
        for scoring in SCORINGS
    ]
    rules = table((words("rule"), words("accuracy"), words("counts_as")), rows)
    return h("div", figure, _beside(findings, words), h("div", rules, class_="rules"))


def _interval(findings: Findings, words: Words) -> Child:
    rule = findings.curves.scoring
    return words("interval_and_rule", interval=words.interval(findings.scores.by(rule)), rule=words(f"rule_{rule}"))


def _beside(findings: Findings, words: Words) -> Element:
    """Return what stands beside every figure: what was left open, and what it cost."""
    tokens = findings.tokens / findings.n if findings.n else 0.0
    pairs = [
        ("undecided", words.percent(findings.scores.undecided)),
        ("no_verdict", words.percent(findings.scores.no_verdict)),
        ("orders_agree", words.percent(findings.order_consistency)),
        ("thinking_mean", words.number(findings.thinking_tokens_mean)),
        ("tokens_per_comparison", words.number(tokens)),
        ("closed_by_budget", words.percent(findings.closed_by_budget)),
    ]
    if findings.failed_votes:
        pairs.append(("failed_votes", words.number(findings.failed_votes)))
    if findings.ties:
        pairs.append(("ties", words.number(findings.ties)))
    return facts([(words(key), value) for key, value in pairs])
