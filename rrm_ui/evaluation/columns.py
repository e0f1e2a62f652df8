"""Which column of a source holds what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from rrm_ui.evaluation.labels import simplified
from rrm_ui.evaluation.problems import unusable

FIELDS = ("query", "input", "response_a", "response_b", "chosen", "rejected", "label", "id", "subset")
"""What ``columns`` may name; ``input`` is appended to the query."""

QUERIES = ("query", "prompt", "instruction", "question")
RESPONSES = ("response", "output", "answer", "completion", "conversation")
LABELS = ("label", "winner", "preference", "better")
IDS = ("id", "idx", "pairid")
SUBSETS = ("subset", "category", "source", "domain")


@dataclass(frozen=True)
class Layout:
    """The columns of one source by what they hold: two responses, or a chosen and a rejected one."""

    responses: tuple[str, str]
    chosen_first: bool
    """Whether the first of ``responses`` is the better one."""
    query: str | None = None
    input: str | None = None
    label: str | None = None
    better: tuple[str, str] | None = None
    """A chosen and a rejected response that stand beside ``responses`` and say, without a label, which is which."""
    id: str | None = None
    subset: str | None = None

    @property
    def columns(self) -> dict[str, str]:
        """What was read from which column."""
        names = ("chosen", "rejected") if self.chosen_first else ("response_a", "response_b")
        found = {"query": self.query, "input": self.input, **dict(zip(names, self.responses, strict=True))}
        found |= dict(zip(("chosen", "rejected"), self.better or (), strict=False))
        found |= {"label": self.label, "id": self.id, "subset": self.subset}
        return {field: column for field, column in found.items() if column is not None}


def recognise(name: str, present: Sequence[str], named: Mapping[str, str] | None = None) -> Layout:
    """Return the layout of a source with the columns ``present``; what ``named`` says wins.

    A column is known by its name without case, spaces, dashes and underscores.

    Raises:
        BadInput: ``named`` says something impossible, or the responses cannot be found; names what there is.
    """
    given = _named(name, present, named or {})
    known = {simplified(column): column for column in reversed(present)}

    def first(field: str, spellings: Sequence[str]) -> str | None:
        return given.get(field) or next((known[word] for word in spellings if word in known), None)

    query = first("query", QUERIES)
    extra = given.get("input")
    if query is None:
        query = known.get("input")
    elif extra is None and simplified(query) == "instruction":
        extra = known.get("input")
    if "input" in given and query in (None, extra):
        raise unusable("columns_input_alone", name=name, column=str(extra))
    responses, chosen_first = _responses(name, present, given, known)
    if chosen_first and "label" in given:
        better, worse = map(repr, responses)
        raise unusable("columns_label_given", name=name, column=given["label"], better=better, worse=worse)
    label = None if chosen_first else first("label", LABELS)
    return Layout(
        responses,
        chosen_first,
        query=query,
        input=extra,
        label=label,
        better=None if chosen_first or label else _better(responses, known),
        id=first("id", IDS),
        subset=first("subset", SUBSETS),
    )


def _named(name: str, present: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    known = {simplified(column): column for column in reversed(present)}
    given = {}
    for field, column in named.items():
        if field not in FIELDS:
            raise unusable("columns_no_field", field=repr(field), fields=", ".join(FIELDS))
        found = column if column in present else known.get(simplified(column))
        if found is None:
            raise unusable("columns_no_column", name=name, column=repr(column), columns=listed(present))
        given[field] = found
    return given


def _responses(
    name: str, present: Sequence[str], given: Mapping[str, str], known: Mapping[str, str]
) -> tuple[tuple[str, str], bool]:
    pairs = ((("response_a", "response_b"), False), (("chosen", "rejected"), True))
    asked = [(pair, chosen_first) for pair, chosen_first in pairs if any(field in given for field in pair)]
    if len(asked) > 1:
        raise unusable("columns_mixed")
    for pair, chosen_first in asked:
        found = [given.get(field) or known.get(simplified(field)) for field in pair]
        if not (found[0] and found[1]):
            missing, other = pair if found[1] else pair[::-1]
            raise unusable(
                "columns_other_response",
                name=name,
                given=other,
                column=given[other],
                missing=missing,
                columns=listed(present),
            )
        return (found[0], found[1]), chosen_first
    for first, second in _known_pairs():
        if first in known and second in known:
            return (known[first], known[second]), False
    if "chosen" in known and "rejected" in known:
        return (known["chosen"], known["rejected"]), True
    raise unusable("columns_no_responses", name=name, columns=listed(present))


def _better(responses: tuple[str, str], known: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the columns of a chosen and a rejected response, unless they are read as responses A and B."""
    found = [known[name] for name in ("chosen", "rejected") if name in known and known[name] not in responses]
    return (found[0], found[1]) if len(found) == 2 else None


def _known_pairs() -> Iterator[tuple[str, str]]:
    for word, (first, second) in product(RESPONSES, (("a", "b"), ("1", "2"))):
        yield word + first, word + second


def listed(columns: Sequence[str]) -> str:
    """Return the names of columns for a message, of many the first."""
    shown = [repr(column) for column in columns[:20]]
    return ", ".join(shown) + (", …" if len(columns) > 20 else "") if shown else "none"
