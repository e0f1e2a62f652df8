"""Our loss and its gradients against ``trl``'s own, on the same samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from transformers import PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer  # type: ignore[attr-defined]

from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.training.comparisons.families.sums import FAMILY
from rrm_ui.training.comparisons.generate import generate
from rrm_ui.training.examples import comparison_of, rollout_continuation
from rrm_ui.training.grpo import ScoredGroup, clipped_loss
from rrm_ui.training.packing import Group, pack
from rrm_ui.training.policy import LoraOptions, Policy, make_policy
from rrm_ui.training.rollouts import Rollout, SamplingOptions, roll_out
from tests.model.tiny import random_qwen2

CLIP = 0.2
REWARDS = [1.0, -1.0, -1.0, 1.0]


@pytest.fixture
def policy(tokenizer: PreTrainedTokenizerFast) -> Policy:
    made = make_policy(random_qwen2(len(tokenizer), layers=2), tokenizer, EMBEDDED, LoraOptions(4, 8), seed=0)
    torch.manual_seed(1)
    for weight in made.trained:
        weight.data.normal_(0, 0.1)
    return made


@pytest.fixture
def trainer(policy: Policy, tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> GRPOTrainer:
    config = GRPOConfig(
        output_dir=str(tmp_path),
        use_cpu=True,
        report_to=[],
        per_device_train_batch_size=len(REWARDS),
        num_generations=len(REWARDS),
        beta=0.0,
        epsilon=CLIP,
        loss_type="dapo",
        temperature=1.0,
        bf16=False,
    )

    def nothing(completions: list[str], **_: Any) -> list[float | None]:
        return [0.0] * len(completions)

    made = GRPOTrainer(
        model=policy.model,
        reward_funcs=nothing,
        args=config,
        train_dataset=Dataset.from_list([{"prompt": "x"}] * len(REWARDS)),
        processing_class=tokenizer,
    )
    made.current_gradient_accumulation_steps = 1
    return made


def gradients(policy: Policy) -> list[torch.Tensor]:
    taken = [weight.grad.clone() for weight in policy.trained if weight.grad is not None]
    for weight in policy.trained:
        weight.grad = None
    return taken


def drawn_group(policy: Policy) -> ScoredGroup:
    (one,) = generate([FAMILY], 1, "train", 0)
    prompt = policy.prompts.build(comparison_of(one), "AB")
    rollouts: list[Rollout] = next(
        rollouts
        for _, rollouts in roll_out(
            policy.fresh_loop(), policy.prompts.verdict_format, [prompt], [[1, 2, 3, 4]], SamplingOptions(budget=7)
        )
    )
    return ScoredGroup(one, "AB", prompt.ids, rollouts, REWARDS)


def as_trl_inputs(group: ScoredGroup, policy: Policy, before: torch.Tensor) -> dict[str, torch.Tensor]:
    parts = [rollout_continuation(policy.prompts, one) for one in group.rollouts]
    width = max(len(one.ids) for one in parts)
    ids, mask = torch.zeros(len(parts), width, dtype=torch.long), torch.zeros(len(parts), width, dtype=torch.long)
    old, taught = torch.zeros(len(parts), width), torch.zeros(len(parts), width, dtype=torch.long)
    for row, one in enumerate(parts):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        mask[row, : len(one.ids)] = 1
        taught[row, : len(one.ids)] = torch.tensor(one.taught, dtype=torch.long)
    old[taught.bool()] = before
    prompts = torch.tensor([group.prompt] * len(parts))
    return {
        "prompt_ids": prompts,
        "prompt_mask": torch.ones_like(prompts),
        "completion_ids": ids,
        "completion_mask": mask,
        "tool_mask": taught,  # what trl calls tokens that the model did not write
        "advantages": torch.tensor(group.advantages),
        "old_per_token_logps": old,
        "num_items_in_batch": taught.sum().float(),
    }


def test_loss_and_gradients_are_those_of_trl(policy: Policy, trainer: GRPOTrainer) -> None:
    group = drawn_group(policy)
    packed = pack([Group(group.prompt, tuple(rollout_continuation(policy.prompts, one) for one in group.rollouts))])
    with torch.no_grad():
        # As if the policy had moved since it drew: on some tokens far enough to be clipped.
        before = policy.token_logprobs(packed) + 0.3 * torch.randn(len(packed.targets))

    logprobs = policy.token_logprobs(packed)
    loss, bound = clipped_loss(logprobs, before, torch.tensor(group.advantages)[packed.owners], CLIP)
    ours = loss.sum() / len(loss)
    ours.backward()
    our_gradients = gradients(policy)

    policy.model.train()
    theirs = trainer._compute_loss(policy.model, as_trl_inputs(group, policy, before))
    theirs.backward()

    assert bound.any()
    assert not bound.all()
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-3)
    for mine, other in zip(our_gradients, gradients(policy), strict=True):
        torch.testing.assert_close(mine, other, atol=1e-4, rtol=1e-2)


def test_advantages_are_those_of_trl(policy: Policy) -> None:
    group = drawn_group(policy)
    rewards = torch.tensor(REWARDS)
    expected = (rewards - rewards.mean()) / (rewards.std() + 1e-4)
    torch.testing.assert_close(torch.tensor(group.advantages), expected)
