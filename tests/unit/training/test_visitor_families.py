"""The families of what a visitor tries first: percentages, short answers, conditions, translations, advice, messages.

Labels are checked on the texts alone, by computing them again or by looking the texts up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import pytest

from rrm_ui.training.comparisons.catalogue import TRAINED
from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families import (
    closed_answers,
    conditions,
    dangers,
    explanations,
    messages,
    percentages,
    translations,
)
from rrm_ui.training.comparisons.families._dangers_table import DANGERS, Danger
from rrm_ui.training.comparisons.families._explanations_table import EXPLANATIONS, Explanation
from rrm_ui.training.comparisons.families._messages_table import MESSAGES, Message
from rrm_ui.training.comparisons.families._topics_table import TOPICS
from rrm_ui.training.comparisons.families._translations_table import GROUPS, PHRASES
from rrm_ui.training.comparisons.generate import generate
from rrm_ui.ui.examples import load_examples

LANGUAGES: tuple[Language, ...] = ("en", "zh")
RISES = r"rises?|rose|adds|tax|涨|加价|税率"


def drafts(family: Family, language: Language, count: int = 200) -> Iterator[Draft]:
    for number in range(count):
        yield family.make(Draw("train", 5, family.name, number), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_prices_are_computed_again_from_the_query(language: Language) -> None:
    for draft in drafts(percentages.FAMILY, language):
        found = re.search(r"(\d+)(?: euros|元)", draft.query)
        assert found, draft.query
        price = Fraction(int(found[1]))
        # The verb may stand before its percentage or after it, always in the same half of the query.
        parts = re.findall(r"[^%]*%[^,;，。]*" if language == "zh" else r"[^%]*%[^,;]*", draft.query)
        for part in parts:
            percent = re.search(r"(\d+)%", part)
            assert percent
            sign = 1 if re.search(RISES, part) else -1
            price *= Fraction(100 + sign * int(percent[1]), 100)
        right = f"{float(price):.2f}".rstrip("0").rstrip(".")
        unit = {"en": " euros", "zh": "元"}[language]
        assert f"{right}{unit}" in draft.better.text, draft
        assert not re.search(rf"(?<![\d.]){re.escape(right + unit)}", draft.worse.text), draft


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_better_answer_has_the_form_that_was_asked_for(language: Language) -> None:
    sentence = re.compile({"en": r"sentence", "zh": r"完整|一整句"}[language])
    no_sentence = re.compile({"en": r"[Nn]o sentence", "zh": r"不要写句子"}[language])
    for draft in drafts(closed_answers.FAMILY, language):
        asked_long = bool(sentence.search(draft.query)) and not no_sentence.search(draft.query)
        long = re.compile(r"[.。]$")
        assert bool(long.search(draft.better.text)) == asked_long, draft
        if draft.flaw == "form":
            assert bool(long.search(draft.worse.text)) != asked_long, draft
        else:
            assert bool(long.search(draft.worse.text)) == asked_long, draft
            assert draft.better.text != draft.worse.text


def test_divisible_is_divided_again() -> None:
    seen = 0
    for draft in drafts(closed_answers.FAMILY, "en", 400):
        if found := re.search(r"is (\d+) divisible by (\d+)", draft.query, re.IGNORECASE):
            right = "Yes" if int(found[1]) % int(found[2]) == 0 else "No"
            assert draft.better.text.startswith(right), draft
            seen += 1
    assert seen > 20


def kept_conditions(draft: Draft, text: str, language: Language) -> list[bool]:
    """Return for each condition of the query whether ``text`` keeps it."""
    numbers = {"one": 1, "two": 2, "three": 3, "four": 4, "一": 1, "两": 2, "三": 3, "四": 4}
    count = next(
        numbers[word]
        for word in re.findall(r"\w+" if language == "en" else ".", draft.query.lower())
        if word in numbers
    )
    found = re.search(r'(begin|end) with the word "(\w+)"' if language == "en" else r"以“(.+?)”(开|结)", draft.query)
    assert found, draft.query
    word, start = (found[2], found[1] == "begin") if language == "en" else (found[1], found[2] == "开")
    at_start = text.lower().startswith(word)
    bare = text[len(word) :] if at_start else text[: -len(word)]
    things = [thing for thing in re.split(r"\n|, |、|，", bare.strip(" ，\n")) if thing]
    listed = "one per line" in draft.query or "每行" in draft.query
    checks = [len(things) == count, ("\n" in text) == listed, at_start == start]
    if language == "en":
        checks.append(text == (text.upper() if "capital letters" in draft.query else text.lower()))
    known = {thing.lower() for _, row in TOPICS[language] for thing in row}
    assert all(thing.lower() in known for thing in things), (things, draft)
    return checks


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_better_list_keeps_all_conditions_and_the_worse_one_all_but_one(language: Language) -> None:
    for draft in drafts(conditions.FAMILY, language):
        assert all(kept_conditions(draft, draft.better.text, language)), draft
        assert kept_conditions(draft, draft.worse.text, language).count(False) == 1, draft


def test_phrases_differ_from_each_other_in_every_language() -> None:
    for group in GROUPS:
        assert len(group) >= 3
        for name in group[0]._fields:
            assert len({getattr(phrase, name).casefold() for phrase in group}) == len(group), group
    for phrase in PHRASES:
        assert len({text.casefold() for text in phrase}) == len(phrase), phrase


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_are_looked_up_again(language: Language) -> None:
    codes = {"English": "en", "Chinese": "zh", "Spanish": "es", "French": "fr", "German": "de",
             "英语": "en", "中文": "zh", "西班牙语": "es", "法语": "fr", "德语": "de"}  # fmt: skip
    for draft in drafts(translations.FAMILY, language):
        into = next(code for name, code in codes.items() if name in draft.query)
        asked = re.search(r"[\"“](.+?)[\"”]", draft.query)
        assert asked
        phrase = next(one for one in PHRASES if asked[1] in one)
        assert getattr(phrase, into) in draft.better.text, draft
        assert getattr(phrase, into) not in draft.worse.text, draft


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("family", "table", "good", "bad"),
    [
        (explanations.FAMILY, EXPLANATIONS, "right", "wrong"),
        (dangers.FAMILY, DANGERS, "safe", "dangerous"),
        (messages.FAMILY, MESSAGES, "fitting", "offending"),
    ],
)
def test_texts_come_from_the_row_of_the_query(
    language: Language,
    family: Family,
    table: Mapping[Language, Sequence[Danger | Explanation | Message]],
    good: str,
    bad: str,
) -> None:
    assert len({row.query for row in table[language]}) == len(table[language]) >= 20
    for draft in drafts(family, language, 100):
        row = next(row for row in table[language] if row.query in draft.query)
        assert getattr(row, good) in draft.better.text
        assert getattr(row, bad) in draft.worse.text
        assert getattr(row, bad) not in draft.better.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_insult_is_where_the_thought_says_it_is(language: Language) -> None:
    rows = MESSAGES[language]
    assert all(row.insult in row.offending and row.insult not in row.fitting for row in rows)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "family",
    [
        closed_answers.FAMILY, conditions.FAMILY, dangers.FAMILY, explanations.FAMILY, messages.FAMILY,
        percentages.FAMILY, translations.FAMILY,
    ],
    ids=lambda family: family.name,
)  # fmt: skip
def test_length_does_not_tell_which_is_better(family: Family, language: Language) -> None:
    longer = [
        len(draft.better.text) > len(draft.worse.text)
        for draft in drafts(family, language, 600)
        if len(draft.better.text) != len(draft.worse.text)
    ]
    assert 0.35 < sum(longer) / len(longer) < 0.65


def test_yes_and_no_are_no_sign_of_danger() -> None:
    def openings(answers: list[str]) -> list[int]:
        return [sum(bool(re.match(word, answer)) for answer in answers) for word in ("Yes|Sure", "No")]

    rows = DANGERS["en"]
    (safe_yes, safe_no), (bad_yes, bad_no) = (
        openings([row.safe for row in rows]),
        openings([row.dangerous for row in rows]),
    )
    assert abs(safe_yes - bad_yes) <= 3
    assert abs(safe_no - bad_no) <= 3


def test_no_example_of_the_page_is_asked_for_in_training() -> None:
    asked = {re.sub(r"\W", "", one.query).lower() for one in generate(TRAINED, 6000, "train", 12)}
    for example in load_examples():
        query = re.sub(r"\W", "", example.comparison.query).lower()
        assert not any(query in other for other in asked)
