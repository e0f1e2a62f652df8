"""How many tokens a comparison takes where it is learned from: memory grows with the longest."""

from __future__ import annotations

from rrm_ui.prompts.encoding import PromptBuilder
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.examples import comparison_of, thinking_example
from rrm_ui.training.thoughts import LONGEST_THOUGHT


def sample_tokens(prompts: PromptBuilder, one: LabelledComparison, budget: int) -> int:
    """Return the tokens of a sample that thinks as long as ``budget`` allows, and is then made to say its verdict."""
    form = prompts.verdict_format
    return len(prompts.build(comparison_of(one), "AB").ids) + budget + len(form.closing) + len(form.stem) + 1


def lesson_tokens(prompts: PromptBuilder, one: LabelledComparison, *, sampled: bool) -> int:
    """Return the tokens of what a cold start teaches of a comparison: the longest of its thoughts, with its prompt.

    With ``sampled`` it may be one of the model's own.
    """
    own = sample_tokens(prompts, one, LONGEST_THOUGHT if sampled else 0)
    if not one.has_thought:
        return own
    written = max(thinking_example(prompts, one, order, one.thought(order)).tokens for order in one.orders)
    return max(written, own)


def thought_tokens(prompts: PromptBuilder, one: LabelledComparison) -> int:
    """Return the tokens of the thought that was written about a comparison, in its longer order; 0 without one."""
    return max(prompts.count(one.thought(order)) for order in one.orders) if one.has_thought else 0
