"""Prices that fall or rise by a percentage, once or twice in a row; the worse response takes a plausible wrong way."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rrm_ui.training.comparisons.draft import Draft, Family, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import short_answers

_THINGS: dict[Language, tuple[str, ...]] = {
    "en": ("coat", "lamp", "bicycle", "desk", "tent", "printer", "suitcase", "guitar", "carpet", "kettle"),
    "zh": ("大衣", "台灯", "自行车", "书桌", "帐篷", "打印机", "行李箱", "吉他", "地毯", "水壶"),
}
_COINS: dict[Language, str] = {"en": " euros", "zh": "元"}
_ONCE: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "less": (
            "A {thing} costs {price} euros and is reduced by {p}%. What does it cost now?",
            "There are {p}% off a {thing} of {price} euros. How much do I pay?",
            "{price} euros for a {thing}, less {p}%: what is left to pay?",
        ),
        "more": (
            "A {thing} costs {price} euros before {p}% tax. What does it cost with tax?",
            "The price of a {thing} was {price} euros and rose by {p}%. What is it now?",
            "A shop buys a {thing} for {price} euros and adds {p}%. At what price does it sell?",
        ),
    },
    "zh": {
        "less": (
            "一个{thing}原价{price}元，降价{p}%，现在多少钱？",
            "{thing}标价{price}元，优惠{p}%，要付多少元？",
            "{thing}{price}元，减去{p}%，还要付多少？",
        ),
        "more": (
            "一个{thing}税前{price}元，税率{p}%，含税多少元？",
            "{thing}原来{price}元，涨价{p}%，现在是多少元？",
            "商店以{price}元买进{thing}，加价{p}%卖出，售价是多少？",
        ),
    },
}
_TWICE: dict[Language, tuple[str, ...]] = {
    "en": (
        "A {thing} costs {price} euros. The price {first}, then the new price {second}. What does it cost in the end?",
        "The price of a {thing}, {price} euros, {first} in spring; in autumn that price {second}. What is it now?",
        "A {thing} for {price} euros {first}, and a week later the changed price {second}. What is the final price?",
    ),
    "zh": (
        "一个{thing}{price}元，先{first}，再在新价格上{second}，最后多少钱？",
        "{thing}原价{price}元，春天{first}，秋天在此基础上{second}，现在多少元？",
        "{thing}{price}元，第一次{first}，一周后又在现价上{second}，最终价格是多少？",
    ),
}
_CHANGES: dict[Language, dict[bool, str]] = {
    "en": {False: "falls by {}%", True: "rises by {}%"},
    "zh": {False: "降价{}%", True: "涨价{}%"},
}


@dataclass(frozen=True)
class _Change:
    percent: int
    rises: bool

    @property
    def factor(self) -> Fraction:
        return Fraction(100 + self.percent if self.rises else 100 - self.percent, 100)

    def of(self, price: Fraction) -> str:
        """Return the step from ``price`` to the next one."""
        part = price * self.percent / 100
        sign = "+" if self.rises else "-"
        after = price * self.factor
        return f"{self.percent}% × {plain(price)} = {plain(part)}, {plain(price)} {sign} {plain(part)} = {plain(after)}"


_Way = tuple[Fraction, str, Flaw]
"""A wrong price, how one comes to it, and its flaw."""


def make(draw: Draw, language: Language) -> Draft:
    """Return a question whose worse answer adds percentages, gives the change alone, or slips."""
    price = draw.integer(2, 30) * 20
    changes = [_Change(draw.integer(1, 9) * 5, draw.chance(0.4))]
    if draw.chance(0.6):
        # Tens, so that no price has more than two decimals.
        changes = [_Change(draw.integer(1, 5) * 10, draw.chance(0.4)) for _ in range(2)]
    steps, right = [], Fraction(price)
    for change in changes:
        steps.append(change.of(right))
        right *= change.factor
    wrong, wrong_way, flaw = _wrong(draw, price, changes, right)
    mark, space = {"en": (".", " "), "zh": ("。", "")}[language]
    told = space.join(f"{step}{mark}" for step in steps)
    unit = _COINS[language]
    return short_answers(
        draw, language, query=_query(draw, language, price, changes), right=f"{plain(right)}{unit}",
        wrong=f"{plain(wrong)}{unit}", working=told, reasons=told, wrong_reasons=f"{wrong_way}{mark}", flaw=flaw,
        steps=2 * len(changes),
    )  # fmt: skip


def plain(number: Fraction) -> str:
    """Return ``number`` with as many decimals as it takes, two at most."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def _query(draw: Draw, language: Language, price: int, changes: list[_Change]) -> str:
    thing = draw.choice(_THINGS[language])
    if len(changes) == 1:
        kind = "more" if changes[0].rises else "less"
        return draw.choice(_ONCE[language][kind]).format(thing=thing, price=price, p=changes[0].percent)
    first, second = (_CHANGES[language][one.rises].format(one.percent) for one in changes)
    return draw.choice(_TWICE[language]).format(thing=thing, price=price, first=first, second=second)


def _wrong(draw: Draw, price: int, changes: list[_Change], right: Fraction) -> _Way:
    """Return a wrong price and how one comes to it."""
    total = sum(one.percent if one.rises else -one.percent for one in changes)
    last = right + draw.choice((-10, -2, -1, 1, 2, 10))
    before = right / changes[-1].factor
    slip: _Way = (last, f"{changes[-1].of(before).rpartition('=')[0]}= {plain(last)}", "slip")
    ways = 2 * [slip]
    if len(changes) == 2:
        # Both taken of the first price.
        parts = [Fraction(price * one.percent, 100) for one in changes]
        told = ", ".join(f"{one.percent}% × {price} = {plain(part)}" for one, part in zip(changes, parts, strict=True))
        added = Fraction(price * (100 + total), 100)
        signs = " ".join(f"{'+' if one.rises else '-'} {plain(part)}" for one, part in zip(changes, parts, strict=True))
        both_of_it: _Way = (added, f"{told}, {price} {signs} = {plain(added)}", "method")
        ways += 3 * [both_of_it]
    else:
        part, flat = Fraction(price * changes[0].percent, 100), Fraction(price + total)
        ways.append((part, f"{changes[0].percent}% × {price} = {plain(part)}", "method"))
        ways.append((flat, f"{price} {'+' if total > 0 else '-'} {abs(total)} = {plain(flat)}", "method"))
    return draw.choice([way for way in ways if way[0] > 0 and way[0] != right])


FAMILY = Family("percentages", make, from_numbers=True)
