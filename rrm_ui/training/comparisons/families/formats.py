"""The same content in the form that was asked for, and in another."""

from __future__ import annotations

import json
from collections.abc import Callable

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._topics_table import TOPICS

Render = Callable[[list[str], Language], str]


def _commas(things: list[str], language: Language) -> str:
    return (", " if language == "en" else "、").join(things)


def _numbers(things: list[str], _language: Language) -> str:
    return "\n".join(f"{i}. {thing}" for i, thing in enumerate(things, 1))


def _bullets(things: list[str], _language: Language) -> str:
    return "\n".join(f"- {thing}" for thing in things)


def _array(things: list[str], _language: Language) -> str:
    return json.dumps(things, ensure_ascii=False)


def _lines(things: list[str], _language: Language) -> str:
    return "\n".join(things)


_FORMS: dict[str, tuple[Render, dict[Language, str]]] = {
    "commas": (_commas, {"en": "separated by commas on one line", "zh": "写在一行，用顿号隔开"}),
    "numbers": (_numbers, {"en": "as a numbered list", "zh": "写成编号列表"}),
    "bullets": (_bullets, {"en": "as bullet points with dashes", "zh": "写成带短横线的列表"}),
    "array": (_array, {"en": "as a JSON array", "zh": "写成JSON数组"}),
    "lines": (_lines, {"en": "one per line, without numbers or dashes", "zh": "每行一个，不要编号和短横线"}),
}
_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": ("Name three {topic}, {form}.", "List three {topic} {form}.", "Give me three {topic}. Write them {form}."),
    "zh": ("说出三种{topic}，{form}。", "列举三种{topic}，{form}。", "给我三种{topic}，请{form}。"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a list in two forms, or (in English) a sentence in two cases."""
    if language == "en" and draw.chance(0.3):
        return _case(draw)
    topic, things = draw.row(TOPICS[language])
    asked, other = draw.sample(list(_FORMS), 2)
    render, wanted = _FORMS[asked]
    other_render, got = _FORMS[other]
    return Draft(
        query=draw.choice(_QUERIES[language]).format(topic=topic, form=wanted[language]),
        better=DraftResponse(
            render(draw.sample(things, 3), language),
            {"en": f"writes them {wanted['en']}, as asked", "zh": f"{wanted['zh']}，符合"}[language],
        ),
        worse=DraftResponse(
            other_render(draw.sample(things, 3), language),
            {"en": f"writes them {got['en']}: wrong form", "zh": f"却{got['zh']}，形式不对"}[language],
        ),
        flaw="form",
        working={"en": f"They must be written {wanted['en']}.", "zh": f"要求{wanted['zh']}。"}[language],
        steps=1,
    )


def _case(draw: Draw) -> Draft:
    topic, things = draw.row(TOPICS["en"])
    chosen = ", ".join(draw.sample(things, 3))
    upper = draw.chance(0.5)
    wanted, got = ("capital letters", "small letters") if upper else ("small letters", "capital letters")
    query = draw.choice(("Name three {} in {} only.", "List three {}. Use {} only.", "Three {} in {}, please."))
    return Draft(
        query=query.format(topic, wanted),
        better=DraftResponse(chosen.upper() if upper else chosen.lower(), f"uses {wanted}, as asked"),
        worse=DraftResponse(chosen.lower() if upper else chosen.upper(), f"uses {got}: wrong"),
        flaw="form",
        working=f"Only {wanted} were asked for.",
        steps=1,
    )


FAMILY = Family("formats", make)
