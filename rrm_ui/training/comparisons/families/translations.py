"""A phrase put into another language; the worse response says something near by, or in a language nobody asked for."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import JUDGED
from rrm_ui.training.comparisons.families._translations_table import GROUPS, Phrase

_LANGUAGES: dict[Language, dict[str, str]] = {
    "en": {"en": "English", "zh": "Chinese", "es": "Spanish", "fr": "French", "de": "German"},
    "zh": {"en": "英语", "zh": "中文", "es": "西班牙语", "fr": "法语", "de": "德语"},
}
_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": (
        'Translate "{phrase}" into {language}.', 'How do you say "{phrase}" in {language}?',
        'What is "{phrase}" in {language}?', '"{phrase}" in {language}, please.',
        'I need the {language} for "{phrase}".',
    ),
    "zh": (
        "把“{phrase}”翻译成{language}。", "“{phrase}”用{language}怎么说？", "请将“{phrase}”译为{language}。",
        "“{phrase}”的{language}是什么？", "{language}里怎么说“{phrase}”？",
    ),
}  # fmt: skip
_FRAMES: dict[Language, tuple[str, ...]] = {
    "en": (
        "{said}", "{said}", '"{said}"', "In {language}: {said}", 'You say "{said}".', 'That is "{said}".',
        "Sure! In {language} one says: {said}", "{said}\n\nLet me know if you have more to translate.",
    ),
    "zh": (
        "{said}", "{said}", "“{said}”", "{language}是：{said}", "可以说“{said}”。", "好的！用{language}说：{said}",
        "{said}\n\n还有要翻译的请告诉我。",
    ),
}  # fmt: skip
_FINDINGS: dict[Language, tuple[str, str]] = {
    "en": ('says "{}", which means "{}": {}', 'says "{}", which is {}, not {}: {}'),
    "zh": ("说“{}”，意思是“{}”，{}", "说“{}”，是{}，不是{}，{}"),
}
_WORKING: dict[Language, str] = {"en": '"{}" in {} is: {}.', "zh": "“{}”用{}说是：{}。"}
_OTHER_LANGUAGE_CHANCE = 0.35


def make(draw: Draw, language: Language) -> Draft:
    """Return a translation against one that is wrong in meaning or in language."""
    group = draw.row(GROUPS)
    phrase = draw.choice(group)
    # Into the reader's own language now and then; else out of it.
    into = draw.choice(("es", "fr", "de", "zh" if language == "en" else "en"))
    source: str = language
    if draw.chance(0.3):
        source, into = into, language
    other = draw.choice([one for one in group if getattr(one, into) != getattr(phrase, into)])
    # Left as it was, or in a language nobody asked for.
    strange = draw.choice([name for name in (source, "es", "fr", "de") if name != into])
    worse, finding, flaw = _wrong(draw, language, phrase, other, into, strange)
    names = _LANGUAGES[language]
    said = getattr(phrase, into)
    return Draft(
        query=draw.choice(_QUERIES[language]).format(phrase=getattr(phrase, source), language=names[into]),
        better=DraftResponse(_say(draw, language, said, into), _praise(language, phrase, into)),
        worse=DraftResponse(worse, finding),
        flaw=flaw,
        working=_WORKING[language].format(getattr(phrase, source), names[into], said.rstrip(".?。？！ ")),
        steps=1,
    )


def _wrong(
    draw: Draw, language: Language, phrase: Phrase, other: Phrase, into: str, strange: str
) -> tuple[str, str, Flaw]:
    """Return a wrong translation, what a thought says of it, and its flaw."""
    wrong, names = JUDGED[language][1], _LANGUAGES[language]
    if draw.chance(_OTHER_LANGUAGE_CHANCE):
        said = getattr(phrase, strange)
        finding = _FINDINGS[language][1].format(said, names[strange], names[into], wrong)
        return _say(draw, language, said, into), finding, "language"
    said = getattr(other, into)
    if into != language:
        return (
            _say(draw, language, said, into),
            _FINDINGS[language][0].format(said, getattr(other, language), wrong),
            "slip",
        )
    meant = getattr(phrase, language)
    finding = {"en": f'says "{said}", not "{meant}": wrong', "zh": f"说“{said}”，不是“{meant}”，错"}[language]
    return _say(draw, language, said, into), finding, "slip"


def _praise(language: Language, phrase: Phrase, into: str) -> str:
    """Return the finding about the right translation: what it means, unless it is in the reader's own language."""
    said, right = getattr(phrase, into), JUDGED[language][0]
    if into == language:
        return {"en": f'says "{said}": {right}', "zh": f"说“{said}”，{right}"}[language]
    return _FINDINGS[language][0].format(said, getattr(phrase, language), right)


def _say(draw: Draw, language: Language, said: str, into: str) -> str:
    return draw.choice(_FRAMES[language]).format(said=said, language=_LANGUAGES[language][into])


FAMILY = Family("translations", make, taught="reward")
