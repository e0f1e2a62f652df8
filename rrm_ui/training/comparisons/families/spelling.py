"""Which spelling is right, words letter by letter and backwards; in Chinese the right character and pinyin."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import altered, reversal, short_answers
from rrm_ui.training.comparisons.families._spelling_table import MISSPELT, MISWRITTEN, PINYIN
from rrm_ui.training.comparisons.families._words_table import ENGLISH_WORDS

_WHICH: dict[Language, tuple[str, ...]] = {
    "en": (
        'Which spelling is correct: "{}" or "{}"?',
        'Is it "{}" or "{}"?',
        '"{}" or "{}": which one is spelled right?',
        'I can never remember whether to write "{}" or "{}". Which is right?',
    ),
    "zh": (
        "“{}”和“{}”，哪个写法正确？",
        "应该写“{}”还是“{}”？",
        "“{}”与“{}”，哪一个没有错别字？",
        "我总分不清是“{}”还是“{}”，到底哪个对？",
    ),
}
_FIX = (
    'Correct the spelling of this word: "{}".',
    'Fix the typo: "{}"',
    'My spell checker underlines "{}". How is it spelled?',
    'How should "{}" be spelled?',
)
_LETTERS = (
    'Spell "{}" letter by letter, with hyphens.',
    'Please spell the word "{}" with a hyphen between the letters.',
    'Write the letters of "{}" one by one, separated by hyphens.',
    'How do you spell "{}"? Put hyphens between the letters.',
)
_BACKWARDS = (
    'Spell "{}" backwards.',
    'What is "{}" spelled backwards?',
    'How does the word "{}" read from back to front?',
    'Write "{}" starting from its last letter.',
)
_BLANK = (
    "“{}”的空格处应填哪个字：“{}”还是“{}”？",
    "填字：“{}”，选“{}”还是“{}”？",
    "“{}”里缺一个字，是“{}”还是“{}”？",
    "补全“{}”，应该用“{}”还是“{}”？",
)
_PINYIN = (
    "“{}”的拼音（不带声调）怎么写？",
    "请写出“{}”的拼音，不用标声调。",
    "“{}”用拼音怎么拼？不要声调。",
    "用拼音输入法打“{}”，应输入哪些字母？",
)


def make(draw: Draw, language: Language) -> Draft:
    """Return a question of spelling whose worse response has a letter or character wrong."""
    kinds = (_which, _which, _fix, _letters, _backwards) if language == "en" else (_character, _blank, _pinyin)
    return draw.choice(kinds)(draw, language)


def _which(draw: Draw, language: Language) -> Draft:
    right, first, second, note = draw.row(MISSPELT)
    wrong = draw.choice((first, first, second))
    query = draw.choice(_WHICH["en"]).format(*draw.shuffled((right, wrong)))
    return _english(draw, language, query, right, wrong, note)


def _fix(draw: Draw, language: Language) -> Draft:
    right, first, second, note = draw.row(MISSPELT)
    return _english(draw, language, draw.choice(_FIX).format(first), right, draw.choice((first, second)), note)


def _english(draw: Draw, language: Language, query: str, right: str, wrong: str, note: str) -> Draft:
    return short_answers(
        draw, language, query=query, right=right, wrong=wrong,
        working=f"The word is spelled {right}, {'-'.join(right)}: {note}.",
        reasons=f"The word is spelled {'-'.join(right)}.", wrong_reasons=f"The word is spelled {'-'.join(wrong)}.",
    )  # fmt: skip


def _letters(draw: Draw, language: Language) -> Draft:
    word = draw.row(ENGLISH_WORDS)
    wrong = altered(draw, word)
    return short_answers(
        draw, language, query=draw.choice(_LETTERS).format(word), right="-".join(word), wrong="-".join(wrong),
        working=f"{word} has {len(word)} letters: {'-'.join(word)}.", reasons=f"The word has {len(word)} letters.",
        wrong_reasons=f"The word has {len(wrong)} letters.",
    )  # fmt: skip


def _backwards(draw: Draw, language: Language) -> Draft:
    word = draw.row(ENGLISH_WORDS)
    right = word[::-1]
    wrong = altered(draw, right)
    return short_answers(
        draw, language, query=draw.choice(_BACKWARDS).format(word), right=right, wrong=wrong,
        working=reversal(word),
        reasons=f"From the end: {'-'.join(right)}.", wrong_reasons=f"From the end: {'-'.join(wrong)}.", steps=2,
    )  # fmt: skip


def _character(draw: Draw, language: Language) -> Draft:
    right, wrong, note = draw.row(MISWRITTEN)
    return short_answers(
        draw, language, query=draw.choice(_WHICH["zh"]).format(*draw.shuffled((right, wrong))), right=right,
        wrong=wrong, working=f"正确写法是“{right}”，{note}。", reasons=f"通常的写法就是“{right}”。",
        wrong_reasons=f"通常的写法就是“{wrong}”。",
    )  # fmt: skip


def _blank(draw: Draw, language: Language) -> Draft:
    once = [row for row in MISWRITTEN if row[0].count(_differing(row)[0]) == 1]
    word, miswritten, note = row = draw.row(once)
    right, wrong = _differing(row)
    query = draw.choice(_BLANK).format(word.replace(right, "_"), *draw.shuffled((right, wrong)))
    return short_answers(
        draw, language, query=query, right=f"“{right}”", wrong=f"“{wrong}”",
        working=f"这个词是“{word}”，{note}，所以填“{right}”。", reasons=f"完整的词是“{word}”。",
        wrong_reasons=f"完整的词是“{miswritten}”。", steps=2,
    )  # fmt: skip


def _differing(row: tuple[str, str, str]) -> tuple[str, str]:
    """Return the character that is often miswritten, and what is written for it."""
    return next((one, other) for one, other in zip(row[0], row[1], strict=True) if one != other)


def _pinyin(draw: Draw, language: Language) -> Draft:
    word, first, second, wrong = draw.row(PINYIN)
    right = first + second
    return short_answers(
        draw, language, query=draw.choice(_PINYIN).format(word), right=right, wrong=wrong,
        working=f"{word[0]}读{first}，{word[1]}读{second}，合起来是{right}。",
        reasons=f"“{word}”连起来拼作{right}。", wrong_reasons=f"“{word}”连起来拼作{wrong}。",
    )  # fmt: skip


FAMILY = Family("spelling", make)
