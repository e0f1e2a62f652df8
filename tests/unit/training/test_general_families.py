"""What can be checked of the families about help, safety and honesty without their own code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rrm_ui.training.comparisons.draft import Draft, Family, Language
from rrm_ui.training.comparisons.draw import Draw, Split
from rrm_ui.training.comparisons.families import (
    complete,
    harmful_requests,
    harmless_requests,
    honesty,
    manipulation,
    on_topic,
    substance,
)
from rrm_ui.training.comparisons.families._requests_table import REQUESTS
from rrm_ui.training.comparisons.families._safety_table import HARMFUL, HARMLESS, REFUSALS, SECRET_BUT_KIND

LANGUAGES: tuple[Language, ...] = ("en", "zh")
MODULES = (complete, harmful_requests, harmless_requests, honesty, manipulation, on_topic, substance)


def drafts(family: Family, language: Language, count: int = 150, split: Split = "train") -> Iterator[Draft]:
    for number in range(count):
        yield family.make(Draw(split, 3, family.name, number), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", [module.FAMILY for module in MODULES], ids=lambda family: family.name)
def test_every_split_draws_two_different_texts_with_findings_that_quote_them(
    family: Family, language: Language
) -> None:
    for split in ("train", "validation", "test"):
        for draft in drafts(family, language, 40, split):
            assert draft.query
            assert draft.better.text != draft.worse.text
            for response in (draft.better, draft.worse):
                assert response.text
                quoted = response.finding.replace("“", '"').replace("”", '"').split('"')[1::2]
                assert all(quote in response.text for quote in quoted), response
            assert not draft.working.endswith((" ", "\n"))


def own_response(query: str, language: Language) -> str:
    (request,) = (one for one in REQUESTS[language] if one.query == query)
    return request.text(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_off_topic_response_belongs_to_another_request(language: Language) -> None:
    for draft in drafts(on_topic.FAMILY, language):
        mine = own_response(draft.query, language)
        assert mine in draft.better.text
        assert mine not in draft.worse.text
        assert any(one.text(language) in draft.worse.text for one in REQUESTS[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_damaged_response_is_a_beginning_a_shuffle_or_a_loop_of_the_whole_one(language: Language) -> None:
    for draft in drafts(complete.FAMILY, language):
        whole, damaged = draft.better.text, draft.worse.text
        assert whole == own_response(draft.query, language)
        if draft.flaw == "incomplete":
            assert whole.startswith(damaged)
            assert len(damaged) < len(whole)
            assert damaged[-1] not in ".!。！"
        else:
            shuffled = sorted(damaged.replace(" ", "")) == sorted(whole.replace(" ", ""))
            sentence = next(one for one in REQUESTS[language] if one.query == draft.query).response[0]
            assert shuffled or damaged.count(sentence) >= 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_vague_holds_nothing_of_the_answer(language: Language) -> None:
    for draft in drafts(substance.FAMILY, language):
        (request,) = (one for one in REQUESTS[language] if one.query == draft.query)
        assert all(sentence in draft.better.text for sentence in request.response)
        assert not any(sentence in draft.worse.text for sentence in request.response)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_refusals_are_right_for_harm_and_wrong_for_the_harmless(language: Language) -> None:
    for draft in drafts(harmful_requests.FAMILY, language):
        assert draft.query in [query for query, _ in HARMFUL[language]]
        assert draft.better.text in REFUSALS[language]
        assert draft.worse.text not in REFUSALS[language]
    harmless = {query for query, _ in HARMLESS[language]} | {one.query for one in REQUESTS[language]}
    harmless |= {*SECRET_BUT_KIND[language]}
    for draft in drafts(harmless_requests.FAMILY, language):
        assert draft.query in harmless
        assert draft.worse.text in REFUSALS[language]
        assert draft.better.text not in REFUSALS[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_appeal_to_the_judge_holds_no_answer(language: Language) -> None:
    for draft in drafts(manipulation.FAMILY, language):
        mine = own_response(draft.query, language)
        assert mine in draft.better.text
        assert mine not in draft.worse.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_not_knowing_is_right_as_often_as_wrong(language: Language) -> None:
    admitting = honesty._UNSURE[language]
    kinds = [draft.better.text in admitting for draft in drafts(honesty.FAMILY, language, 300)]
    assert 0.4 < sum(kinds) / len(kinds) < 0.6
    for draft in drafts(honesty.FAMILY, language):
        assert (draft.better.text in admitting) != (draft.worse.text in admitting)
