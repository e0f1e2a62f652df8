# ruff: noqa: E501 - a story a line reads better
"""Short stories that take one to four calculations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rrm_ui.training.comparisons.draft import Draft, Family, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import short_answers

_NAMES: dict[Language, tuple[str, ...]] = {
    "en": ("Anna", "Ben", "Mei", "Omar", "Lucy", "Tom", "Wei", "Priya", "Carlos", "Sofia", "Jack", "Nina"),
    "zh": ("小明", "小红", "小刚", "小丽", "王芳", "李强", "陈静", "张伟", "小华", "大卫", "安娜", "小雨"),
}


@dataclass(frozen=True)
class Story:
    """A story's text, its calculations in order, and the result that skipping the last one gives."""

    text: str
    calculations: tuple[tuple[str, int], ...]
    """Each as its left side and its result."""


def _shopping(draw: Draw, language: Language, name: str) -> Story:
    count, price, paid = draw.integer(2, 9), draw.integer(2, 12), draw.choice((100, 150, 200))
    total = count * price
    text = {
        "en": f"{name} buys {count} notebooks at {price} dollars each and pays with {paid} dollars. How many dollars does {name} get back?",
        "zh": f"{name}买了{count}本笔记本，每本{price}元，付了{paid}元。应找回多少元？",
    }[language]
    return Story(text, ((f"{count} * {price}", total), (f"{paid} - {total}", paid - total)))


def _saving(draw: Draw, language: Language, name: str) -> Story:
    week, weeks, spent = draw.integer(5, 20), draw.integer(3, 9), draw.integer(2, 12)
    text = {
        "en": f"{name} saves {week} dollars a week for {weeks} weeks and then spends {spent} dollars. How much is left?",
        "zh": f"{name}每周存{week}元，存了{weeks}周，然后花了{spent}元。还剩多少元？",
    }[language]
    return Story(text, ((f"{week} * {weeks}", week * weeks), (f"{week * weeks} - {spent}", week * weeks - spent)))


def _sharing(draw: Draw, language: Language, name: str) -> Story:
    bags, friends, each = draw.integer(2, 6), draw.integer(2, 6), draw.integer(2, 9)
    inside = friends * each
    text = {
        "en": f"{name} has {bags} bags with {inside} sweets each and shares all of them equally among {friends} friends. How many sweets does each friend get?",
        "zh": f"{name}有{bags}袋糖，每袋{inside}颗，平均分给{friends}个朋友。每人得多少颗？",
    }[language]
    total = bags * inside
    return Story(text, ((f"{bags} * {inside}", total), (f"{total} / {friends}", total // friends)))


def _travel(draw: Draw, language: Language, name: str) -> Story:
    speed, hours = draw.integer(4, 12) * 10, draw.integer(2, 6)
    text = {
        "en": f"{name} drives {hours} hours at {speed} km per hour. How many kilometres is that?",
        "zh": f"{name}以每小时{speed}公里的速度开了{hours}小时。一共多少公里？",
    }[language]
    return Story(text, ((f"{speed} * {hours}", speed * hours),))


def _twice(draw: Draw, language: Language, name: str) -> Story:
    first, more = draw.integer(6, 40), draw.integer(2, 4)
    text = {
        "en": f"{name} picks {first} apples on Monday and {more} times as many on Tuesday. How many apples is that on both days together?",
        "zh": f"{name}星期一摘了{first}个苹果，星期二摘的是星期一的{more}倍。两天一共摘了多少个？",
    }[language]
    second = first * more
    return Story(text, ((f"{first} * {more}", second), (f"{first} + {second}", first + second)))


def _half(draw: Draw, language: Language, name: str) -> Story:
    whole, gift = draw.integer(5, 40) * 2, draw.integer(2, 15)
    half = whole // 2
    text = {
        "en": f"{name} has {whole} stickers, gives half of them away and then gets {gift} new ones. How many stickers does {name} have now?",
        "zh": f"{name}有{whole}张贴纸，送出一半，又得到{gift}张。现在有多少张？",
    }[language]
    return Story(text, ((f"{whole} / 2", half), (f"{half} + {gift}", half + gift)))


def _bus(draw: Draw, language: Language, name: str) -> Story:
    start, out, entering = draw.integer(15, 45), draw.integer(3, 12), draw.integer(2, 14)
    text = {
        "en": f"There are {start} people on {name}'s bus. At the stop {out} get off and {entering} get on. How many are on the bus now?",
        "zh": f"{name}坐的公交车上有{start}人，到站下了{out}人，上了{entering}人。现在车上有多少人？",
    }[language]
    left = start - out
    return Story(text, ((f"{start} - {out}", left), (f"{left} + {entering}", left + entering)))


def _pages(draw: Draw, language: Language, name: str) -> Story:
    rate, days, rest = draw.integer(8, 30), draw.integer(3, 7), draw.integer(20, 90)
    whole = rate * days + rest
    text = {
        "en": f"{name}'s book has {whole} pages. {name} reads {rate} pages a day for {days} days. How many pages are left?",
        "zh": f"{name}的书有{whole}页，每天读{rate}页，读了{days}天。还剩多少页？",
    }[language]
    return Story(text, ((f"{rate} * {days}", rate * days), (f"{whole} - {rate * days}", rest)))


def _rows(draw: Draw, language: Language, _name: str) -> Story:
    rows, seats, empty = draw.integer(4, 12), draw.integer(5, 15), draw.integer(3, 18)
    total, price = rows * seats, draw.integer(2, 5)
    taken = total - empty
    text = {
        "en": f"A hall has {rows} rows of {seats} seats. {empty} seats are empty, and every guest paid {price} dollars. How much money came in?",
        "zh": f"礼堂有{rows}排，每排{seats}个座位，空了{empty}个，每位观众付了{price}元。一共收了多少元？",
    }[language]
    steps = ((f"{rows} * {seats}", total), (f"{total} - {empty}", taken), (f"{taken} * {price}", taken * price))
    return Story(text, steps)


def _team(draw: Draw, language: Language, name: str) -> Story:
    boxes, pens, given, buy = draw.integer(3, 8), draw.integer(6, 12), draw.integer(4, 15), draw.integer(3, 20)
    total = boxes * pens
    text = {
        "en": f"{name} has {boxes} boxes of {pens} pens, gives {given} pens away, buys {buy} more and then doubles the number with a second delivery. How many pens does {name} have?",
        "zh": f"{name}有{boxes}盒笔，每盒{pens}支，送出{given}支，又买了{buy}支，后来到货使总数翻倍。现在有多少支笔？",
    }[language]
    less = total - given
    more = less + buy
    steps = (
        (f"{boxes} * {pens}", total),
        (f"{total} - {given}", less),
        (f"{less} + {buy}", more),
        (f"{more} * 2", more * 2),
    )
    return Story(text, steps)


def _ages(draw: Draw, language: Language, name: str) -> Story:
    age, gap, later = draw.integer(6, 30), draw.integer(2, 12), draw.integer(2, 9)
    text = {
        "en": f"{name} is {age} years old. A sister is {gap} years older. How old will the sister be in {later} years?",
        "zh": f"{name}今年{age}岁，姐姐比{name}大{gap}岁。{later}年后姐姐多少岁？",
    }[language]
    return Story(text, ((f"{age} + {gap}", age + gap), (f"{age + gap} + {later}", age + gap + later)))


def _recipe(draw: Draw, language: Language, name: str) -> Story:
    eggs, people, more = draw.integer(2, 6), draw.integer(2, 4), draw.integer(2, 5)
    text = {
        "en": f"A recipe for {people} people needs {eggs} eggs. {name} cooks for {people * more} people. How many eggs are needed?",
        "zh": f"一道{people}人份的菜要{eggs}个鸡蛋。{name}要做{people * more}人份，需要多少个鸡蛋？",
    }[language]
    return Story(text, ((f"{people * more} / {people}", more), (f"{eggs} * {more}", eggs * more)))


_STORIES: tuple[Callable[[Draw, Language, str], Story], ...] = (
    _shopping, _saving, _sharing, _travel, _twice, _half, _bus, _pages, _rows, _team, _ages, _recipe,
)  # fmt: skip


def make(draw: Draw, language: Language) -> Draft:
    """Return a story whose worse response slips in its last calculation or leaves it out."""
    story = draw.choice(_STORIES)(draw, language, draw.choice(_NAMES[language]))
    right = story.calculations[-1][1]
    wrong, wrong_reasons, flaw = _wrong(draw, language, story)
    working = _told(language, story.calculations)
    return short_answers(
        draw, language, query=story.text, right=str(right), wrong=str(wrong), working=working, reasons=working,
        wrong_reasons=wrong_reasons, flaw=flaw, steps=len(story.calculations),
    )  # fmt: skip


def _wrong(draw: Draw, language: Language, story: Story) -> tuple[int, str, Flaw]:
    *before, (expression, right) = story.calculations
    if before and before[-1][1] != right and draw.chance(0.4):
        return before[-1][1], _told(language, tuple(before)), "method"
    wrong = max(1, right + draw.choice((-10, -5, -2, -1, 1, 2, 5, 10)))
    if wrong == right:
        wrong = right + 10
    return wrong, _told(language, (*before, (expression, wrong))), "slip"


def _told(language: Language, calculations: tuple[tuple[str, int], ...]) -> str:
    stop = ". " if language == "en" else "。"
    return "".join(f"{left} = {result}{stop}" for left, result in calculations).rstrip()


FAMILY = Family("word-problems", make, from_numbers=True)
