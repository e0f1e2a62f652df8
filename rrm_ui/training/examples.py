"""Comparisons as token ids to learn from: a prompt, a thought, and the verdict where the engine will read it."""

from __future__ import annotations

from rrm_ui.prompts.encoding import PromptBuilder
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.packing import Continuation, Group
from rrm_ui.training.rollouts import Rollout
from rrm_ui.values import Comparison, Order


def comparison_of(labelled: LabelledComparison) -> Comparison:
    """Return what the judge is shown."""
    return Comparison(labelled.query, labelled.response_a, labelled.response_b)


def better_position(labelled: LabelledComparison, order: Order) -> int:
    """Return the place (0 or 1) of the better response as the model sees the comparison."""
    return 0 if (labelled.label == "A") == (order == "AB") else 1


def thinking_example(prompts: PromptBuilder, labelled: LabelledComparison, order: Order, thought: str) -> Group:
    """Return the example that teaches ``thought``, its end, and the right verdict.

    What the engine feeds between the thought and the verdict is there, as it will be, and is not learned.
    """
    form = prompts.verdict_format
    thinking = (*prompts.text_ids(f"{thought}\n"), *prompts.marker_ids(form.form.close))
    ids = (*thinking, *form.closed_stem, form.choices[better_position(labelled, order)])
    taught = (*[True] * len(thinking), *[False] * len(form.closed_stem), True)
    return _group(prompts, labelled, order, ids, taught)


def direct_example(prompts: PromptBuilder, labelled: LabelledComparison, order: Order) -> Group:
    """Return the example that teaches the right verdict without any thinking (DirectJudge)."""
    form = prompts.verdict_format
    fed = (*form.closing, *form.stem)
    ids = (*fed, form.choices[better_position(labelled, order)])
    return _group(prompts, labelled, order, ids, (*[False] * len(fed), True))


def rollout_continuation(prompts: PromptBuilder, rollout: Rollout) -> Continuation:
    """Return what ``rollout`` wrote, with its verdict: its own tokens are learned from, the fed ones are not."""
    form = prompts.verdict_format
    written = rollout.thinking_tokens
    taught = [True] * written + [False] * (len(rollout.ids) - written)
    ids = list(rollout.ids)
    if rollout.position is not None:
        ids.append(form.choices[0 if rollout.position == "first" else 1])
        taught.append(True)
    return Continuation(tuple(ids), tuple(taught))


def _group(
    prompts: PromptBuilder,
    labelled: LabelledComparison,
    order: Order,
    ids: tuple[int, ...],
    taught: tuple[bool, ...],
) -> Group:
    return Group(prompts.build(comparison_of(labelled), order).ids, (Continuation(ids, taught),))
