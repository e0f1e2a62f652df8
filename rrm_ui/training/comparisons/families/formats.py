"""The same content in the form that was asked for, and in another."""

from __future__ import annotations

import json
from collections.abc import Callable

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import JUDGED
from rrm_ui.training.comparisons.families._topics_table import TOPICS, measure_word

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


_FORMS: dict[str, tuple[Render, dict[Language, str], dict[Language, str]]] = {
    "commas": (
        _commas,
        {"en": "separated by commas on one line", "zh": "写在一行，用顿号隔开"},
        {"en": "commas", "zh": "一行加顿号"},
    ),
    "numbers": (_numbers, {"en": "as a numbered list", "zh": "写成编号列表"}, {"en": "numbers", "zh": "编号"}),
    "bullets": (
        _bullets,
        {"en": "as bullet points with dashes", "zh": "写成带短横线的列表"},
        {"en": "dashes", "zh": "短横线"},
    ),
    "array": (_array, {"en": "as a JSON array", "zh": "写成JSON数组"}, {"en": "JSON", "zh": "JSON"}),
    "lines": (
        _lines,
        {"en": "one per line, without numbers or dashes", "zh": "每行一个，不要编号和短横线"},
        {"en": "bare lines", "zh": "每行一个"},
    ),
}
"""How each is written, how it is asked for, and what a thought calls it."""
_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": ("Name three {topic}, {form}.", "List three {topic} {form}.", "Give me three {topic}. Write them {form}."),
    "zh": ("说出三{of}{topic}，{form}。", "列举三{of}{topic}，{form}。", "给我三{of}{topic}，请{form}。"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a list in two forms, or (in English) a sentence in two cases."""
    if language == "en" and draw.chance(0.3):
        return _case(draw)
    topic, things = draw.row(TOPICS[language])
    asked, other = draw.sample(list(_FORMS), 2)
    if (asked, other) == ("commas", "array"):  # which has its commas too
        other = "bullets"
    render, wanted, name = _FORMS[asked]
    other_render, _, other_name = _FORMS[other]
    better, worse = render(draw.sample(things, 3), language), other_render(draw.sample(things, 3), language)
    wrote = {"en": "writes {}, which is {}: {}", "zh": "写“{}”，是{}，{}"}[language]
    right, wrong = JUDGED[language]
    return Draft(
        query=draw.choice(_QUERIES[language]).format(topic=topic, form=wanted[language], of=measure_word(topic)),
        better=DraftResponse(better, wrote.format(_first_line(better), name[language], right)),
        worse=DraftResponse(worse, wrote.format(_first_line(worse), other_name[language], wrong)),
        flaw="form",
        working={"en": f"Wanted: {name['en']}.", "zh": f"要求：{name['zh']}。"}[language],
        steps=1,
    )


def _first_line(text: str) -> str:
    return text.split("\n")[0]


def _case(draw: Draw) -> Draft:
    topic, things = draw.row(TOPICS["en"])
    chosen = ", ".join(draw.sample(things, 3))
    upper = draw.chance(0.5)
    wanted, got = ("capital letters", "small letters") if upper else ("small letters", "capital letters")
    query = draw.choice(("Name three {} in {} only.", "List three {}. Use {} only.", "Three {} in {}, please."))
    better, worse = (chosen.upper(), chosen.lower()) if upper else (chosen.lower(), chosen.upper())
    return Draft(
        query=query.format(topic, wanted),
        better=DraftResponse(better, f"writes {better}, which is {wanted}: right"),
        worse=DraftResponse(worse, f"writes {worse}, which is {got}: wrong"),
        flaw="form",
        working=f"Wanted: {wanted}.",
        steps=1,
    )


FAMILY = Family("formats", make)
