"""A draft whose responses are one short answer each, and small helpers that several families use."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.styles import dress

_RIGHT: dict[Language, tuple[str, ...]] = {
    "en": ("says {}: right", "gives {}: correct", "answers {}, which is right", "has {}: right"),
    "zh": ("说{}，对", "答{}，正确", "给出{}，是对的", "写的是{}，对"),
}
_WRONG: dict[Language, tuple[str, ...]] = {
    "en": (
        "says {wrong}, not {right}: wrong",
        "gives {wrong} instead of {right}: wrong",
        "answers {wrong}, but it is {right}: wrong",
        "has {wrong}, not {right}: incorrect",
    ),
    "zh": (
        "说{wrong}，不是{right}，错",
        "答{wrong}，应为{right}，错误",
        "给出{wrong}，而不是{right}，不对",
        "写的是{wrong}，不是{right}，错",
    ),
}


def right_finding(draw: Draw, language: Language, right: str) -> str:
    """Return the finding about a response that answers ``right``."""
    return draw.choice(_RIGHT[language]).format(right)


def wrong_finding(draw: Draw, language: Language, wrong: str, right: str) -> str:
    """Return the finding about a response that answers ``wrong`` where ``right`` is meant."""
    return draw.choice(_WRONG[language]).format(wrong=wrong, right=right)


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
        better=DraftResponse(dress(draw, language, right, reasons), right_finding(draw, language, right)),
        worse=DraftResponse(dress(draw, language, wrong, wrong_reasons), wrong_finding(draw, language, wrong, right)),
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
