"""Supervised training: the cold start on thoughts, and DirectJudge on verdicts alone.

Both minimise the cross-entropy of the taught tokens, a mean over each example's tokens and then over examples, so
that a long thought does not outweigh the short ones.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import mean

import torch

from rrm_ui.training.journal import Journal
from rrm_ui.training.optimizer import MasterAdamW, Schedule
from rrm_ui.training.packing import Group, in_rows, pack
from rrm_ui.training.policy import Policy
from rrm_ui.training.stepping import Row, Watch, run_steps


@dataclass(frozen=True)
class SupervisedOptions:
    """How a supervised run goes."""

    steps: int
    examples_per_step: int = 8
    schedule: Schedule = field(default_factory=Schedule)
    seed: int = 0


def train_supervised(
    policy: Policy, examples: Sequence[Group], options: SupervisedOptions, journal: Journal, watch: Watch
) -> None:
    """Train ``policy`` on ``examples``, epoch after epoch in orders drawn by the seed, and go on where it stopped.

    A step's row in the journal holds ``loss``, ``gradient_norm`` and the ``trained_tokens``.
    """
    optimizer = MasterAdamW(policy.trained)

    def take_step(step: int) -> Row:
        batch = batch_of(examples, options, step)
        loss, tokens = policy.in_parts(lambda: _accumulate(policy, batch))
        norm = optimizer.step(options.schedule.at(step, options.steps))
        return {"loss": round(loss, 5), "gradient_norm": round(norm, 4), "trained_tokens": tokens}

    run_steps(options.steps, take_step, optimizer, journal, watch)


def batch_of(examples: Sequence[Group], options: SupervisedOptions, step: int) -> list[Group]:
    """Return the examples of ``step``: a function of the seed and the step alone."""
    size = min(options.examples_per_step, len(examples))
    places = range(step * size, (step + 1) * size)
    return [examples[_shuffled(len(examples), options.seed, place // len(examples))[place % len(examples)]]
            for place in places]  # fmt: skip


def _shuffled(count: int, seed: int, epoch: int) -> list[int]:
    order = list(range(count))
    random.Random(f"{seed}:{epoch}").shuffle(order)
    return order


def _accumulate(policy: Policy, examples: Sequence[Group]) -> tuple[float, int]:
    """Add the gradients of ``examples``; return their mean loss and how many tokens were computed."""
    losses: list[float] = []
    tokens = 0
    by_length = sorted(examples, key=lambda group: group.tokens)
    for groups in in_rows(by_length, policy.row_tokens):
        row = pack(groups)
        negative = -policy.token_logprobs(row)
        per_example = torch.zeros(len(groups), device=negative.device).index_add(
            0, row.owners.to(negative.device), negative
        ) / torch.bincount(row.owners, minlength=len(groups)).to(negative.device)
        (per_example.sum() / len(examples)).backward()  # type: ignore[no-untyped-call]
        losses += per_example.tolist()
        tokens += row.tokens
    return mean(losses), tokens
