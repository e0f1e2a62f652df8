# ruff: noqa: E501 - a phrase a line reads better
"""A short passage and a question about it."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import short_answers

_PEOPLE: dict[Language, tuple[str, ...]] = {
    "en": ("Anna", "Ben", "Mei", "Omar", "Lucy", "Tom", "Wei", "Priya"),
    "zh": ("小明", "小红", "王芳", "李强", "陈静", "张伟", "安娜", "大卫"),
}
_PLACES: dict[Language, tuple[str, ...]] = {
    "en": ("Berlin", "Madrid", "Oslo", "Cairo", "Lima", "Rome"), "zh": ("上海", "成都", "广州", "西安", "杭州", "昆明"),
}  # fmt: skip
_JOBS: dict[Language, tuple[str, ...]] = {
    "en": ("a baker", "a nurse", "a pilot", "a teacher", "a farmer"), "zh": ("面包师", "护士", "飞行员", "老师", "农民"),
}  # fmt: skip
_PETS: dict[Language, tuple[str, ...]] = {
    "en": ("a dog", "a cat", "a parrot", "a rabbit", "a goldfish"), "zh": ("一只狗", "一只猫", "一只鹦鹉", "一只兔子", "一条金鱼"),
}  # fmt: skip


def make(draw: Draw, language: Language) -> Draft:
    """Return a passage about two people whose worse answer gives what is true of the other."""
    one, two = people = draw.sample(_PEOPLE[language], 2)
    facts = [draw.sample(table[language], 2) for table in (_PLACES, _JOBS, _PETS)]
    (place, place_two), (job, job_two), (pet, pet_two) = facts
    asked = draw.integer(0, 1)
    who, (where, work, animal) = people[asked], [pair[asked] for pair in facts]
    if language == "en":
        passage = f"{one} lives in {place}, works as {job} and has {pet}. {two} lives in {place_two}, works as {job_two} and has {pet_two}."
        asks = (f"Where does {who} live?", f"What does {who} do for a living?", f"Which pet does {who} have?")
        told = (
            f"The text says that {who} lives in {where}.",
            f"The text says that {who} works as {work}.",
            f"The text says that {who} has {animal}.",
        )
    else:
        passage = f"{one}住在{place}，是{job}，养了{pet}。{two}住在{place_two}，是{job_two}，养了{pet_two}。"
        asks = (f"{who}住在哪里？", f"{who}做什么工作？", f"{who}养了什么？")
        told = (f"文中说{who}住在{where}。", f"文中说{who}是{work}。", f"文中说{who}养了{animal}。")
    which = draw.integer(0, 2)
    right, wrong = facts[which] if asked == 0 else facts[which][::-1]
    joint = "\n\n" if draw.chance(0.5) else ("" if language == "zh" else " ")
    query = draw.choice((f"{passage}{joint}{asks[which]}", f"{asks[which]}\n\n{passage}"))
    return short_answers(draw, language, query=query, right=right, wrong=wrong, working=told[which])


FAMILY = Family("reading", make, taught="never")
