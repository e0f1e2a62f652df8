# ruff: noqa: E501 - a phrase a line reads better
"""A word that must or must not be there, at the start, at the end or anywhere."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._topics_table import TOPICS

_FRAMES: dict[Language, tuple[str, ...]] = {
    "en": ("Two words come to my mind: {} and {}.", "My neighbour wrote on a card: {} and {}.", "The answers in the quiz were {} and {}.", "On the poster it says {} and {}."),
    "zh": ("我常常想到{}和{}。", "邻居们整天谈论{}和{}。", "昨天我们读到了{}和{}。", "我很熟悉{}和{}。"),
}  # fmt: skip
_MUST: dict[Language, tuple[str, ...]] = {
    "en": ('Write a sentence about {topic} that contains "{word}".', 'One sentence on {topic}, please. Use the word "{word}".'),
    "zh": ("写一句关于{topic}的话，要包含“{word}”。", "请就{topic}写一句话，用上“{word}”。"),
}  # fmt: skip
_MUST_NOT: dict[Language, tuple[str, ...]] = {
    "en": ('Write a sentence about {topic} without the word "{word}".', 'One sentence on {topic}, please, but do not use "{word}".'),
    "zh": ("写一句关于{topic}的话，不要出现“{word}”。", "请就{topic}写一句话，但不能用“{word}”。"),
}  # fmt: skip


def make(draw: Draw, language: Language) -> Draft:
    """Return two sentences of which one obeys."""
    topic, things = draw.row(TOPICS[language])
    plain = [one for one in things if not one.startswith("a ")]
    word = draw.choice([one for one in plain if not any(one in other for other in things if other != one)])
    others = draw.sample([one for one in things if one != word], 3)
    frames = draw.sample(_FRAMES[language], 2)
    with_word = frames[0].format(*draw.shuffled([word, others[0]]))
    without = frames[1].format(others[1], others[2])
    must = draw.chance(0.5)
    has = {"en": f'has "{word}"', "zh": f"有“{word}”"}[language]
    lacks = {"en": f'does not have "{word}"', "zh": f"没有“{word}”"}[language]
    right, wrong = {"en": (": right", ": wrong"), "zh": ("，对", "，错")}[language]
    asked = {
        "en": f'The sentence must {"" if must else "not "}contain "{word}".',
        "zh": f"句子里{'必须有' if must else '不能有'}“{word}”。",
    }[language]
    query = draw.choice((_MUST if must else _MUST_NOT)[language]).format(topic=topic, word=word)
    first, second = (
        DraftResponse(with_word, has + (right if must else wrong)),
        DraftResponse(without, lacks + (wrong if must else right)),
    )
    better, worse = (first, second) if must else (second, first)
    return Draft(query, better, worse, "form", asked, steps=1)


FAMILY = Family("include-avoid", make)
