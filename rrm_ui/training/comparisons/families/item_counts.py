# ruff: noqa: E501 - a phrase a line reads better
"""Exactly so many things were asked for."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._prose import prose
from rrm_ui.training.comparisons.families._topics_table import TOPICS, is_plain, measure_word, realm_of

_NUMBERS: dict[Language, tuple[str, ...]] = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven"),
    "zh": ("零", "一", "两", "三", "四", "五", "六", "七"),
}
_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": ("Name {n} {topic}.", "Give me exactly {n} examples of {topic}.", "List {n} {topic}, please.", "Tell me {n} {topic}."),
    "zh": ("请说出{n}{of}{topic}。", "列举{n}{of}{topic}。", "给我正好{n}{of}{topic}的例子。", "请写出{n}{of}{topic}。"),
}  # fmt: skip


def make(draw: Draw, language: Language) -> Draft:
    """Return a list of the asked length against one that is too short, too long, repeats, or strays."""
    topic, things = draw.row(TOPICS[language])
    count = draw.integer(2, 5)
    number = draw.choice((_NUMBERS[language][count], str(count)))
    working = {
        "en": f"The query asks for {count} {topic}.",
        "zh": f"要求说出{count}{measure_word(topic)}{topic}。",
    }[language]
    right = draw.sample(things, count)
    wrong, finding, flaw = _wrong(draw, language, topic, things, count)
    listed = {"en": "gives {}: {}, right", "zh": "给出{}：共{}个，对"}[language].format(
        _numbered(language, right), count
    )
    return Draft(
        query=draw.choice(_QUERIES[language]).format(n=number, topic=topic, of=measure_word(topic)),
        better=DraftResponse(_listed(draw, language, right), listed),
        worse=DraftResponse(_listed(draw, language, wrong), finding),
        flaw=flaw,
        working=working,
        steps=2,
    )


def _wrong(
    draw: Draw, language: Language, topic: str, things: tuple[str, ...], count: int
) -> tuple[list[str], str, Flaw]:
    elsewhere = [row for row in draw.rows(TOPICS[language]) if realm_of(row[0]) != realm_of(topic)]
    kind = draw.choice(("short", "short", "long", "repeated", "stray" if elsewhere else "repeated"))
    if kind in ("short", "long"):
        size = count + draw.choice((1, 2)) if kind == "long" else max(1, count - draw.choice((1, 2)))
        chosen = draw.sample(things, size)
        numbered = _numbered(language, chosen)
        text = {
            "en": f"gives {numbered}: {size}, not {count}, wrong",
            "zh": f"给出{numbered}：共{size}个，不是{count}个，错",
        }[language]
        return chosen, text, "form"
    chosen = draw.sample(things, count)
    if kind == "repeated":
        chosen[-1] = chosen[0]
        text = {"en": f"names {chosen[0]} twice: wrong", "zh": f"把{chosen[0]}说了两遍，错"}[language]
        return chosen, text, "form"
    other, strangers = draw.choice(elsewhere)
    chosen[draw.integer(0, count - 1)] = stranger = draw.choice([one for one in strangers if is_plain(one)])
    text = {
        "en": f"names {stranger}, one of the {other}: wrong",
        "zh": f"说了{stranger}，属于{other}，错",
    }[language]
    return chosen, text, "slip"


def _numbered(language: Language, things: list[str]) -> str:
    if language == "en":
        return ", ".join(f"{i} {thing}" for i, thing in enumerate(things, 1))
    return "、".join(f"{i}{thing}" for i, thing in enumerate(things, 1))


def _listed(draw: Draw, language: Language, things: list[str]) -> str:
    style = draw.choice(("commas", "numbers", "bullets", "sentence"))
    if style == "numbers":
        return "\n".join(f"{i}. {thing}" for i, thing in enumerate(things, 1))
    if style == "bullets":
        return "\n".join(f"- {thing}" for thing in things)
    text = (", " if language == "en" else "、").join(things)
    return text if style == "commas" else prose(draw, language, text + ("." if language == "en" else "。"))


FAMILY = Family("item-counts", make)
