"""Weekdays, times of day and durations."""

from __future__ import annotations

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
        "It is {day} now. Which day is it after {n} days?",
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


def make(draw: Draw, language: Language) -> Draft:
    """Return a question about a weekday, a duration or an arrival."""
    return draw.choice((_weekday, _duration, _arrival))(draw, language)


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
    start, length = draw.integer(7 * 12, 20 * 12) * 5, draw.integer(5, 33) * 5
    hour = (start // 60 + 1) * 60
    query = draw.choice(_LASTS[language]).format(a=_clock(start), b=_clock(start + length))
    to_hour, after = hour - start, start + length - hour
    if after > 0:
        parts = f"{_clock(start)} -> {_clock(hour)}: {to_hour}, {_clock(hour)} -> {_clock(start + length)}: {after}"
        working, steps = f"{parts}, {to_hour} + {after} = {length}.", 2
    else:
        working, steps = f"{_clock(start)} -> {_clock(start + length)}: {length}.", 1
    wrong = length + draw.choice((-20, -10, -5, 5, 10, 20, 40))
    if wrong <= 0:
        wrong = length + 10
    unit = {"en": " minutes", "zh": "分钟"}[language]
    if language == "zh":
        working = working.replace(".", "。")
    return short_answers(
        draw, language, query=query, right=f"{length}{unit}", wrong=f"{wrong}{unit}", working=working, steps=steps
    )


def _arrival(draw: Draw, language: Language) -> Draft:
    start, length = draw.integer(6 * 12, 20 * 12) * 5, draw.integer(3, 30) * 5
    end = start + length
    wrong = end + draw.choice((-60, -20, -10, 10, 20, 60))
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


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


FAMILY = Family("dates", make)
