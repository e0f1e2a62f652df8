"""Small changes to words: reverse, n-th letter, initials, case, joining, alphabetical order, leaving letters out."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, Family, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import altered, ordinal, reversal, short_answers
from rrm_ui.training.comparisons.families._words_table import CHINESE_WORDS, SHORT_WORDS

_REVERSE: dict[Language, tuple[str, ...]] = {
    "en": ('Reverse the word "{}".', 'Reverse "{}".', 'What do you get if you reverse "{}"?', 'Turn "{}" around.'),
    "zh": ("把“{}”倒过来写。", "“{}”倒着念是什么？", "请将“{}”反过来写。", "“{}”从后往前写是什么？"),
}
_NTH: dict[Language, tuple[str, ...]] = {
    "en": (
        'What is the {} letter of "{}"?',
        'Give me the {} letter in the word "{}".',
        'Which letter comes {} in "{}"?',
        'I need the {} letter of "{}".',
    ),
    "zh": (
        "第{}个字是什么：“{}”？",
        "请说出第{}个字：“{}”。",
        "下面这个词的第{}个字是哪个？“{}”",
        "找出第{}个字：“{}”",
    ),
}
_INITIALS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Take the first letter of each word: {}",
        "What do the first letters of these words give together: {}?",
        "Put the first letters of {} together.",
        "Which letters do these words begin with, in order and without spaces? {}",
    ),
    "zh": (
        "取每个词的第一个字连起来：{}",
        "这些词的首字连在一起是什么：{}？",
        "把下列各词的第一个字拼在一起：{}",
        "依次写出每个词的首字，不加空格：{}",
    ),
}
_CASE = (
    'Write "{}" in {} letters.',
    'Change "{}" to {} letters.',
    'Convert this to {1} letters: "{0}"',
    'How does "{}" look when all of it is in {} letters?',
)
_JOIN: dict[Language, tuple[str, ...]] = {
    "en": (
        "Join these words with {1}: {0}",
        "Put {1} between the words: {0}",
        "Connect the words {0} with {1}.",
        "Write {0} as one string, joined with {1}.",
    ),
    "zh": ("用{1}把这些词连起来：{0}", "在词之间加上{1}：{0}", "请用{1}连接：{0}", "把{0}写成一串，中间用{1}。"),
}
_SIGNS: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (("hyphens", "-"), ("underscores", "_"), ("plus signs", "+"), ("slashes", "/")),
    "zh": (("短横线“-”", "-"), ("斜线“/”", "/"), ("加号“+”", "+"), ("星号“*”", "*")),
}
_ORDER = (
    "Put these words in alphabetical order: {}",
    "Sort alphabetically: {}",
    "In which order would a dictionary list {}?",
    "Arrange {} from A to Z.",
)
_VOWELS = (
    'Remove the vowels from "{}".',
    'Write "{}" without a, e, i, o, u.',
    'What is left of "{}" when you take out its vowels?',
    'Drop every vowel in "{}".',
)
_WITHOUT = (
    "去掉“{}”中的“{}”字。",
    "把“{}”里的“{}”字删掉，剩下什么？",
    "“{}”删除“{}”后是什么？",
    "写出“{}”，但不要“{}”字。",
)


def make(draw: Draw, language: Language) -> Draft:
    """Return a small change to a word or words, whose worse response has it slightly wrong."""
    if language == "zh":
        return draw.choice((_reverse, _nth, _initials, _join, _without))(draw, language)
    return draw.choice((_reverse, _nth, _nth, _initials, _case, _join, _order, _vowels))(draw, language)


def _word(draw: Draw, language: Language) -> str:
    return draw.row(SHORT_WORDS if language == "en" else CHINESE_WORDS)


def _words(draw: Draw, language: Language, count: int) -> list[str]:
    words = draw.rows(SHORT_WORDS if language == "en" else CHINESE_WORDS)
    return draw.sample(words, min(count, len(words)))


def _list(language: Language, words: list[str]) -> str:
    return (", " if language == "en" else "、").join(words)


def _reverse(draw: Draw, language: Language) -> Draft:
    word = _word(draw, language)
    right, wrong = word[::-1], altered(draw, word[::-1])
    if language == "en":
        working = reversal(word)
        reason = "The word begins with {} when it is reversed."
    else:
        working = f"“{word}”从后往前是{'、'.join(right)}，即“{right}”。"
        reason = "倒过来，第一个字是“{}”。"
    return short_answers(
        draw, language, query=draw.choice(_REVERSE[language]).format(word), right=right, wrong=wrong,
        working=working, reasons=reason.format(right[0]), wrong_reasons=reason.format(wrong[0]), steps=2,
    )  # fmt: skip


def _nth(draw: Draw, language: Language) -> Draft:
    word = _word(draw, language)
    place = draw.integer(2, len(word))
    right = word[place - 1]
    others = [sign for sign in (word[place - 2], word[place % len(word)], word[-place]) if sign != right]
    if not others:
        return _nth(draw, language)
    numbered = [f"{number}{sign}" if language == "zh" else f"{sign} {number}" for number, sign in enumerate(word, 1)]
    which = ordinal(place) if language == "en" else str(place)
    if language == "en":
        working, reason = f"{', '.join(numbered)}: the {which} is {right}.", "Counting to the {} letter, I reach {}."
    else:
        working, reason = f"{'、'.join(numbered)}，第{which}个是“{right}”。", "数到第{}个字，是“{}”。"
    wrong = draw.choice(others)
    return short_answers(
        draw, language, query=draw.choice(_NTH[language]).format(which, word), right=right, wrong=wrong,
        working=working, reasons=reason.format(which, right), wrong_reasons=reason.format(which, wrong), steps=2,
    )  # fmt: skip


def _initials(draw: Draw, language: Language) -> Draft:
    words = _words(draw, language, draw.choice((3, 4)))
    right = "".join(word[0] for word in words)
    wrong = altered(draw, right)
    flaw: Flaw = "slip"
    if draw.chance(0.3):
        wrong, flaw = "".join(word[-1] for word in words), "method"
    if wrong == right:
        return _initials(draw, language)
    parts = _list(language, [f"{word} {word[0]}" if language == "en" else f"{word}取{word[0]}" for word in words])
    return short_answers(
        draw, language, query=draw.choice(_INITIALS[language]).format(_list(language, words)), right=right,
        wrong=wrong, working=f"{parts}, so {right}." if language == "en" else f"{parts}，连起来是“{right}”。",
        flaw=flaw, steps=2,
    )  # fmt: skip


def _case(draw: Draw, language: Language) -> Draft:
    words = " ".join(_words(draw, language, draw.choice((1, 1, 2))))
    upper = draw.chance(0.5)
    title = " ".join(word[0].upper() + word[1:] for word in words.split())
    last = words.swapcase()[:-1] + words[-1] if upper else words[:-1] + words[-1].upper()
    given = draw.choice((title, words if upper else words.upper()))
    right = words.upper() if upper else words
    wrong = draw.choice((title, last, words if upper else words.upper()))
    name = draw.choice(("upper-case", "capital") if upper else ("lower-case", "small"))
    return short_answers(
        draw, language, query=draw.choice(_CASE).format(given, name), right=right, wrong=wrong,
        working=f"All letters of {given} must be {name}: {right}.", flaw="form",
    )  # fmt: skip


def _join(draw: Draw, language: Language) -> Draft:
    words = _words(draw, language, draw.choice((2, 3, 3, 4)))
    (name, sign), (_, other) = draw.sample(_SIGNS[language], 2)
    right = sign.join(words)
    # With two words "a / b" is joined with slashes as well; with more, only some of the signs are there.
    kind = draw.choice(("sign", "swap", "space") if len(words) > 2 else ("sign", "swap"))
    if kind == "sign":
        wrong = other.join(words)
    elif kind == "space":
        wrong = f" {sign} ".join(words[:2]) + "".join(f" {word}" for word in words[2:])
    else:
        wrong = sign.join([*words[1:], words[0]])
    if language == "en":
        working = f"{len(words)} words in the same order with {name} between them and no spaces: {right}."
    else:
        working = f"{len(words)}个词按原来的顺序，中间用{name}，没有空格：{right}。"
    query = draw.choice(_JOIN[language]).format(_list(language, words), name)
    return short_answers(
        draw, language, query=query, right=right, wrong=wrong, working=working,
        flaw="slip" if kind == "swap" else "form",
    )  # fmt: skip


def _order(draw: Draw, language: Language) -> Draft:
    words = _words(draw, language, 3)
    if len({word[0] for word in words}) < 3 and draw.chance(0.7):
        return _order(draw, language)
    first, second, third = ordered = sorted(words)
    wrong = draw.choice(
        ([second, first, third], [first, third, second], [third, second, first], [second, third, first])
    )
    right = _list(language, ordered)
    begin = "They begin with {}."
    return short_answers(
        draw, language, query=draw.choice(_ORDER).format(_list(language, words)), right=right,
        wrong=_list(language, wrong), working=_why_in_order(ordered),
        reasons=begin.format(", ".join(word[0] for word in ordered)),
        wrong_reasons=begin.format(", ".join(word[0] for word in wrong)), steps=2,
    )  # fmt: skip


def _why_in_order(ordered: list[str]) -> str:
    """Say by how many letters each word must be compared with the next, and the order."""
    size = next(size for size in range(1, 9) if len({word[:size] for word in ordered}) == len(ordered))
    starts = " before ".join(word[:size] for word in ordered)
    return f"{starts}, so {', '.join(ordered)}."


def _vowels(draw: Draw, language: Language) -> Draft:
    word = _word(draw, language)
    right = "".join(sign for sign in word if sign not in "aeiou")
    vowels = [place for place, sign in enumerate(word) if sign in "aeiou"]
    keep = draw.choice(vowels)
    wrong = "".join(sign for place, sign in enumerate(word) if sign not in "aeiou" or place == keep)
    if draw.chance(0.5) and len(right) > 2:
        gone = draw.integer(0, len(right) - 1)
        wrong = right[:gone] + right[gone + 1 :]
    if wrong == right:
        return _vowels(draw, language)
    taken = ", ".join(word[place] for place in vowels)
    return short_answers(
        draw, language, query=draw.choice(_VOWELS).format(word), right=right, wrong=wrong,
        working=f"{'-'.join(word)} without {taken} leaves {'-'.join(right)}, so {right}.",
        reasons=f"Without the vowels, {len(right)} letters are left.",
        wrong_reasons=f"Without the vowels, {len(wrong)} letters are left.", steps=2,
    )  # fmt: skip


def _without(draw: Draw, language: Language) -> Draft:
    word = _word(draw, language)
    place, other = draw.sample(range(len(word)), 2)
    right = word[:place] + word[place + 1 :]
    wrong = draw.choice((word[:other] + word[other + 1 :], "".join(reversed(right))))
    return short_answers(
        draw, language, query=draw.choice(_WITHOUT).format(word, word[place]), right=right, wrong=wrong,
        working=f"“{word}”有{len(word)}个字，去掉“{word[place]}”，其余顺序不变，剩下“{right}”。",
    )  # fmt: skip


FAMILY = Family("strings", make)
