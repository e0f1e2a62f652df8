"""Converting units; the number and the unit must both be right."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import short_answers

_CONVERSIONS: dict[Language, tuple[tuple[str, str, int], ...]] = {
    "en": (
        ("km", "m", 1000), ("kg", "g", 1000), ("hours", "minutes", 60), ("minutes", "seconds", 60), ("m", "cm", 100),
        ("litres", "ml", 1000), ("days", "hours", 24), ("weeks", "days", 7), ("dozen", "pieces", 12),
        ("cm", "mm", 10), ("years", "months", 12), ("euros", "cents", 100), ("tonnes", "kg", 1000),
    ),
    "zh": (
        ("公里", "米", 1000), ("公斤", "克", 1000), ("小时", "分钟", 60), ("分钟", "秒", 60), ("米", "厘米", 100),
        ("升", "毫升", 1000), ("天", "小时", 24), ("周", "天", 7), ("打", "个", 12),
        ("厘米", "毫米", 10), ("年", "个月", 12), ("元", "分", 100), ("吨", "公斤", 1000),
    ),
}  # fmt: skip
_TO_SMALLER: dict[Language, tuple[str, ...]] = {
    "en": ("How many {small} are {n} {big}?", "Convert {n} {big} to {small}.", "{n} {big} = ? {small}"),
    "zh": ("{n}{big}等于多少{small}？", "把{n}{big}换算成{small}。", "{n}{big} = ?{small}"),
}
_TO_LARGER: dict[Language, tuple[str, ...]] = {
    "en": ("How many {big} are {m} {small}?", "Convert {m} {small} to {big}.", "{m} {small} = ? {big}"),
    "zh": ("{m}{small}等于多少{big}？", "把{m}{small}换算成{big}。", "{m}{small} = ?{big}"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a conversion whose worse answer has a wrong factor, a slip, or the wrong unit."""
    big, small, factor = draw.choice(_CONVERSIONS[language])
    number = draw.integer(3, 60)
    product = number * factor
    smaller = draw.chance(0.6)
    query = draw.choice((_TO_SMALLER if smaller else _TO_LARGER)[language]).format(
        n=number, m=product, big=big, small=small
    )
    space = " " if language == "en" else ""
    one = big.removesuffix("s") if language == "en" else big
    fact = f"1{space}{one} = {factor}{space}{small}"
    if smaller:
        right, unit, calculation = product, small, f"{number} * {factor} = {product}"
    else:
        right, unit, calculation = number, big, f"{product} / {factor} = {number}"
    working = {"en": f"{fact}. {calculation} {unit}.", "zh": f"{fact}。{calculation}{unit}。"}[language]
    other = big if smaller else small
    kind = draw.choice(("factor", "slip", "slip", "unit"))
    if kind == "unit":
        wrong = f"{right}{space}{other}"
    elif kind == "factor" and factor % 10 == 0:
        wrong = f"{right * 10}{space}{unit}"
    else:
        wrong = f"{right + draw.choice((-1, 1)) * (factor if smaller else 1)}{space}{unit}"
    return short_answers(
        draw, language, query=query, right=f"{right}{space}{unit}", wrong=wrong, working=working,
        flaw="form" if kind == "unit" else "slip", steps=2,
    )  # fmt: skip


FAMILY = Family("units", make, from_numbers=True)
