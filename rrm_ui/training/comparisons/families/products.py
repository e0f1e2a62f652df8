"""Products, exact divisions and percentages."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import short_answers

_PLAIN: dict[Language, tuple[str, ...]] = {
    "en": ("What is {}?", "Compute {}.", "How much is {}?", "{} = ?", "Please work out {}."),
    "zh": ("{}等于多少？", "请计算{}。", "{} = ?", "帮我算一下{}。", "{}的结果是多少？"),
}
_SHARE: dict[Language, tuple[str, ...]] = {
    "en": ("What is {}% of {}?", "Compute {}% of {}.", "How much is {} percent of {}?"),
    "zh": ("{1}的{0}%是多少？", "请计算{1}的{0}%。", "{1}的百分之{0}等于多少？"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a product, a division or a percentage, with a slip in the worse response."""
    kind = draw.choice(("product", "product", "division", "percentage"))
    if kind == "product":
        return _product(draw, language)
    if kind == "division":
        divisor, quotient = draw.integer(3, 12), draw.integer(6, 99)
        text = f"{divisor * quotient} / {divisor}"
        working = f"{divisor} * {quotient} = {divisor * quotient}, "
        working += {"en": f"so {text} = {quotient}.", "zh": f"所以{text} = {quotient}。"}[language]
        return _draft(draw, language, draw.choice(_PLAIN[language]).format(text), quotient, working)
    share, whole = draw.choice((5, 10, 15, 20, 25, 30, 40, 50, 75)), draw.integer(2, 60) * 20
    query = draw.choice(_SHARE[language]).format(share, whole)
    right = share * whole // 100
    hundredth = f"{whole / 100:g}"
    working = f"{whole} / 100 = {hundredth}, {hundredth} * {share} = {right}"
    return _draft(draw, language, query, right, _stop(language, working))


def _product(draw: Draw, language: Language) -> Draft:
    left, right = draw.integer(11, 149), draw.integer(3, 29)
    tens, ones = right // 10 * 10, right % 10
    text = f"{left} * {right}"
    if tens and ones:
        parts = f"{left} * {tens} = {left * tens}. {left} * {ones} = {left * ones}. "
        parts += f"{left * tens} + {left * ones} = {left * right}"
        working, steps = _stop(language, parts.replace(". ", "。") if language == "zh" else parts), 3
    else:
        working, steps = _stop(language, f"{text} = {left * right}"), 1
    query = draw.choice(_PLAIN[language]).format(draw.choice((text, f"{left} × {right}")))
    return _draft(draw, language, query, left * right, working, steps)


def _draft(draw: Draw, language: Language, query: str, right: int, working: str, steps: int = 1) -> Draft:
    offsets = (-20, -10, 10, 20) if right % 10 == 0 else (-20, -10, -2, 2, 10, 20)
    wrong = right + draw.choice(offsets)
    if wrong <= 0:
        wrong = right + 10
    before, _, after = working.rpartition(str(right))
    return short_answers(
        draw, language, query=query, right=str(right), wrong=str(wrong), working=working,
        reasons=working, wrong_reasons=before + str(wrong) + after, steps=steps,
    )  # fmt: skip


def _stop(language: Language, text: str) -> str:
    return text + ("." if language == "en" else "。")


FAMILY = Family("products", make, from_numbers=True)
