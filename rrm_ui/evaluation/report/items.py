"""The comparisons of a run one by one: what is wrong comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rrm_ui.errors import Failure
from rrm_ui.evaluation.analysis.counted import CountedItem, count_run, outcome_by
from rrm_ui.evaluation.findings import Scoring
from rrm_ui.evaluation.items import Item
from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.report.markup import Child, Element, h
from rrm_ui.evaluation.report.parts import mark, note, section
from rrm_ui.evaluation.report.words import Words
from rrm_ui.values import Vote

State = Literal["wrong", "undecided", "no_verdict", "right", "tie", "unlabelled"]
STATES: tuple[State, ...] = ("wrong", "undecided", "no_verdict", "right", "tie", "unlabelled")
"""In the order in which they are listed."""


@dataclass(frozen=True)
class ItemLimits:
    """How much of a long run is listed."""

    rows: int = 5000
    with_texts: int = 400
    """Rows that hold their three texts; the later ones only say what came out."""
    characters: int = 4000
    """Longest text that is given in full."""
    to_compare: bool = False
    """Whether rows have the button that opens them on the Compare page."""
    to_votes: bool = False
    """Whether the marks of votes are buttons that open them, to be read in full."""


def items_section(run: Run, scoring: Scoring, words: Words, limits: ItemLimits) -> Element:
    """Return the list of judged items, grouped by what came out, wrong ones first."""
    by_state: dict[State, list[CountedItem]] = {state: [] for state in STATES}
    for counted in count_run(run):
        by_state[state_of(counted, scoring)].append(counted)
    errors = {judged.item.id: judged.error for judged in run.judged if judged.error}
    groups: list[Child] = []
    room, texts = limits.rows, limits.with_texts
    for state in STATES:
        group, shown = by_state[state], by_state[state][: max(0, room)]
        if group:
            rows = [
                _row(one, scoring, errors.get(one.item.id), words, limits, with_texts=index < texts)
                for index, one in enumerate(shown)
            ]
            groups.append(_group(state, rows, len(group), words))
        room, texts = room - len(shown), texts - len(shown)
    pending = len(run.judged) - len(run.complete)
    if pending:
        groups.append(note(words("pending", n=words.number(pending))))
    votes = note(words("votes_open")) if limits.to_votes else None
    return section(words("items"), note(words("items_note")), votes, *groups, name="items-part")


def state_of(counted: CountedItem, scoring: Scoring) -> State:
    """Return what came out for one item: its verdict, by ``scoring``, against its label."""
    if counted.item.label == "tie":
        return "tie"
    outcome = outcome_by(counted.tally, scoring)
    if outcome in ("undecided", "no_verdict"):
        return outcome
    if counted.label is None:
        return "unlabelled"
    return "right" if outcome == counted.label else "wrong"


def _group(state: State, rows: Sequence[Element], all_: int, words: Words) -> Element:
    hidden = all_ - len(rows)
    more = note(words("not_listed", n=words.number(hidden))) if hidden else None
    title = h("summary", words(f"group_{state}"), h("span", words.number(all_), class_="amount"))
    return h("details", title, *rows, more, class_=f"group {state}", open=state == "wrong")


def _row(
    counted: CountedItem, scoring: Scoring, error: Failure | None, words: Words, limits: ItemLimits, *, with_texts: bool
) -> Element:
    item, tally = counted.item, counted.tally
    outcome = outcome_by(tally, scoring)
    verdict = outcome if outcome in ("A", "B") else words(f"outcome_{outcome}")
    line = [
        h("bdi", item.id, class_="item-id"),
        h("bdi", item.subset, class_="item-subset"),
        h("span", words("label_is", label=_label(item, words)), class_="item-label"),
        h("span", words("verdict_is", verdict=verdict), class_="item-verdict"),
        h("span", *(_vote_mark(vote, item, words, limits) for vote in counted.votes), class_="item-votes"),
        h("span", "" if tally.p_a is None else f"P(A) {tally.p_a:.2f}", class_="item-p"),
    ]
    inside: list[Child] = [h("p", words.problem(error), class_="warning") if error else None]
    if not item.has_texts:
        inside.append(note(words("texts_left_out")))
    elif with_texts:
        inside += _texts(item, words, limits)
    else:
        inside.append(note(words("texts_not_repeated")))
    return h("details", h("summary", *line), h("div", *inside, class_="item-texts"), class_="item")


def _label(item: Item, words: Words) -> str:
    return words("tie") if item.label == "tie" else item.label or "–"


def _vote_mark(vote: Vote, item: Item, words: Words, limits: ItemLimits) -> Element:
    says = words("vote_says", n=vote.index + 1, order=words(f"order_{vote.order}"), tokens=vote.thinking_tokens)
    sign = mark(vote.choice, says)
    if not limits.to_votes:
        return sign
    label = words("read_vote", vote=says, verdict=vote.choice or words("outcome_no_verdict"))
    names = {"type": "button", "class_": "vote-opener", "aria_label": label}
    return h("button", sign, **names, data_of=item.id, data_vote=str(vote.index))


def _texts(item: Item, words: Words, limits: ItemLimits) -> Iterable[Child]:
    for name, text in (("query", item.query), ("response_a", item.response_a), ("response_b", item.response_b)):
        cut = len(text) - limits.characters
        shown = text[: limits.characters] if cut > 0 else text
        rest = h("em", words("characters_more", n=words.number(cut))) if cut > 0 else None
        yield h("div", h("h3", words(name)), h("p", shown, rest, dir="auto"), class_=f"text {name}")
    if limits.to_compare:
        yield h("button", words("open_in_compare"), type="button", class_="plain", data_item=item.id)
