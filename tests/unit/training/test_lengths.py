"""How long a comparison is said to be, against what is learned of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.scripted_model import scripted_prompts
from rrm_ui.training.comparisons.families.sums import FAMILY
from rrm_ui.training.comparisons.generate import LabelledComparison, make_one
from rrm_ui.training.examples import direct_example, rollout_continuation, thinking_example
from rrm_ui.training.lengths import lesson_tokens, sample_tokens, thought_tokens
from rrm_ui.training.rollouts import Rollout
from rrm_ui.training.thoughts import LONGEST_THOUGHT

PROMPTS = scripted_prompts(EMBEDDED)


@pytest.fixture
def one() -> LabelledComparison:
    return replace(make_one(FAMILY, 0, "train", 0), finding_b="says so: right", working="long " * 200)


def test_a_lesson_is_as_long_as_its_longest_thought(one: LabelledComparison) -> None:
    lengths = [thinking_example(PROMPTS, one, order, one.thought(order)).tokens for order in one.orders]
    assert lesson_tokens(PROMPTS, one, sampled=False) == max(lengths)
    assert thought_tokens(PROMPTS, one) == len(one.thought("AB").encode())  # of this tokenizer a byte is a token
    assert lesson_tokens(PROMPTS, replace(one, working="."), sampled=True) == sample_tokens(
        PROMPTS, one, LONGEST_THOUGHT
    )
    whole = replace(one, whole_thought="Right.")
    assert lesson_tokens(PROMPTS, whole, sampled=False) == thinking_example(PROMPTS, whole, "AB", "Right.").tokens


def test_a_sample_is_as_long_as_one_that_was_cut_and_read(one: LabelledComparison) -> None:
    form = PROMPTS.verdict_format
    assert sample_tokens(PROMPTS, one, 0) == direct_example(PROMPTS, one, "AB").tokens
    ids = (1,) * 7 + form.closing + form.stem
    rollout = Rollout("", ids, thinking_tokens=7, closed_by_model=False, position="first", p_first=0.5)
    prompt = direct_example(PROMPTS, one, "AB").prompt
    assert sample_tokens(PROMPTS, one, 7) == len(prompt) + len(rollout_continuation(PROMPTS, rollout).ids)
