"""What training does otherwise on a GPU: it writes with a merged copy, and through attention with sound gradients."""

# mypy: allow-untyped-calls

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.training.merged_copy import MergedCopy
from rrm_ui.training.packing import Continuation, Group, pack
from rrm_ui.training.policy import LoraOptions, Policy, make_policy
from rrm_ui.training.rollouts import SamplingOptions, roll_out
from tests.gpu.conftest import DEVICE, prompt


def policy_of(folder: Path, dtype: torch.dtype) -> Policy:
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    lora = LoraOptions(rank=2, alpha=4)
    return make_policy(model.to(DEVICE), AutoTokenizer.from_pretrained(folder), EMBEDDED, lora, seed=0)


@pytest.fixture
def policy(folder: Path) -> Policy:
    return policy_of(folder, torch.float32)


def move(policy: Policy, seed: int) -> None:
    torch.manual_seed(seed)
    for weight in policy.trained:
        weight.data.normal_(std=0.2)


def test_the_copy_computes_what_the_adapted_model_does(policy: Policy) -> None:
    merged = MergedCopy(policy.model)
    assert not any("lora" in name for name, _ in merged.model.named_parameters())
    ids = torch.arange(3, 40, device=DEVICE)[None]
    for seed in (1, 2):
        move(policy, seed)
        merged.refresh()
        with torch.no_grad():
            adapted, copied = policy.model(ids).logits, merged.model(ids).logits
            with policy.wrapper.disable_adapter():
                plain = policy.model(ids).logits
        assert (adapted - copied).norm() < 1e-4 * adapted.norm()
        assert (adapted - plain).norm() > 0.3 * adapted.norm()


def test_the_copy_shares_what_no_adapter_changes(policy: Policy) -> None:
    merged = MergedCopy(policy.model)
    assert merged.model.get_input_embeddings().weight is policy.model.get_input_embeddings().weight
    assert merged.model.get_output_embeddings().weight is policy.model.get_output_embeddings().weight


@pytest.mark.cuda
def test_rollouts_are_written_by_the_policy_as_it_is_now(folder: Path) -> None:
    policy = policy_of(folder, torch.bfloat16)
    form = policy.prompts.verdict_format

    def written() -> list[tuple[int, ...]]:
        options = SamplingOptions(budget=24, temperature=1.0, rows_at_once=policy.rollout_rows)
        prompts = [prompt(40, seed) for seed in range(policy.rollout_rows // 8 + 4)]
        rolled = dict(roll_out(policy.fresh_loop(), form, prompts, [[*range(8)]] * len(prompts), options))
        return [one.ids for index in sorted(rolled) for one in rolled[index]]

    first = written()
    assert written() == first
    move(policy, seed=1)
    assert written() != first


def test_gradients_are_numbers_where_cudnn_gives_none(folder: Path) -> None:
    policy = policy_of(folder, torch.bfloat16)
    move(policy, seed=1)
    for layer in policy.model.get_decoder().layers:  # the scores of all keys are far below zero
        attention = layer.self_attn
        for projection, bias in ((attention.q_proj, 30.0), (attention.k_proj, -30.0)):
            inner = projection.base_layer
            inner.weight.data.zero_()
            inner.bias.data.zero_()
            inner.bias.data[attention.head_dim // 2 - 1 :: attention.head_dim] = bias  # turned by hardly anything
    ids = torch.randint(8, 200, (192,), generator=torch.Generator().manual_seed(0)).tolist()
    row = pack([Group(tuple(ids[:150]), (Continuation(tuple(ids[150:]), (True,) * 42),))])
    assert row.tokens % 128 == 64
    (-policy.token_logprobs(row).mean()).backward()
    gradients = [weight.grad for weight in policy.trained]
    assert all(gradient is not None and bool(gradient.isfinite().all()) for gradient in gradients)
    assert any(bool((gradient != 0).any()) for gradient in gradients if gradient is not None)
