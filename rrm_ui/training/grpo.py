"""Reinforcement learning by a rule: group relative policy optimisation (GRPO).

As in the paper ("Reward Reasoning Model", section on training): several samples of one comparison form a group, a
sample earns +1 if its verdict names the better response and -1 otherwise, and what it earned over its group's mean is
what its tokens are pushed by. The loss is the clipped one of PPO, averaged over all tokens of a step (what ``trl``
calls ``dapo``), without a penalty for leaving the reference.

In one thing this is not policy gradient to the letter. The token of the verdict is not drawn: behind the fed stem the
likelier of the two choices is taken, as where a judge is read. Its log-probability is trained all the same, as if it
had been drawn at the temperature of the samples. For the thought, which is drawn, the gradient is the usual one of a
reward that depends on it alone; on the verdict it is a push towards right answers and away from wrong ones, which never
tries the choice that is less likely.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import mean, stdev

import torch

from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.examples import better_position, comparison_of, rollout_continuation
from rrm_ui.training.journal import Journal
from rrm_ui.training.optimizer import MasterAdamW, Schedule
from rrm_ui.training.packing import Group, in_rows, pack
from rrm_ui.training.policy import Policy
from rrm_ui.training.rollouts import Rollout, SamplingOptions, roll_out, seed_of
from rrm_ui.training.stepping import Row, Watch, run_steps
from rrm_ui.values import Order

EPSILON = 1e-4
"""Added to a group's deviation, as ``trl`` does."""


WARMUP_STEPS = 3


def constant_after_warmup(learning_rate: float) -> Schedule:
    """Return a schedule that does not depend on how many steps there will be: a run may be given more of them."""
    return Schedule(learning_rate, WARMUP_STEPS, decays=False)


@dataclass(frozen=True)
class GrpoOptions:
    """How a run of reinforcement learning goes."""

    steps: int
    comparisons_per_step: int = 8
    samples: int = 8
    """Samples of each comparison: one group."""
    budget: int = 256
    temperature: float = 1.0
    clip: float = 0.2
    updates: int = 1
    """Optimizer steps on the same samples; the clipping binds from the second on."""
    schedule: Schedule = field(default_factory=lambda: constant_after_warmup(1e-4))
    seed: int = 0


@dataclass(frozen=True)
class ScoredGroup:
    """The samples of one comparison in one order, and what each earned."""

    labelled: LabelledComparison
    order: Order
    prompt: tuple[int, ...]
    rollouts: list[Rollout]
    rewards: list[float]

    @property
    def advantages(self) -> list[float]:
        """What each sample earned over its group, in units of the group's deviation; all 0 where all earned alike."""
        average, deviation = mean(self.rewards), stdev(self.rewards)
        return [(reward - average) / (deviation + EPSILON) for reward in self.rewards]

    @property
    def teaches(self) -> bool:
        """Whether the samples differ in what they earned."""
        return len(set(self.rewards)) > 1


ABSENT = re.compile(r"(?:Assistant |助手)(?![12](?!\d))\d+")
"""A response that was not shown, as a thought may name it where neither seems right."""


def rule_reward(rollout: Rollout, better: int) -> float:
    """Return +1 if the verdict names the response at place ``better`` (0 or 1), -1 for the other or for none.

    A thought that weighs a response that was not shown has come to no verdict, whatever was read after it: rewarded as
    the verdict is, it is a coin to toss where a comparison is hard, and it spreads.
    """
    right = rollout.position == ("first", "second")[better]
    return 1.0 if right and not ABSENT.search(rollout.text) else -1.0


def clipped_loss(
    logprobs: torch.Tensor, before: torch.Tensor, advantages: torch.Tensor, clip: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return each token's loss, (n,), and whether the clipping bound it, (n,).

    ``before`` holds the log-probabilities under the policy that drew the tokens, ``advantages`` what each token's
    sample earned over its group.
    """
    ratio = (logprobs - before).exp()
    held = ratio.clamp(1 - clip, 1 + clip)
    loss = -torch.minimum(ratio * advantages, held * advantages)
    return loss, (held * advantages < ratio * advantages)


def train_grpo(
    policy: Policy, pool: Sequence[LabelledComparison], options: GrpoOptions, journal: Journal, watch: Watch
) -> None:
    """Train ``policy`` on comparisons of ``pool`` in turn, and go on where it stopped.

    A step's row in the journal holds ``reward`` (mean), ``sample_accuracy``, ``thought_tokens``,
    ``thoughts_closed_by_model``, ``groups`` that differed in their rewards, ``loss``, ``clipped``, ``gradient_norm``,
    ``trained_tokens`` and ``rollout_seconds``.
    """
    optimizer = MasterAdamW(policy.trained)

    def take_step(step: int) -> Row:
        started = time.monotonic()
        groups = draw_groups(policy, pool, options, step)
        drawn = round(time.monotonic() - started, 2)
        learned = _learn(policy, groups, options, optimizer, options.schedule.at(step, options.steps))
        return {**describe_groups(groups), **learned, "rollout_seconds": drawn}

    run_steps(options.steps, take_step, optimizer, journal, watch)


def draw_groups(
    policy: Policy, pool: Sequence[LabelledComparison], options: GrpoOptions, step: int
) -> list[ScoredGroup]:
    """Return the groups of ``step``: which comparisons, orders and seeds is a function of the seed and the step."""
    places = [(step * options.comparisons_per_step + i) for i in range(options.comparisons_per_step)]
    chosen = [pool[place % len(pool)] for place in places]
    # In every other round through the pool each comparison is shown the other way round.
    orders: list[Order] = [("AB", "BA")[(place % len(pool) + place // len(pool)) % 2] for place in places]
    prompts = [policy.prompts.build(comparison_of(one), order) for one, order in zip(chosen, orders, strict=True)]
    seeds = [[seed_of(options.seed, place, sample) for sample in range(options.samples)] for place in places]
    sampling = SamplingOptions(options.budget, options.temperature, rows_at_once=policy.rollout_rows)
    written = dict(roll_out(policy.fresh_loop(), policy.prompts.verdict_format, prompts, seeds, sampling))
    groups = []
    for index, (one, order) in enumerate(zip(chosen, orders, strict=True)):
        better = better_position(one, order)
        rewards = [rule_reward(rollout, better) for rollout in written[index]]
        groups.append(ScoredGroup(one, order, prompts[index].ids, written[index], rewards))
    return groups


def describe_groups(groups: Sequence[ScoredGroup]) -> Row:
    """Return what a step's samples were like, by the names of the curves."""
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    rewards = [reward for group in groups for reward in group.rewards]
    return {
        "reward": round(mean(rewards), 4),
        "sample_accuracy": round(mean(reward > 0 for reward in rewards), 4),
        "thought_tokens": round(mean(rollout.thinking_tokens for rollout in rollouts), 2),
        "thoughts_closed_by_model": round(mean(rollout.closed_by_model for rollout in rollouts), 4),
        "groups": sum(group.teaches for group in groups),
    }


def _learn(
    policy: Policy, groups: Sequence[ScoredGroup], options: GrpoOptions, optimizer: MasterAdamW, rate: float
) -> Row:
    """Update ``policy`` from ``groups``; groups whose samples all earned the same push nothing and are left out."""
    teaching = [group for group in groups if group.teaches]
    if not teaching:
        return {"loss": 0.0, "clipped": 0.0, "gradient_norm": 0.0, "trained_tokens": 0}
    # Over all samples, those of groups that teach nothing included: a step in which few differ is a small step.
    total = sum(sum(rollout_continuation(policy.prompts, one).taught) for group in groups for one in group.rollouts)

    def begin() -> tuple[list[_EarningRow], _Pass]:
        rows = _earning_rows(policy, teaching)
        return rows, _backward(policy, rows, None, options, total)

    rows, first = policy.in_parts(begin)
    passes = [first]
    norm = optimizer.step(rate)
    for _ in range(1, options.updates):
        passes.append(_backward(policy, rows, first.logprobs, options, total))
        norm = optimizer.step(rate)
    losses, clipped = sum(one.loss for one in passes), sum(one.clipped for one in passes)
    trained = sum(len(logprobs) for logprobs in first.logprobs)
    return {
        "loss": round(losses / options.updates, 6),
        "clipped": round(clipped / (trained * options.updates), 5),
        "gradient_norm": round(norm, 4),
        "trained_tokens": trained,
    }


@dataclass(frozen=True)
class _EarningRow:
    """A row of tokens, and what each of its continuations earned over its group."""

    groups: list[Group]
    earned: list[float]


@dataclass(frozen=True)
class _Pass:
    """What one pass over all rows gave, their gradients aside."""

    logprobs: list[torch.Tensor]
    loss: float
    clipped: int


def _earning_rows(policy: Policy, groups: Sequence[ScoredGroup]) -> list[_EarningRow]:
    parts = [part for group in groups for part in _parts(policy, group)]
    earned = {id(packed): advantages for packed, advantages in parts}
    rows = in_rows(sorted((packed for packed, _ in parts), key=lambda one: one.tokens), policy.row_tokens)
    return [_EarningRow(row, [one for packed in row for one in earned[id(packed)]]) for row in rows]


def _backward(
    policy: Policy,
    rows: Sequence[_EarningRow],
    before: Sequence[torch.Tensor] | None,
    options: GrpoOptions,
    total: int,
) -> _Pass:
    """Add the gradients of ``rows``, of the loss over ``total`` tokens.

    ``before`` holds the log-probabilities under the policy that drew the tokens; None where that is this one.
    """
    kept: list[torch.Tensor] = []
    losses, clipped = 0.0, 0
    for index, one in enumerate(rows):
        row = pack(one.groups)
        logprobs = policy.token_logprobs(row, options.temperature)
        kept.append(logprobs.detach())
        earned = torch.tensor(one.earned, device=logprobs.device)[row.owners.to(logprobs.device)]
        loss, bound = clipped_loss(logprobs, kept[-1] if before is None else before[index], earned, options.clip)
        (loss.sum() / total).backward()  # type: ignore[no-untyped-call]
        losses += float(loss.detach().sum()) / total
        clipped += int(bound.sum())
    return _Pass(kept, losses, clipped)


def _parts(policy: Policy, group: ScoredGroup) -> list[tuple[Group, list[float]]]:
    """Return ``group`` in parts that fit a row, each with what its samples earned: long thoughts take much memory."""
    whole = Group(group.prompt, tuple(rollout_continuation(policy.prompts, one) for one in group.rollouts))
    advantages = iter(group.advantages)
    return [(part, [next(advantages) for _ in part.continuations]) for part in whole.split(policy.row_tokens)]
