"""Two runs over the same comparisons: who is right where the other is wrong."""

from __future__ import annotations

from rrm_ui.evaluation.findings import Flip, RunComparison
from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.report.markup import Element, h
from rrm_ui.evaluation.report.parts import Cell, facts, note, section, table
from rrm_ui.evaluation.report.words import Words

MOST_FLIPS = 500
"""Comparisons that are listed; the report says how many more there are."""


def comparison_tree(first: Run, second: Run, comparison: RunComparison, words: Words, *, to_compare: bool) -> Element:
    """Return what differs between two runs; ``to_compare`` adds the buttons that open a comparison on its page."""
    return h(
        "div",
        section(words("two_runs"), *_whole(first, second, comparison, words), name="two-runs"),
        _subsets(comparison, words),
        _flips(comparison, words, to_compare),
    )


def describe_run(run: Run, words: Words) -> str:
    """Return one line that tells a run from others over the same data."""
    spec = run.spec
    thinking = words.thinking(spec.settings.thinking_budget)
    parts = (spec.model.name, thinking, words("n_votes", n=spec.settings.votes), words("seed_is", n=spec.settings.seed))
    return " · ".join(parts)


def _whole(first: Run, second: Run, comparison: RunComparison, words: Words) -> list[Element]:
    runs = facts(
        [(words("first_run"), describe_run(first, words)), (words("second_run"), describe_run(second, words))], "setup"
    )
    share = [words.percent(count / comparison.n if comparison.n else None) for count in _counts(comparison)]
    keys = ("both_right", "only_first", "only_second", "neither")
    rows = [
        (words(key), words.number(count), percent)
        for key, count, percent in zip(keys, _counts(comparison), share, strict=True)
    ]
    shared = comparison.prompts < comparison.n
    p_value = "< 0.001" if comparison.p_value < 0.001 else f"= {comparison.p_value:.3f}"
    return [
        runs,
        table(("", words("comparisons"), words("share")), rows),
        note(words("right_by", rule=words(f"rule_{comparison.scoring}"))),
        note(words("sign_flips" if shared else "mcnemar", n=words.number(comparison.prompts), p=p_value)),
    ]


def _counts(comparison: RunComparison) -> tuple[int, int, int, int]:
    return comparison.both, comparison.only_first, comparison.only_second, comparison.neither


def _subsets(comparison: RunComparison, words: Words) -> Element | None:
    if len(comparison.by_subset) < 2:
        return None
    rows = [(name, words.number(first), words.number(second)) for name, first, second in comparison.by_subset]
    columns = (words("subset"), words("only_first"), words("only_second"))
    return section(words("flips_by_subset"), table(columns, rows), name="flips-by-subset")


def _flips(comparison: RunComparison, words: Words, to_compare: bool) -> Element:
    shown = comparison.flips[:MOST_FLIPS]
    columns = [words("item"), words("subset"), words("label"), words("first_run"), words("second_run")]
    rows = [[*_flip(flip, words), *([_opener(flip, words)] if to_compare else [])] for flip in shown]
    hidden = len(comparison.flips) - len(shown)
    title = words("flips", n=words.number(len(comparison.flips)))
    if not rows:
        return section(title, note(words("no_flips")), name="flips")
    listed = h("details", h("summary", words("show_list")), table([*columns, *([""] if to_compare else [])], rows))
    more = note(words("not_listed", n=words.number(hidden))) if hidden else None
    return section(title, note(words("flips_note")), listed, more, name="flips")


def _flip(flip: Flip, words: Words) -> list[Cell]:
    label = words("tie") if flip.label == "tie" else flip.label or "–"
    verdicts = [words.known(f"outcome_{name}", name) for name in (flip.first, flip.second)]
    return [h("bdi", flip.item), h("bdi", flip.subset), label, *verdicts]


def _opener(flip: Flip, words: Words) -> Element:
    return h("button", words("open_in_compare"), type="button", class_="plain", data_item=flip.item)
