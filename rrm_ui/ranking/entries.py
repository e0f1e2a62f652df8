"""What is ranked: the responses of one query, each text once, without those that no judge could read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rrm_ui.errors import BadInput, Failure, TextLimit, TooLong
from rrm_ui.judge import JudgeModel, fit_budget
from rrm_ui.prompts.encoding import clean_text
from rrm_ui.ranking.matches import MOST_RESPONSES
from rrm_ui.values import JudgeSettings


@dataclass(frozen=True)
class LeftOut:
    """A response that is not ranked."""

    places: tuple[int, ...]
    """Where it was given."""
    failure: Failure
    """Why."""


@dataclass(frozen=True)
class Entries:
    """Responses as they are ranked: each text once."""

    query: str
    texts: tuple[str, ...]
    indices: tuple[tuple[int, ...], ...]
    """For each text, the places at which it was given."""
    left_out: tuple[LeftOut, ...] = ()

    @property
    def given(self) -> int:
        """How many responses were given."""
        return sum(map(len, self.indices)) + sum(len(one.places) for one in self.left_out)

    def as_given(self) -> list[str | None]:
        """Return the texts as they were given, repeated ones included; None for one that was left out."""
        texts: list[str | None] = [None] * self.given
        for text, places in zip(self.texts, self.indices, strict=True):
            for place in places:
                texts[place] = text
        return texts


def merge_entries(query: object, responses: Sequence[object], most_characters: int | None = None) -> Entries:
    """Return ``responses`` with equal ones as one.

    Raises:
        BadInput: there are fewer than two or more than 64, or one is no text, empty, or has more than
            ``most_characters``; likewise the query.
    """
    if not 2 <= len(responses) <= MOST_RESPONSES:
        raise BadInput(
            f"There are {len(responses)} responses; give from 2 to {MOST_RESPONSES}.",
            code="responses_number",
            n=len(responses),
            most=MOST_RESPONSES,
        )
    places: dict[str, list[int]] = {}
    for number, response in enumerate(responses, start=1):
        if isinstance(response, str) and not response.strip():
            raise BadInput(f"Response {number} is empty; fill it or leave it out.", code="response_empty", n=number)
        places.setdefault(_checked(response, f"Response {number}", most_characters), []).append(number - 1)
    if isinstance(query, str) and not query.strip():
        raise BadInput("The query is empty; type or paste it, then rank again.", code="empty_query")
    asked = _checked(query, "The query", most_characters)
    return Entries(asked, tuple(places), tuple(tuple(one) for one in places.values()))


def _checked(text: object, name: str, most_characters: int | None) -> str:
    if not isinstance(text, str):
        raise BadInput(f"{name} is not text; send it as a string.")
    if most_characters is not None and len(text) > most_characters:
        raise TextLimit(
            f"{name} has {len(text):,} characters; {most_characters:,} are the most that can be judged.",
            characters=len(text),
            limit=most_characters,
        )
    return clean_text(text)


def leave_out_too_long(entries: Entries, settings: JudgeSettings, model: JudgeModel) -> Entries:
    """Return ``entries`` without the longest, until any two fit the model's context together.

    One that fits beside some others only would win or lose by matches that could not be judged, and those it lacks
    would leave the ranking without an end.

    Raises:
        BadInput: fewer than two would be left.
    """
    tokens = [model.prompts.count(text) for text in entries.texts]
    others = model.prompts.own_tokens + model.prompts.count(entries.query)
    by_length = sorted(range(len(tokens)), key=tokens.__getitem__)
    out: list[LeftOut] = []
    while len(by_length) > 1:
        try:
            fit_budget(settings, others + sum(tokens[number] for number in by_length[-2:]), model)
            break
        except TooLong as error:
            if len(entries.texts) == 2:
                raise
            out.append(LeftOut(entries.indices[by_length.pop()], error.failure))
    if out and len(by_length) < 2:
        raise BadInput(
            f"No two of the responses fit into the model's context together. {out[-1].failure.message}",
            code="responses_too_long",
        )
    kept = sorted(by_length)
    return replace(
        entries,
        texts=tuple(entries.texts[number] for number in kept),
        indices=tuple(entries.indices[number] for number in kept),
        left_out=tuple(sorted(out, key=lambda one: one.places)),
    )
