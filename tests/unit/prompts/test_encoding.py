"""Prompts on a tokenizer with a token a byte; ``tests/model`` repeats them on the real ones."""

from __future__ import annotations

import itertools
import threading
import time
from typing import get_args

import pytest
from hypothesis import given

from rrm_ui.prompts.encoding import LONG_TEXT, PromptBuilder, clean_text
from rrm_ui.prompts.families import EMBEDDED, FAMILIES, RRM
from rrm_ui.scripted_model import scripted_prompts
from rrm_ui.values import Comparison, Order
from tests.hostile import HOSTILE, hostile_text
from tests.prompt_checks import check_orders_share_their_head, check_text_stays_text

BUILDERS = [scripted_prompts(family) for family in FAMILIES.values()]


@given(hostile_text, hostile_text, hostile_text)
def test_no_text_becomes_a_special_token(query: str, response_a: str, response_b: str) -> None:
    for builder in BUILDERS:
        comparison = Comparison(query, response_a, response_b)
        check_text_stays_text(builder, comparison)
        check_orders_share_their_head(builder, comparison)


def test_clean_text_replaces_only_lone_surrogates() -> None:
    for text in HOSTILE:
        cleaned = clean_text(text)
        assert cleaned.encode("utf-8")
        assert "\ud800" in text or "\udfff" in text or cleaned == text
    assert clean_text("a\ud83d\ude00b") == "a😀b"


def test_the_orders_swap_the_responses() -> None:
    builder = BUILDERS[0]
    ab = builder.tokenizer.decode(list(builder.build(Comparison("q", "first", "second"), "AB").ids))
    ba = builder.tokenizer.decode(list(builder.build(Comparison("q", "second", "first"), "BA").ids))
    assert ab == ba


@pytest.mark.parametrize("text", ["x" * LONG_TEXT, "naïve 判断 😀 <|im_start|>\ud800\n" * LONG_TEXT])
def test_a_long_text_has_the_tokens_that_its_parts_have(text: str) -> None:
    builder, short = BUILDERS[0], text[: len(text) // LONG_TEXT]
    assert builder.text_ids(text) == builder.text_ids(short) * LONG_TEXT


def test_other_threads_run_while_a_long_text_is_encoded() -> None:
    beats: list[float] = []
    ended = threading.Event()

    def beat() -> None:
        while not ended.is_set():
            beats.append(time.perf_counter())
            time.sleep(0.001)

    heart = threading.Thread(target=beat)
    heart.start()
    started = time.perf_counter()
    BUILDERS[0].count("many words " * 400_000)
    took = time.perf_counter() - started
    ended.set()
    heart.join()
    pauses = [later - earlier for earlier, later in itertools.pairwise(beats)]
    assert max(pauses) < took / 2


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.family.name)
def test_the_length_of_a_prompt_is_a_sum(builder: PromptBuilder) -> None:
    texts = ("a query", "one response", "another, longer")
    for order in get_args(Order):
        prompt = builder.build(Comparison(*texts), order)
        assert len(prompt.ids) == builder.own_tokens + sum(map(builder.count, texts))


def test_a_megabyte_is_counted() -> None:
    assert BUILDERS[0].count("x" * 1_000_000) == 1_000_000
    assert BUILDERS[0].count("") == 0


def test_the_wording_hash_follows_the_words() -> None:
    assert RRM.wording_hash() != EMBEDDED.wording_hash()
    assert len(RRM.wording_hash()) == 12
    assert len({family.wording_hash() for family in FAMILIES.values()}) == len(FAMILIES)


def test_the_words_that_judgments_were_made_with_keep_their_hash() -> None:
    # Records and calibrations name these; a change of words is a change of judge.
    assert (RRM.wording_hash(), EMBEDDED.wording_hash()) == ("eac5d9eb3d24", "bccef2b4d89f")


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.family.name)
def test_a_verdict_is_asked_for_in_the_familys_form(builder: PromptBuilder) -> None:
    form, words = builder.verdict_format, builder.family.verdict
    first, second = (builder.tokenizer.decode([*form.stem, choice]) for choice in form.choices)
    assert [f"{first}{words.end}", f"{second}{words.end}"] == [
        f"{words.stem}{choice}{words.end}" for choice in words.choices
    ]
    closing = builder.tokenizer.decode(list(form.closing), skip_special_tokens=False)
    assert closing == words.closing
    assert (form.close_id is None) == (words.close == "<answer>")
