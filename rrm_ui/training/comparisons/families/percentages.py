"""Prices that fall or rise by a percentage, once or twice in a row; the worse response takes a plausible wrong way."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

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
            "There is {p}% off a {thing} of {price} euros. How much do I pay?",
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
            "{thing}原价{price}元，降价{p}%，现在多少钱？",
            "{thing}标价{price}元，优惠{p}%，要付多少元？",
            "{thing}{price}元，减去{p}%，还要付多少？",
        ),
        "more": (
            "{thing}税前{price}元，税率{p}%，含税多少元？",
            "{thing}原来{price}元，涨价{p}%，现在是多少元？",
            "商店以{price}元买进{thing}，加价{p}%卖出，售价是多少？",
        ),
    },
}
_TWICE: dict[Language, tuple[str, ...]] = {
    "en": (
        "A {thing} costs {price} euros. The price {first}, then the new price {second}. What does it cost in the end?",
        "The price of a {thing}, {price} euros, {first} in spring; in autumn that price {second}. What is it now?",
        "The price of a {thing}, {price} euros, {first}; a week later the new price {second}. What is the final price?",
    ),
    "zh": (
        "{thing}{price}元，先{first}，再按新价{second}，最后多少钱？",
        "{thing}原价{price}元，春天{first}，秋天在此基础上{second}，现在多少元？",
        "{thing}{price}元，第一次{first}，一周后再按现价{second}，最终价格是多少？",
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


class _Way(NamedTuple):
    """A wrong price, how one comes to it, and its flaw."""

    price: Fraction
    told: str
    flaw: Flaw


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
    way = _wrong(draw, price, changes, right)
    mark, space = {"en": (".", " "), "zh": ("。", "")}[language]
    told = space.join(f"{step}{mark}" for step in steps)
    unit = _COINS[language]
    return short_answers(
        draw, language, query=_query(draw, language, price, changes), right=f"{plain(right)}{unit}",
        wrong=f"{plain(way.price)}{unit}", working=told, reasons=told, wrong_reasons=f"{way.told}{mark}",
        flaw=way.flaw,
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
    before = right / changes[-1].factor
    first = f"{changes[0].of(Fraction(price))}, " if len(changes) == 2 else ""
    ways = [_slip(draw, changes[-1], before, first), _turned(changes[-1], before, first)]
    ways += 2 * [_both_of_the_first(price, changes)] if len(changes) == 2 else _of_one(price, changes[0])
    return draw.choice([way for way in ways if way.price > 0 and way.price != right])


def _slip(draw: Draw, change: _Change, before: Fraction, first: str) -> _Way:
    wrong = before * change.factor + draw.choice((-10, -2, -1, 1, 2, 10))
    return _Way(wrong, f"{first}{change.of(before).rpartition('=')[0]}= {plain(wrong)}", "slip")


def _turned(change: _Change, before: Fraction, first: str) -> _Way:
    """Add what must be taken off, or the other way round."""
    other = _Change(change.percent, not change.rises)
    return _Way(before * other.factor, f"{first}{other.of(before)}", "method")


def _both_of_the_first(price: int, changes: list[_Change]) -> _Way:
    """Take both percentages of the first price."""
    steps, now = [], Fraction(price)
    for change in changes:
        part = Fraction(price * change.percent, 100)
        after = now + part if change.rises else now - part
        sign = "+" if change.rises else "-"
        steps.append(f"{change.percent}% × {price} = {plain(part)}, {plain(now)} {sign} {plain(part)} = {plain(after)}")
        now = after
    return _Way(now, ", ".join(steps), "method")


def _of_one(price: int, change: _Change) -> list[_Way]:
    """Give the change alone, or take the percentage for an amount."""
    part = Fraction(price * change.percent, 100)
    flat = price + change.percent if change.rises else price - change.percent
    sign = "+" if change.rises else "-"
    return [
        _Way(part, f"{price} × {change.percent} = {price * change.percent}, / 100 = {plain(part)}", "method"),
        _Way(
            Fraction(flat), f"{change.percent}% = {change.percent}, {price} {sign} {change.percent} = {flat}", "method"
        ),
    ]


FAMILY = Family("percentages", make, taught="reward", from_numbers=True)
