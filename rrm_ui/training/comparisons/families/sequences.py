"""The next number of a sequence."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import short_answers

_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": ("What comes next: {}, ...?", "Continue the sequence {}, ...", "Which number follows: {}?",
        "{}, ? Find the next one."),
    "zh": ("下一个数是多少：{}，……？", "找规律，接着写一个数：{}，……", "{}，后面是哪个数？", "数列{}的下一项是多少？"),
}  # fmt: skip


def make(draw: Draw, language: Language) -> Draft:
    """Return a sequence whose worse answer misses the rule or slips."""
    kind = draw.choice(("plus", "plus", "minus", "times", "squares"))
    start = draw.integer(1, 60)
    if kind == "plus":
        step = draw.integer(2, 25)
        terms = [start + step * i for i in range(5)]
        rule = {"en": f"Each number is {step} more", "zh": f"每个数比前一个大{step}"}[language]
    elif kind == "minus":
        step = draw.integer(2, 25)
        terms = [100 + start - step * i for i in range(5)]
        rule = {"en": f"Each number is {step} less", "zh": f"每个数比前一个小{step}"}[language]
    elif kind == "times":
        step = draw.choice((2, 3))
        terms = [start * step**i for i in range(5)]
        rule = {"en": f"Each number is {step} times the one before", "zh": f"每个数是前一个的{step}倍"}[language]
    else:
        first = draw.integer(1, 12)
        terms = [(first + i) ** 2 for i in range(5)]
        rule = {"en": "These are square numbers", "zh": "这些是平方数"}[language]
    right = terms[-1]
    wrong = right + draw.choice((-3, -2, -1, 1, 2, 3, 10))
    joint, stop = (", ", ".") if language == "en" else ("，", "。")
    working = f"{rule}{', so' if language == 'en' else '，所以'} {right}{stop}"
    before, _, after = working.rpartition(str(right))
    query = draw.choice(_QUERIES[language]).format(joint.join(map(str, terms[:-1])))
    return short_answers(
        draw,
        language,
        query=query,
        right=str(right),
        wrong=str(wrong),
        working=working,
        reasons=working,
        wrong_reasons=f"{before}{wrong}{after}",
        steps=2,
    )


FAMILY = Family("sequences", make, taught="never", from_numbers=True)
