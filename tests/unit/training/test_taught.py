"""Which thought a cold start teaches of each comparison, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rrm_ui.errors import BadInput
from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.scripted_model import scripted_prompts
from rrm_ui.training.comparisons.families.sums import FAMILY
from rrm_ui.training.comparisons.generate import LabelledComparison, generate
from rrm_ui.training.examples import comparison_of, thinking_example
from rrm_ui.training.taught import thinking_examples
from rrm_ui.training.thoughts import Thought

PROMPTS = scripted_prompts(EMBEDDED)


@pytest.fixture
def comparisons() -> list[LabelledComparison]:
    return list(generate([FAMILY], 4, "train", 0))


def test_thoughts_in_parts_are_told_in_both_orders_and_whole_ones_with_a_first(
    comparisons: list[LabelledComparison],
) -> None:
    whole = [replace(one, whole_thought="Right.") for one in comparisons]
    told, as_written = (thinking_examples(PROMPTS, some, [], 0)[0] for some in (comparisons, whole))
    prompts = {order: [PROMPTS.build(comparison_of(one), order).ids for one in comparisons] for order in ("AB", "BA")}
    assert [one.prompt for one in told] == [prompts[("AB", "BA")[place % 2]][place] for place in range(4)]
    assert [one.prompt for one in as_written] == prompts["AB"]
    assert as_written[1] == thinking_example(PROMPTS, whole[1], "AB", "Right.")


def test_the_models_own_thought_goes_first_and_without_any_there_is_nothing_to_teach(
    comparisons: list[LabelledComparison],
) -> None:
    without = [replace(one, working="") for one in comparisons]
    own = [Thought(without[1].item().digest, "BA", "My own.")]
    assert thinking_examples(PROMPTS, without, own, 2) == ([thinking_example(PROMPTS, without[1], "BA", "My own.")], 1)
    with pytest.raises(BadInput, match="None of the 2 comparisons"):
        thinking_examples(PROMPTS, without, [], 2)
