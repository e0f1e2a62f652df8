"""The families about obeying an instruction, checked on the texts alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families import (
    formats,
    include_avoid,
    item_counts,
    reading,
    response_language,
    word_limits,
)
from rrm_ui.training.comparisons.families._sentences_table import SENTENCES
from rrm_ui.training.comparisons.families._topics_table import TOPICS

LANGUAGES: tuple[Language, ...] = ("en", "zh")
NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "一": 1, "两": 2, "三": 3, "四": 4, "五": 5}


def drafts(family: Family, language: Language, count: int = 250) -> Iterator[Draft]:
    for number in range(count):
        yield family.make(Draw("train", 5, family.name, number), language)


def things_in(text: str, language: Language) -> list[str]:
    """Return the things of a list, however it is laid out."""
    bare = re.sub(r"(?m)^(\d+\.|-) ", "", text)
    known = {thing for _, things in TOPICS[language] for thing in things}
    found = re.split(r"\n|, |、", bare)
    return [next((thing for thing in sorted(known, key=len, reverse=True) if thing in part), part) for part in found]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_has_so_many_different_things_of_the_kind(language: Language) -> None:
    kinds = {topic: {*things} for topic, things in TOPICS[language]}

    def obeys(text: str, count: int, topic: str) -> bool:
        things = things_in(text, language)
        return len(things) == len({*things}) == count and {*things} <= kinds[topic]

    for draft in drafts(item_counts.FAMILY, language):
        pattern = r"(\d|one|two|three|four|five|[一两三四五])(?:种|个|条| )"
        number = re.search(pattern, draft.query.lower())
        assert number, draft.query
        count = NUMBERS.get(number[1]) or int(number[1])
        topic = next(name for name in sorted(kinds, key=len, reverse=True) if name in draft.query)
        assert obeys(draft.better.text, count, topic), draft
        assert not obeys(draft.worse.text, count, topic), draft


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_and_sentences_are_counted(language: Language) -> None:
    for draft in drafts(word_limits.FAMILY, language):
        words = re.search(r"(\d+)(?: words?\b|个词)", draft.query)
        characters = re.search(r"(\d+)个字", draft.query)
        if words:
            assert len(draft.better.text.split()) == int(words[1]), draft
            assert len(draft.worse.text.split()) != int(words[1]), draft
        elif characters:
            assert len(draft.better.text) == int(characters[1]), draft
            assert len(draft.worse.text) != int(characters[1]), draft
        elif re.search("one word|single word|[Oo]ne word|只写答案|直接写答案", draft.query):
            assert re.search(r"[.。]$|[.,，] ", draft.better.text) is None, draft
            assert draft.worse.text.endswith((".", "。")), draft
        elif re.search("full sentence|complete sentence|whole sentence|完整的句子", draft.query):
            assert draft.better.text.endswith((".", "。")), draft
            assert not draft.worse.text.endswith((".", "。")), draft
        else:
            several = re.search(
                "at least two|two sentences or more|more than one|至少用两句|两句或|不止一句", draft.query
            )
            sentences = [len(re.findall(r"[.!?。！？](?:\s|$|(?=[\u4e00-\u9fff]))", text))
                         for text in (draft.better.text, draft.worse.text)]  # fmt: skip
            assert (sentences[0] > 1) == (several is not None), draft
            assert (sentences[1] > 1) == (several is None), draft


def form_of(text: str) -> str:
    try:
        json.loads(text)
    except ValueError:
        pass
    else:
        return "array"
    if re.match(r"\d+\. ", text):
        return "numbers"
    if text.startswith("- "):
        return "bullets"
    return "lines" if "\n" in text else "commas"


ASKED = {
    "array": "JSON", "numbers": "numbered|编号列表", "bullets": "with dashes|带短横线的",
    "lines": "one per line|每行一个", "commas": "commas|顿号",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_is_the_one_that_was_asked_for(language: Language) -> None:
    for draft in drafts(formats.FAMILY, language):
        if "letters" in draft.query:
            upper = "capital letters" in draft.query
            assert draft.better.text.isupper() == upper
            assert draft.worse.text.isupper() != upper
        else:
            asked = next(form for form, words in ASKED.items() if re.search(words, draft.query))
            assert form_of(draft.better.text) == asked, draft
            assert form_of(draft.worse.text) != asked, draft


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_of_this_sentence_and_into_this_language(language: Language) -> None:
    codes = {"French": "fr", "Spanish": "es", "German": "de", "Chinese": "zh", "English": "en"}
    codes |= {"法语": "fr", "西班牙语": "es", "德语": "de", "中文": "zh", "英语": "en"}
    for draft in drafts(response_language.FAMILY, language):
        target = next(code for name, code in codes.items() if name in draft.query)
        row = max((one for one in SENTENCES if one[language] in draft.query), key=lambda one: len(one[language]))
        assert draft.better.text == row[target], draft
        assert draft.worse.text != row[target], draft


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_is_there_or_not_as_asked(language: Language) -> None:
    for draft in drafts(include_avoid.FAMILY, language):
        word = re.split('["“”]', draft.query)[1]
        must = not re.search("without|do not|不要出现|不能用", draft.query)
        assert (word in draft.better.text) == must, draft
        assert (word in draft.worse.text) != must, draft


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_worse_answer_is_true_of_somebody_else(language: Language) -> None:
    for draft in drafts(reading.FAMILY, language):
        question = re.search(r"[^.。\n]+[?？]", draft.query)
        assert question
        passage = draft.query.replace(question[0], "")
        people = [name for name in reading._PEOPLE[language] if name in passage]
        asked = next(name for name in people if name in question[0])
        about = next(part for part in re.split(r"(?<=[.。])", passage) if asked in part)
        for response, is_theirs in ((draft.better, True), (draft.worse, False)):
            answer = next(
                (thing for table in (reading._PLACES, reading._JOBS, reading._PETS) for thing in table[language]
                 if thing in response.finding.split(", not")[0].split("不是")[0].split("instead")[0].split("but")[0]
                 .split("应为")[0].split("而不是")[0]),
                None,
            )  # fmt: skip
            assert answer is not None, response
            assert (answer in about) == is_theirs, draft
