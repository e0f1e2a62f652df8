"""Which number is larger, and numbers in order."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import short_answers

_LARGEST: dict[Language, tuple[str, ...]] = {
    "en": ("Which is the largest: {}?", "Find the biggest of these numbers: {}.", "Which is the greatest of {}?"),
    "zh": ("{}中哪个最大？", "找出最大的数：{}。", "这些数里最大的是哪个：{}？"),
}
_SMALLEST: dict[Language, tuple[str, ...]] = {
    "en": ("Which is the smallest: {}?", "Find the smallest of these numbers: {}.", "Which is the least of {}?"),
    "zh": ("{}中哪个最小？", "找出最小的数：{}。", "这些数里最小的是哪个：{}？"),
}
_ASCENDING: dict[Language, tuple[str, ...]] = {
    "en": ("Sort from smallest to largest: {}.", "Put these numbers in ascending order: {}."),
    "zh": ("从小到大排列：{}。", "把这些数按升序排列：{}。"),
}
_DESCENDING: dict[Language, tuple[str, ...]] = {
    "en": ("Sort from largest to smallest: {}.", "Put these numbers in descending order: {}."),
    "zh": ("从大到小排列：{}。", "把这些数按降序排列：{}。"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return numbers whose worse answer takes the wrong one or swaps two."""
    numbers = _numbers(draw)
    joint = ", " if language == "en" else "、"
    ascending = sorted(numbers, key=Fraction)
    chain = " < ".join(_padded(ascending))
    shown = joint.join(numbers)
    stop = "." if language == "en" else "。"
    kind = draw.choice(("largest", "smallest", "ascending", "descending"))
    if kind in ("largest", "smallest"):
        right = ascending[-1 if kind == "largest" else 0]
        wrong = draw.choice([number for number in numbers if number != right])
        query = draw.choice((_LARGEST if kind == "largest" else _SMALLEST)[language]).format(shown)
        what = {"en": f"the {kind} is", "zh": "最大的是" if kind == "largest" else "最小的是"}[language]
        working = f"{chain}, so {what} {right}{stop}" if language == "en" else f"{chain}，{what}{right}{stop}"
        return short_answers(draw, language, query=query, right=right, wrong=wrong, working=working)
    ordered = ascending if kind == "ascending" else ascending[::-1]
    place = draw.integer(0, len(ordered) - 2)
    mixed = [*ordered[:place], ordered[place + 1], ordered[place], *ordered[place + 2 :]]
    if draw.chance(0.3):
        mixed = ordered[::-1]
    query = draw.choice((_ASCENDING if kind == "ascending" else _DESCENDING)[language]).format(shown)
    answer = joint.join(ordered)
    first = {"ascending": ("the smallest", "从小到大"), "descending": ("the largest", "从大到小")}[kind]
    working = (
        f"{chain}, so from {first[0]}: {answer}{stop}" if language == "en" else f"{chain}，{first[1]}：{answer}{stop}"
    )
    return short_answers(draw, language, query=query, right=answer, wrong=joint.join(mixed), working=working, steps=2)


def _padded(numbers: list[str]) -> list[str]:
    """Return ``numbers`` with equally many decimals: 9.11 and 9.90 are compared at a glance, 9.11 and 9.9 are not."""
    decimals = max(len(number.partition(".")[2]) for number in numbers)
    return [f"{Decimal(number):.{decimals}f}" for number in numbers]


def _numbers(draw: Draw) -> list[str]:
    """Return three or four different numbers as text: whole, negative, or decimals of different lengths."""
    kind, count = draw.choice(("whole", "negative", "decimal", "decimal")), draw.integer(3, 4)
    while True:
        if kind == "whole":
            numbers = [str(draw.integer(2, 999)) for _ in range(count)]
        elif kind == "negative":
            numbers = [str(draw.integer(-60, 60)) for _ in range(count)]
        else:
            whole = draw.integer(0, 9)
            numbers = [f"{whole}.{draw.choice((draw.integer(1, 9), draw.integer(11, 99)))}" for _ in range(count)]
        if len({Fraction(number) for number in numbers}) == count:
            return numbers


FAMILY = Family("number-order", make, from_numbers=True)
