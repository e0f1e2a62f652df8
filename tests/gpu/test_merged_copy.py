"""The copy that rollouts are written with while a judge is trained on a GPU."""

# mypy: allow-untyped-calls

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.training.merged_copy import MergedCopy
from rrm_ui.training.policy import LoraOptions, Policy, make_policy
from tests.gpu.conftest import DEVICE


@pytest.fixture
def policy(folder: Path) -> Policy:
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model = model.to(DEVICE)
    return make_policy(model, AutoTokenizer.from_pretrained(folder), EMBEDDED, LoraOptions(rank=2, alpha=4), seed=0)


def move(policy: Policy, seed: int) -> None:
    torch.manual_seed(seed)
    for weight in policy.trained:
        weight.data.normal_(std=0.2)


def test_the_copy_computes_what_the_adapted_model_does(policy: Policy) -> None:
    move(policy, seed=1)
    merged = MergedCopy(policy.model)
    assert not any("lora" in name for name, _ in merged.model.named_parameters())
    ids = torch.arange(3, 40, device=DEVICE)[None]
    untouched = policy.wrapper.disable_adapter()
    for seed in (1, 2):
        move(policy, seed)
        merged.refresh()
        with torch.no_grad():
            adapted, copied = policy.model(ids).logits.float(), merged.model(ids).logits.float()
            with untouched:
                plain = policy.model(ids).logits.float()
        assert (adapted - copied).norm() < 1e-4 * adapted.norm()
        assert (adapted - plain).norm() > 0.3 * adapted.norm()
        untouched = policy.wrapper.disable_adapter()


def test_the_copy_shares_what_no_adapter_changes(policy: Policy) -> None:
    merged = MergedCopy(policy.model)
    assert merged.model.get_input_embeddings().weight is policy.model.get_input_embeddings().weight
    assert merged.model.get_output_embeddings().weight is policy.model.get_output_embeddings().weight
