"""The rewriting of sentences, checked on the texts alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from rrm_ui.training.comparisons.draft import Draft, Language
from rrm_ui.training.comparisons.draw import Draw, Split
from rrm_ui.training.comparisons.families import rewriting
from rrm_ui.training.comparisons.families._rewriting_table import CHINESE, ENGLISH, REQUESTS

LANGUAGES: tuple[Language, ...] = ("en", "zh")
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
ASKED = {
    "negative": "negative|Negate|否定", "question": "question|How do I ask|疑问句|问句", "past": "past",
    "typo": "typo|misspelt|spelling|错别字|错字", "polite": "polite|rude|礼貌|客气",
}  # fmt: skip
FRAMES = r'Sure! |Here you go: |\n\nLet me .*|\n\n如果.*|好的！|改好了：|["“”]'
KIND = r"please|kind|请您|麻烦您"


def drafts(language: Language, split: Split = "train", count: int = 300) -> Iterator[Draft]:
    for number in range(count):
        yield rewriting.FAMILY.make(Draw(split, 4, "rewriting", number), language)


def parts(query: str) -> tuple[str, str]:
    """Return the sentence between the first quotation marks, and what is asked of it."""
    found = re.search('["“]([^"”]+)["”]', query)
    assert found, query
    wish = query.replace(found[1], "")
    return found[1], next(kind for kind, words in ASKED.items() if re.search(words, wish))


def words_of(text: str, language: Language) -> list[str]:
    bare = re.sub(r"[.?!。？！，,]", "", text)
    return list(bare) if language == "zh" else bare.split()


def obeys(text: str, given: str, kind: str, language: Language) -> bool:
    """Whether ``text`` is ``given`` as asked: told by the words that are new in it and those that went."""
    said = re.sub(FRAMES, "", text)
    before, after = words_of(given, language), words_of(said, language)
    if kind == "polite":
        return " ".join(before).lower() in " ".join(after).lower() and re.search(KIND, said) is not None
    if kind in ("typo", "past"):
        changed = [(old, new) for old, new in zip(before, after, strict=False) if old != new]
        if len(before) != len(after) or len(changed) != 1:
            return False
        ((old, new),) = changed
        verbs = {row[2]: row[3] for row in ENGLISH}
        fixes = {row[-1]: row[-2] for row in (*ENGLISH, *CHINESE)}
        return (verbs if kind == "past" else fixes).get(old) == new
    rest_kept = before[-1] in after[-2:] and before[0].lower() in [word.lower() for word in after[:3]]
    if language == "zh":
        one_more = len(after) == len(before) + 1
        return one_more and rest_kept and ("不" in after if kind == "negative" else said.endswith("吗？"))
    does = "does not" in said if kind == "negative" else said.startswith("Does ") and said.endswith("?")
    return does and rest_kept


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_is_rewritten_as_asked(language: Language, split: Split) -> None:
    for draft in drafts(language, split):
        given, kind = parts(draft.query)
        assert obeys(draft.better.text, given, kind, language), draft
        assert not obeys(draft.worse.text, given, kind, language), draft


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_findings_quote_what_is_there(language: Language) -> None:
    for draft in drafts(language):
        for response in (draft.better, draft.worse):
            quoted = re.findall('["“]([^"”]+)["”]', response.finding)
            assert all(quote in response.text for quote in quoted), response


def test_a_misspelt_word_stands_once_in_its_sentence_and_rows_differ() -> None:
    assert all(row[4].count(row[5]) == 1 and row[5] not in row[0] and row[5] != row[6] for row in ENGLISH)
    assert all((row[0] + row[1]).count(row[2]) == 1 for row in CHINESE), CHINESE
    tables: tuple[tuple[object, ...], ...] = (ENGLISH, CHINESE, *REQUESTS.values())
    for table in tables:
        assert len({*table}) == len(table) >= 30
        for split in SPLITS:
            assert len(Draw(split, 0, "rewriting", 0).rows(table)) >= 2
