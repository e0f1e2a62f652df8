"""What a cold start teaches: the thought that was written about a comparison, or the model's own where it is right."""

from __future__ import annotations

from collections.abc import Sequence

from rrm_ui.errors import BadInput
from rrm_ui.prompts.encoding import PromptBuilder
from rrm_ui.prompts.families import PromptFamily
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.examples import thinking_example
from rrm_ui.training.packing import Group
from rrm_ui.training.thoughts import Thought


def require_thoughts(comparisons: Sequence[LabelledComparison], sampled: int) -> None:
    """Raise BadInput if no comparison has a thought and none is ``sampled``."""
    if not sampled and not any(one.has_thought for one in comparisons):
        raise BadInput("No comparison has a thought: sample some with --sampled, or give rows of `train comparisons`.")


def require_assistants(family: PromptFamily) -> None:
    """Raise BadInput unless ``family`` speaks of Assistant 1 and Assistant 2, as the thoughts that are taught do."""
    if "Assistant 1" not in f"{family.system}{family.before_first}{family.after_responses}":
        raise BadInput(
            f"The thoughts of a cold start are about Assistant 1 and Assistant 2, and the words of {family.name} call "
            "the responses otherwise. Set RRM_PROMPT_FAMILY=embedded, for training and for judging."
        )


def thinking_examples(
    prompts: PromptBuilder, comparisons: Sequence[LabelledComparison], own: Sequence[Thought], sampled: int
) -> tuple[list[Group], int]:
    """Return what is taught of each comparison that has a thought, and how many thoughts are the model's ``own``.

    Of ``sampled`` comparisons it had been asked for one.

    Raises:
        BadInput: there is none.
    """
    sampled_texts = {(thought.texts, thought.order): thought.text for thought in own}
    examples: list[Group] = []
    taught = 0
    for number, one in enumerate(comparisons):
        order = one.orders[number % len(one.orders)]
        sample = sampled_texts.get((one.item().digest, order))
        taught += sample is not None
        text = sample or (one.thought(order) if one.has_thought else None)
        if text is not None:
            examples.append(thinking_example(prompts, one, order, text))
    if not examples:
        raise BadInput(
            f"None of the {sampled:,} comparisons that were put to the model gave a right thought: sample more of them "
            "into another folder (--sampled, --out), or give rows of `train comparisons`."
        )
    return examples, taught
