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
        english, chinese = (other[code].rstrip(".?!。？！") for code in ("en", "zh"))
        finding = _finding(language, wrong, f"means {english}", f"意思是{chinese}", right=False)
    elif kind == "untranslated":
        wrong = row[language]
        finding = _finding(language, wrong, f"is {names[language]}", f"是{names[language]}", right=False)
    else:
        wrong = row[stranger]
        finding = _finding(language, wrong, f"is {names[stranger]}", f"是{names[stranger]}", right=False)
    return Draft(
        query=draw.choice(_QUERIES[language]).format(names[target], row[language]),
        better=DraftResponse(right, _finding(language, right, f"is {names[target]}", f"是{names[target]}", right=True)),
        worse=DraftResponse(wrong, finding),
        flaw="slip" if kind == "meaning" else "language",
        working={"en": f"In {names[target]} it is: {right}", "zh": f"{names[target]}是：{right}"}[language],
        steps=1,
    )


def _finding(language: Language, said: str, english: str, chinese: str, *, right: bool) -> str:
    """Quote what was said, then judge it."""
    if language == "en":
        return f'says "{said}", which {english}: {"right" if right else "wrong"}'
    return f"说“{said}”，{chinese}，{'对' if right else '错'}"


FAMILY = Family("response-language", make)
