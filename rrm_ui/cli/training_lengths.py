"""``--longest`` and ``--budget`` of a training run: which comparisons are too long for them, and what is told of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from rrm_ui.errors import BadInput

if TYPE_CHECKING:
    from rrm_ui.training.comparisons.generate import LabelledComparison
    from rrm_ui.training.untrained import Untrained

    Comparisons = list[LabelledComparison]


def short_enough(
    args: argparse.Namespace, model: Untrained, comparisons: Comparisons, validation: Comparisons
) -> tuple[Comparisons, Comparisons]:
    """Return those that take at most ``--longest`` tokens with their thinking, and say how many do not.

    Memory grows with the longest: one that does not fit would end the run at the same step again and again.

    Raises:
        BadInput: none is short enough.
    """
    from rrm_ui.training.lengths import lesson_tokens, sample_tokens, thought_tokens

    prompts, budget = model.prompts, getattr(args, "budget", 0)
    longest = _longest(args, model)

    def sampled(one: LabelledComparison) -> int:
        return sample_tokens(prompts, one, budget)

    def taught(one: LabelledComparison) -> int:
        return lesson_tokens(prompts, one, sampled=args.sampled > 0)

    teaches = args.step == "cold-start"
    comparisons = _up_to(longest, comparisons, taught if teaches else sampled, "comparisons")
    if teaches:
        _tell_long_thoughts([thought_tokens(prompts, one) for one in comparisons], budget)
    return comparisons, _up_to(longest, validation, sampled, "comparisons to validate on")


def _longest(args: argparse.Namespace, model: Untrained) -> int:
    longest: int = args.longest
    if longest > model.context_tokens:
        longest = model.context_tokens
        print(
            f"--longest is {args.longest:,} tokens and the context of {args.model} {longest:,}: longer comparisons are "
            "left out",
            file=sys.stderr,
        )
    return longest


def _up_to(
    longest: int, comparisons: Comparisons, tokens_of: Callable[[LabelledComparison], int], what: str
) -> Comparisons:
    kept = [one for one in comparisons if tokens_of(one) <= longest]
    if len(kept) < len(comparisons):
        count = len(comparisons) - len(kept)
        print(f"{count:,} {what} of more than {longest:,} tokens are left out (--longest)", file=sys.stderr)
    if comparisons and not kept:
        raise BadInput(f"All {what} take more than {longest:,} tokens; give a larger --longest, or shorter ones.")
    return kept


def _tell_long_thoughts(tokens: list[int], budget: int) -> None:
    """Say how many thoughts are longer than those that validations and the judge will have room for."""
    long = [count for count in tokens if count > budget]
    if long:
        print(
            f"{len(long):,} thoughts take more than {budget:,} tokens (--budget), up to {max(long):,}: they are taught "
            "whole, and cut wherever the judge has no larger budget",
            file=sys.stderr,
        )
