"""The families about numbers, checked by reading the query and working it out in another way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families import (
    dates,
    number_order,
    products,
    sequences,
    sums,
    units,
    word_problems,
)

LANGUAGES: tuple[Language, ...] = ("en", "zh")
SAID = r"(?:says|gives|answers|has|说|答|给出|写的是)\s*(.+?)(?:, not |, but | instead|, which|: |，)"
NUMBER = r"-?\d+(?:\.\d+)?"


def drafts(family: Family, language: Language, count: int = 250) -> Iterator[Draft]:
    for number in range(count):
        yield family.make(Draw("train", 9, family.name, number), language)


def answers_of(draft: Draft) -> tuple[str, str]:
    """Return what the two findings say that the responses answer; the texts must hold it."""
    said = []
    for response in (draft.better, draft.worse):
        found = re.search(
            r"(?:says|gives|answers|has|说|答|给出|写的是)\s*(.+?)(?:, not |, but | instead|, which|: |，)",
            response.finding,
        )
        assert found, response.finding
        assert found[1] in response.text, response
        said.append(found[1])
    return said[0], said[1]


def numbers_in(text: str) -> list[Fraction]:
    return [Fraction(number) for number in re.findall(NUMBER, text)]


def sum_of(query: str) -> Fraction:
    expression = re.search(r"\d+(?: [+-] \d+)+", query)
    assert expression
    total, sign = Fraction(0), 1
    for part in expression[0].split():
        if part in "+-":
            sign = 1 if part == "+" else -1
        else:
            total += sign * int(part)
    return total


def product_of(query: str) -> Fraction:
    left, right = numbers_in(query)
    if "%" in query or "percent" in query or "百分之" in query:
        return left * right / 100
    return left / right if "/" in query else left * right


def next_of(query: str) -> Fraction:
    terms = numbers_in(query)
    if terms[1] - terms[0] == terms[2] - terms[1]:
        return terms[-1] + terms[1] - terms[0]
    if terms[1] / terms[0] == terms[2] / terms[1]:
        return terms[-1] * terms[1] / terms[0]
    # Neither differences nor ratios are constant: squares, whose second differences are.
    return terms[-1] + (terms[-1] - terms[-2]) + 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("family", "work_out"),
    [(sums.FAMILY, sum_of), (products.FAMILY, product_of), (sequences.FAMILY, next_of)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_better_response_has_the_result_and_the_worse_another(
    family: Family, work_out: Callable[[str], Fraction], language: Language
) -> None:
    for draft in drafts(family, language):
        better, worse = answers_of(draft)
        assert Fraction(better) == work_out(draft.query), draft
        assert Fraction(worse) != work_out(draft.query), draft


STORIES: tuple[tuple[str, Callable[..., int]], ...] = (
    ("notebooks|笔记本", lambda count, price, paid: paid - count * price),
    ("saves|每周存", lambda week, weeks, spent: week * weeks - spent),
    ("sweets|颗", lambda bags, inside, friends: bags * inside // friends),
    ("drives", lambda hours, speed: hours * speed),
    ("公里的速度", lambda speed, hours: hours * speed),
    ("picks|摘了", lambda first, times: first + first * times),
    ("stickers|贴纸", lambda whole, gift: whole // 2 + gift),
    ("bus|公交车", lambda start, out, entering: start - out + entering),
    ("book has|的书有", lambda whole, rate, days: whole - rate * days),
    ("hall|礼堂", lambda rows, seats, empty, price: (rows * seats - empty) * price),
    ("boxes|盒笔", lambda boxes, pens, given, bought: (boxes * pens - given + bought) * 2),
    ("sister|姐姐", lambda age, gap, later: age + gap + later),
    ("recipe|人份的菜", lambda people, eggs, guests: eggs * guests // people),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_story_is_solved_by_its_numbers(language: Language) -> None:
    seen = set()
    for draft in drafts(word_problems.FAMILY, language, 400):
        kind, solve = next((words, rule) for words, rule in STORIES if re.search(words, draft.query))
        seen.add(kind)
        result = solve(*(int(number) for number in numbers_in(draft.query)))
        better, worse = answers_of(draft)
        assert int(better) == result, draft
        assert int(worse) != result, draft
        assert result >= 0
    assert len(seen) == 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_picked_and_sorted_by_value(language: Language) -> None:
    for draft in drafts(number_order.FAMILY, language):
        listed = draft.query.rstrip(".。?？").replace("中哪个最大", "").replace("中哪个最小", "")
        values = numbers_in(listed)
        better, worse = answers_of(draft)
        if re.search("to largest|ascending|从小到大|升序", draft.query):
            expected = sorted(values)
        elif re.search("to smallest|descending|从大到小|降序", draft.query):
            expected = sorted(values, reverse=True)
        else:
            expected = [(min if re.search("small|least|最小", draft.query) else max)(values)]
        assert numbers_in(better) == expected, draft
        assert numbers_in(worse) != expected, draft


FACTORS = {
    "km m": 1000, "kg g": 1000, "hours minutes": 60, "minutes seconds": 60, "m cm": 100, "litres ml": 1000,
    "days hours": 24, "weeks days": 7, "dozen pieces": 12, "cm mm": 10, "years months": 12, "euros cents": 100,
    "tonnes kg": 1000, "公里 米": 1000, "公斤 克": 1000, "小时 分钟": 60, "分钟 秒": 60, "米 厘米": 100,
    "升 毫升": 1000,
    "天 小时": 24, "周 天": 7, "打 个": 12, "厘米 毫米": 10, "年 个月": 12, "元 分": 100, "吨 公斤": 1000,
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_conversion_has_the_right_number_and_the_right_unit(language: Language) -> None:
    for draft in drafts(units.FAMILY, language):
        better, worse = answers_of(draft)
        (given,) = numbers_in(draft.query)
        (result,) = numbers_in(better)
        unit = better.removeprefix(str(result)).strip()
        possible = set()
        for pair, factor in FACTORS.items():
            big, small = pair.split()
            if big in draft.query and small in draft.query and unit in (big, small):
                possible.add((given * factor, small))
                possible.add((given / factor, big))
        assert (result, unit) in possible, draft
        assert worse != better
        assert (numbers_in(worse)[0], worse.removeprefix(str(numbers_in(worse)[0])).strip()) not in {
            (value, name) for value, name in possible if name == unit
        }


ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CHINESE_DAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
MONDAY = date(2024, 1, 1)


def day_and_month(query: str, language: Language) -> list[datetime]:
    """Return the dates that ``query`` names, as of a year that plays no part."""
    if language == "en":
        return [
            datetime.strptime(f"{found[0]} 2023", "%d %B %Y") for found in re.finditer(r"\d+ [JFMASOND][a-z]+", query)
        ]
    return [datetime(2023, int(month), int(day)) for month, day in re.findall(r"(\d+)月(\d+)日", query)]


def clock_or_day(query: str, language: Language) -> str:
    """Work a date question out with ``datetime``."""
    clocks = re.findall(r"\d+:\d\d", query)
    if len(clocks) == 2:
        start, end = (datetime.strptime(clock, "%H:%M") for clock in clocks)
        minutes = int((end - start).total_seconds() // 60)
        return f"{minutes} minutes" if language == "en" else f"{minutes}分钟"
    if clocks:
        (minutes,) = (int(number) for number in re.findall(r"(\d+)(?: minutes|分钟)", query))
        later = datetime.strptime(clocks[0], "%H:%M") + timedelta(minutes=minutes)
        return f"{later.hour}:{later.minute:02d}"
    if days := day_and_month(query, language):
        first, second = sorted(days)
        return f"{(second - first).days} days" if language == "en" else f"{(second - first).days}天"
    names = ENGLISH_DAYS if language == "en" else CHINESE_DAYS
    today = next(index for index, name in enumerate(names) if name in query)
    (ahead,) = (int(number) for number in re.findall(r"\d+", query))
    return names[(MONDAY + timedelta(days=today + ahead)).weekday()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_dates_agree_with_the_calendar(language: Language) -> None:
    for draft in drafts(dates.FAMILY, language):
        expected = clock_or_day(draft.query, language)
        better, worse = answers_of(draft)
        assert better == expected, draft
        assert worse != expected, draft
