"""A draft whose responses are one short answer each, and small helpers that several families use."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.styles import dress

JUDGED: dict[Language, tuple[str, str]] = {"en": ("right", "wrong"), "zh": ("对", "错")}
"""How a finding ends, always: right, wrong."""


def right_finding(language: Language, right: str) -> str:
    """Return the finding about a response that answers ``right``."""
    return f"says {right}: right" if language == "en" else f"说{right}，对"


def wrong_finding(language: Language, wrong: str, right: str) -> str:
    """Return the finding about a response that answers ``wrong`` where ``right`` is meant."""
    return f"says {wrong}, not {right}: wrong" if language == "en" else f"说{wrong}，不是{right}，错"


def with_places(language: Language, parts: Sequence[str]) -> str:
    """Return ``parts`` each with its place, so that counting them is reading the last one."""
    if language == "en":
        return ", ".join(f"{part} {place}" for place, part in enumerate(parts, 1))
    return "、".join(f"{part}{place}" for place, part in enumerate(parts, 1))


def excerpt(language: Language, text: str) -> str:
    """Return the beginning of ``text`` for a finding to quote: what is quoted first is judged more reliably."""
    line = text.strip().split("\n")[0]
    start = " ".join(line.split(" ")[:6]) if language == "en" else re.split("[“”]", line)[0][:12]
    return start.rstrip(' .,;:!?。，；：！？、"') or start


def short_answers(
    draw: Draw,
    language: Language,
    *,
    query: str,
    right: str,
    wrong: str,
    working: str,
    reasons: str = "",
    wrong_reasons: str = "",
    flaw: Flaw = "slip",
    steps: int = 1,
) -> Draft:
    """Return the draft whose responses say ``right`` and ``wrong``, each in a style of its own.

    Raises:
        ValueError: both say the same, or one says nothing.
    """
    if not right or not wrong or right == wrong:
        raise ValueError(f"{right!r} and {wrong!r} are no comparison")
    return Draft(
        query=query,
        better=DraftResponse(dress(draw, language, right, reasons), right_finding(language, right)),
        worse=DraftResponse(dress(draw, language, wrong, wrong_reasons), wrong_finding(language, wrong, right)),
        flaw=flaw,
        working=working,
        steps=steps,
    )


def altered(draw: Draw, text: str) -> str:
    """Return ``text`` with one character left out, doubled, or swapped with its neighbour."""
    while True:
        place = draw.integer(0, len(text) - 2)
        kind = draw.choice(("drop", "double", "swap", "swap"))
        if kind == "drop":
            changed = text[:place] + text[place + 1 :]
        elif kind == "double":
            changed = text[: place + 1] + text[place:]
        else:
            changed = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        if changed != text:
            return changed


def ordinal(number: int) -> str:
    """Return ``number`` (below 20) as an English ordinal: 1st, 2nd, 3rd, 4th."""
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number, 'th') }"


def reversal(word: str) -> str:
    """Return how an English ``word`` is turned around, each letter with its place so that none is lost."""
    places = range(len(word), 0, -1)
    there = with_places("en", word)
    back = ", ".join(f"{sign} {place}" for place, sign in zip(places, reversed(word), strict=True))
    return f"{there}; from the end {back}: {word[::-1]}."
