"""How often a letter occurs, how many words a sentence has, how many of a kind are in a list."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import short_answers, with_places
from rrm_ui.training.comparisons.families._words_table import CHINESE_ITEMS, ENGLISH_ITEMS, ENGLISH_WORDS, PHRASES

_LETTER: dict[Language, tuple[str, ...]] = {
    "en": (
        'How many times does the letter "{what}" occur in "{text}"?',
        'How many {what}\'s are there in the word "{text}"?',
        'Count the letter "{what}" in "{text}".',
        'Tell me how often "{what}" appears in the word "{text}", please.',
        'the word is "{text}". how many "{what}" does it have?',
    ),
    "zh": (
        "“{text}”里“{what}”字出现了几次？",
        "数一数“{text}”中有几个“{what}”字。",
        "在“{text}”这句话里，“{what}”一共出现几次？",
        "请问“{text}”里有多少个“{what}”？",
    ),
}
_SIZE: dict[Language, tuple[str, ...]] = {
    "en": (
        'How many words are in this sentence: "{text}."',
        'Count the words: "{text}."',
        '"{text}." How many words is that?',
        'I need the number of words in "{text}."',
    ),
    "zh": (
        "“{text}”有几个字？",
        "请数一下“{text}”一共多少个字。",
        "“{text}”这句话由几个汉字组成？",
        "帮我数数“{text}”有多少字。",
    ),
}
_VOWELS = (
    'How many vowels (a, e, i, o, u) are in "{text}"?',
    'Count the vowels (a, e, i, o, u) in the word "{text}".',
    'Taking a, e, i, o and u as vowels, how many does "{text}" have?',
    'Number of vowels (a, e, i, o, u) in "{text}"?',
)
_LISTS: dict[Language, tuple[str, ...]] = {
    "en": (
        'How often does "{what}" occur in this list? {text}',
        'Here is a list: {text}. How many times is "{what}" in it?',
        'Count "{what}": {text}',
        'I wrote down {text}. How many of these are "{what}"?',
    ),
    "zh": (
        "下面的列表里“{what}”出现了几次？{text}",
        "清单：{text}。其中有几个“{what}”？",
        "数一数“{what}”出现的次数：{text}",
        "我记下了：{text}。里面“{what}”一共几次？",
    ),
}
_ITEMS_ZH = (
    "这里一共列了几样东西：{text}？",
    "清单：{text}。共有几样？",
    "数一数有几样：{text}",
    "我要买{text}，一共几样东西？",
)
_SUBJECTS = ("Tom", "Mei", "My sister", "The old man", "Our teacher", "A small dog", "Li Wei", "The neighbour")
_VERBS = ("bought", "saw", "lost", "found", "painted", "wanted", "carried", "sold")
_OBJECTS = ("a hat", "two red apples", "the big green book", "some bread", "it", "a very old clock", "three cups")
_ENDS = ("", "today", "in the park", "last week", "near the old station", "on Monday morning", "again")


def make(draw: Draw, language: Language) -> Draft:
    """Return a question of how many, whose worse response is one off."""
    if language == "en":
        return draw.choice((_letter, _letter, _sentence, _vowels, _list))(draw, language)
    return draw.choice((_letter, _letter, _characters, _items, _list))(draw, language)


def _letter(draw: Draw, language: Language) -> Draft:
    text = draw.row(ENGLISH_WORDS if language == "en" else PHRASES)
    repeated = sorted({sign for sign in text if text.count(sign) > 1})
    what = draw.choice(repeated) if repeated and draw.chance(0.7) else draw.choice(sorted(set(text)))
    if language == "en" and draw.chance(0.08):
        what = draw.choice([sign for sign in "aeorstn" if sign not in text])
    places = [place for place, sign in enumerate(text, 1) if sign == what]
    spelt = with_places(language, list(text))
    query = draw.choice(_LETTER[language]).format(what=what, text=text)
    return _places(draw, language, query, spelt, what, places, len(text))


def _list(draw: Draw, language: Language) -> Draft:
    kinds = draw.sample(ENGLISH_ITEMS if language == "en" else CHINESE_ITEMS, 3)
    items = draw.shuffled(
        [
            kind
            for kind, count in zip(kinds, (draw.integer(1, 4), draw.integer(1, 2), 2), strict=True)
            for _ in range(count)
        ]
    )
    places = [place for place, item in enumerate(items, 1) if item == kinds[0]]
    text = (", " if language == "en" else "、").join(items)
    query = draw.choice(_LISTS[language]).format(what=kinds[0], text=text)
    return _places(draw, language, query, with_places(language, items), kinds[0], places, len(items))


def _vowels(draw: Draw, language: Language) -> Draft:
    text = draw.row(ENGLISH_WORDS)
    found = [sign for sign in text if sign in "aeiou"]
    wrong = list(found)
    if draw.chance(0.5):
        wrong.pop(draw.integer(0, len(wrong) - 1))
    else:
        wrong.insert(draw.integer(0, len(wrong)), draw.choice("aeiou"))
    spelt = "-".join(text)
    return short_answers(
        draw,
        language,
        query=draw.choice(_VOWELS).format(text=text),
        right=str(len(found)),
        wrong=str(len(wrong)),
        working=f"{spelt}: the vowels are {', '.join(found)}, so {len(found)}.",
        reasons=f"The vowels are {', '.join(found)}.",
        wrong_reasons=f"The vowels are {', '.join(wrong) or 'none'}.",
        steps=2,
    )


def _sentence(draw: Draw, language: Language) -> Draft:
    parts = (draw.choice(_SUBJECTS), draw.choice(_VERBS), draw.choice(_OBJECTS), draw.choice(_ENDS))
    text = " ".join(part for part in parts if part)
    return _numbered(draw, language, draw.choice(_SIZE["en"]).format(text=text), text.split())


def _characters(draw: Draw, language: Language) -> Draft:
    text = draw.row(PHRASES)
    return _numbered(draw, language, draw.choice(_SIZE["zh"]).format(text=text), list(text), "个字")


def _items(draw: Draw, language: Language) -> Draft:
    items = draw.sample(CHINESE_ITEMS, draw.integer(3, 9))
    return _numbered(draw, language, draw.choice(_ITEMS_ZH).format(text="、".join(items)), items, "样")


def _numbered(draw: Draw, language: Language, query: str, parts: list[str], unit: str = "") -> Draft:
    """Return the draft for counting all of ``parts``."""
    right = len(parts)
    wrong = right + draw.choice((-1, 1)) * draw.choice((1, 1, 1, 2))
    if language == "en":
        working = f"{with_places(language, parts)}, so {right}."
        says = "I count {} in all."
    else:
        working = f"{with_places(language, parts)}，一共{right}{unit}。"
        says = f"从头数到尾，一共{{}}{unit}。"
    return short_answers(
        draw, language, query=query, right=str(right), wrong=str(wrong), working=working,
        reasons=says.format(right), wrong_reasons=says.format(wrong), steps=2,
    )  # fmt: skip


def _places(draw: Draw, language: Language, query: str, text: str, what: str, places: list[int], size: int) -> Draft:
    """Return the draft for counting the ``places`` at which ``what`` stands in ``text``."""
    wrong = list(places)
    if places and draw.chance(0.5):
        wrong.remove(draw.choice(places))
    else:
        others = [place for place in range(1, size + 1) if place not in places]
        wrong = sorted([*places, draw.choice(others)]) if others else places[:-1]
    return short_answers(
        draw, language, query=query, right=str(len(places)), wrong=str(len(wrong)),
        working=f"{text}{': ' if language == 'en' else '：'}{_told(language, what, places)}",
        reasons=_reason(language, what, places), wrong_reasons=_reason(language, what, wrong), steps=2,
    )  # fmt: skip


def _told(language: Language, what: str, places: list[int]) -> str:
    if language == "en":
        return f"{what} at {', '.join(map(str, places))}, so {len(places)}." if places else f"no {what}, so 0."
    return f"“{what}”在第{'、'.join(map(str, places))}个，共{len(places)}次。"


def _reason(language: Language, what: str, places: list[int]) -> str:
    listed = (", " if language == "en" else "、").join(map(str, places))
    if language == "en":
        return f'"{what}" stands at place {listed}.' if places else f'There is no "{what}" in it.'
    return f"“{what}”在第{listed}个位置。" if places else f"里面没有“{what}”。"


FAMILY = Family("counting", make)
