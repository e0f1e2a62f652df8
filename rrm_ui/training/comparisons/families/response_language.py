# ruff: noqa: E501 - a phrase a line reads better
"""The language that was asked for, and translations."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._sentences_table import LANGUAGE_NAMES, SENTENCES

_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": ("Translate into {}: {}", "How do you say this in {}? {}", "What is the {} for: {}", "Please put this into {}: {}"),
    "zh": ("翻译成{}：{}", "这句话用{}怎么说？{}", "请译成{}：{}", "“{1}”的{0}是什么？"),
}  # fmt: skip


def make(draw: Draw, language: Language) -> Draft:
    """Return a translation against one into another language, none at all, or that of another sentence."""
    names = LANGUAGE_NAMES[language]
    row, other = draw.sample(draw.rows(SENTENCES), 2)
    target, stranger = draw.sample([code for code in names if code != language], 2)
    kind = draw.choice(("language", "language", "untranslated", "meaning"))
    right = row[target]
    if kind == "meaning":
        wrong = other[target]
        finding = {"en": f'says "{other["en"]}", which is another sentence', "zh": f"说的是“{other['zh']}”，意思不对"}
    elif kind == "untranslated":
        wrong = row[language]
        finding = {"en": "only repeats the sentence untranslated", "zh": "没有翻译，只是重复原句"}
    else:
        wrong = row[stranger]
        finding = {
            "en": f"writes {names[stranger]}, not {names[target]}: wrong",
            "zh": f"写的是{names[stranger]}，不是{names[target]}，错",
        }
    good = {"en": f"says it in {names[target]}: right", "zh": f"用{names[target]}说了，对"}
    return Draft(
        query=draw.choice(_QUERIES[language]).format(names[target], row[language]),
        better=DraftResponse(right, good[language]),
        worse=DraftResponse(wrong, finding[language]),
        flaw="slip" if kind == "meaning" else "language",
        working={"en": f"In {names[target]} it is: {right}", "zh": f"{names[target]}是：{right}"}[language],
        steps=1,
    )


FAMILY = Family("response-language", make)
