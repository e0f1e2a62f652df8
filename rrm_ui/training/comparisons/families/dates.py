"""Weekdays, times of day, durations and days between two dates."""

from __future__ import annotations

import itertools

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import short_answers

_DAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
}
_AFTER: dict[Language, tuple[str, ...]] = {
    "en": (
        "Today is {day}. What day is it in {n} days?", "If today is {day}, which weekday comes {n} days later?",
        "It is {day} now. Which day is it in {n} days?",
    ),
    "zh": ("今天是{day}，{n}天后是星期几？", "如果今天是{day}，再过{n}天是星期几？", "{day}之后{n}天是哪一天？"),
}  # fmt: skip
_LASTS: dict[Language, tuple[str, ...]] = {
    "en": (
        "A film starts at {a} and ends at {b}. How many minutes long is it?",
        "How many minutes are there from {a} to {b}?", "The lesson lasts from {a} to {b}. How many minutes is that?",
    ),
    "zh": ("电影{a}开始，{b}结束，一共多少分钟？", "从{a}到{b}有多少分钟？", "这节课从{a}上到{b}，是多少分钟？"),
}  # fmt: skip
_ARRIVES: dict[Language, tuple[str, ...]] = {
    "en": (
        "The train leaves at {a} and takes {m} minutes. When does it arrive?", "What time is it {m} minutes after {a}?",
        "I leave at {a} and walk for {m} minutes. When am I there?",
    ),
    "zh": ("火车{a}出发，开{m}分钟，几点到？", "{a}过{m}分钟是几点？", "我{a}出门，走{m}分钟，几点到？"),
}  # fmt: skip
_BETWEEN: dict[Language, tuple[str, ...]] = {
    "en": (
        "How many days are there from {a} to {b}?", "It is {a}. In how many days is it {b}?",
        "How many days after {a} is {b}?",
    ),
    "zh": ("从{a}到{b}有多少天？", "今天是{a}，再过几天是{b}？", "{b}在{a}之后几天？"),
}  # fmt: skip
_MONTHS: tuple[tuple[str, int], ...] = (
    ("January", 31), ("February", 0), ("March", 31), ("April", 30), ("May", 31), ("June", 30), ("July", 31),
    ("August", 31), ("September", 30), ("October", 31), ("November", 30), ("December", 31),
)  # fmt: skip
"""With their lengths; February's depends on the year and is left out."""


def make(draw: Draw, language: Language) -> Draft:
    """Return a question about a weekday, a duration, an arrival or the days between two dates."""
    return draw.choice((_weekday, _duration, _arrival, _days_between))(draw, language)


def _weekday(draw: Draw, language: Language) -> Draft:
    days = _DAYS[language]
    today, ahead = draw.integer(0, 6), draw.integer(2, 20)
    rest = ahead % 7
    target = (today + rest) % 7
    wrong = (target + draw.choice((-1, 1, 2))) % 7
    stop = ". " if language == "en" else "。"
    reduced = f"{ahead} = {ahead // 7} * 7 + {rest}{stop}" if rest != ahead else ""
    passed = [days[(today + step) % 7] for step in range(1, rest + 1)]
    if not passed:
        walk = {"en": f"Whole weeks lead back to {days[target]}.", "zh": f"整数周后仍是{days[target]}。"}[language]
    else:
        walk = {
            "en": f"After {days[today]}: {', '.join(passed)}.",
            "zh": f"{days[today]}之后：{'、'.join(passed)}。",
        }[language]
    query = draw.choice(_AFTER[language]).format(day=days[today], n=ahead)
    return short_answers(
        draw, language, query=query, right=days[target], wrong=days[wrong], working=reduced + walk, steps=2
    )


def _duration(draw: Draw, language: Language) -> Draft:
    grain = draw.choice((1, 5))
    start, length = (
        draw.integer(7 * 60 // grain, 20 * 60 // grain) * grain,
        draw.integer(25 // grain, 165 // grain) * grain,
    )
    end = start + length
    query = draw.choice(_LASTS[language]).format(a=_clock(start), b=_clock(end))
    stops = [start, *range((start // 60 + 1) * 60, end, 60), end]
    parts = [later - earlier for earlier, later in itertools.pairwise(stops)]
    told = ", ".join(f"{_clock(a)} -> {_clock(b)}: {b - a}" for a, b in itertools.pairwise(stops))
    total = f", {' + '.join(map(str, parts))} = {length}" if len(parts) > 1 else ""
    working, steps = f"{told}{total}.", min(2, len(parts))
    wrong = length + draw.choice((-20, -10, -5, 5, 10, 20, 40))
    unit = {"en": " minutes", "zh": "分钟"}[language]
    if language == "zh":
        working = working.replace(".", "。")
    return short_answers(
        draw, language, query=query, right=f"{length}{unit}", wrong=f"{wrong}{unit}", working=working, steps=steps
    )


def _arrival(draw: Draw, language: Language) -> Draft:
    grain = draw.choice((1, 5))
    start = draw.integer(6 * 60 // grain, 20 * 60 // grain) * grain
    length = draw.integer(15 // grain, 150 // grain) * grain
    end = start + length
    wrong = end + draw.choice([off for off in (-60, -20, -10, 10, 20, 60) if end + off > start])
    query = draw.choice(_ARRIVES[language]).format(a=_clock(start), m=length)
    hours, minutes = divmod(length, 60)
    if hours and minutes:
        working = (
            f"{length} = {hours} * 60 + {minutes}. {_clock(start)} -> {_clock(start + 60 * hours)} -> {_clock(end)}."
        )
    else:
        working = f"{_clock(start)} + {length} -> {_clock(end)}."
    if language == "zh":
        working = working.replace(". ", "。").replace(".", "。")
    return short_answers(
        draw, language, query=query, right=_clock(end), wrong=_clock(wrong), working=working, steps=2 if hours else 1
    )


def _days_between(draw: Draw, language: Language) -> Draft:
    month = draw.choice([place for place, (_, length) in enumerate(_MONTHS[:11]) if length and _MONTHS[place + 1][1]])
    length = _MONTHS[month][1]
    if draw.chance(0.4):
        first, last = sorted(draw.sample(range(1, length + 1), 2))
        later, right, steps = month, last - first, 1
        working = f"{last} - {first} = {right}"
    else:
        first, last = draw.integer(1, length - 1), draw.integer(1, 28)
        later, right, steps = month + 1, length - first + last, 2
        end = _date(language, month, length)
        working = f"{_date(language, month, first)} -> {end}: {length - first}, {length - first} + {last} = {right}"
    wrong = right + draw.choice((-2, -1, 2, 10))  # one more would count both days
    if min(wrong, right) <= 1:
        return _days_between(draw, language)
    unit = {"en": "days", "zh": "天"}[language]
    space, stop = (" ", ".") if language == "en" else ("", "。")
    query = draw.choice(_BETWEEN[language]).format(a=_date(language, month, first), b=_date(language, later, last))
    return short_answers(
        draw, language, query=query, right=f"{right}{space}{unit}", wrong=f"{wrong}{space}{unit}",
        working=working + stop, steps=steps,
    )  # fmt: skip


def _date(language: Language, month: int, day: int) -> str:
    return f"{day} {_MONTHS[month][0]}" if language == "en" else f"{month + 1}月{day}日"


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


FAMILY = Family("dates", make, from_numbers=True)
