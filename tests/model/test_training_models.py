"""Training models of other architectures: what their own forward pass does, and adapters that can judge."""

# mypy: allow-untyped-calls

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    CohereConfig,
    CohereForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GraniteConfig,
    GraniteForCausalLM,
    PreTrainedModel,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
)

from rrm_ui.engines.models.attach import attach_adapter
from rrm_ui.errors import ModelUnavailable
from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.scripted_model import scripted_prompts
from rrm_ui.training.packing import Continuation, Group, pack
from rrm_ui.training.policy import LoraOptions, Policy, add_adapter
from tests.model.policies import shaken

SMALL: dict[str, Any] = {
    "vocab_size": 300,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.2,
}
IDS = "pad_token_id", "bos_token_id", "eos_token_id"


def policy_on(model: PreTrainedModel) -> Policy:
    wrapper = add_adapter(model.eval(), LoraOptions(2, 4), seed=0)
    return shaken(Policy(wrapper.get_base_model(), wrapper, scripted_prompts(EMBEDDED)))


def scaling(kind: str) -> PreTrainedModel:
    """Return a random model whose forward pass scales its logits."""
    torch.manual_seed(0)
    small = {**SMALL, **dict.fromkeys(IDS, 0)}
    if kind == "granite":
        return GraniteForCausalLM(GraniteConfig(**small, logits_scaling=8.0))
    return CohereForCausalLM(CohereConfig(**small, logit_scale=0.0625))


@pytest.mark.parametrize("kind", ["granite", "cohere"])
def test_probabilities_are_those_of_what_the_model_itself_returns(kind: str) -> None:
    policy = policy_on(scaling(kind))
    prompt, texts = (5, 6, 7, 8), ((9, 10, 11), (9, 12, 13, 14))
    groups = [Group(prompt, tuple(Continuation(text, (True,) * len(text)) for text in texts))]
    expected = []
    with torch.no_grad():
        for text in texts:
            logits = policy.model(torch.tensor([prompt + text])).logits[0] / 0.7
            chances = logits.log_softmax(-1)
            expected += [chances[len(prompt) - 1 + place, token] for place, token in enumerate(text)]
        got = policy.token_logprobs(pack(groups), temperature=0.7)
    torch.testing.assert_close(got, torch.stack(expected), atol=1e-4, rtol=1e-4)


def mixture(dense: list[int]) -> PreTrainedModel:
    """Return a random mixture of experts, whose layers ``dense`` have none."""
    torch.manual_seed(0)
    small = {**SMALL, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "head_dim": 8}
    return Qwen3MoeForCausalLM(Qwen3MoeConfig(**small, mlp_only_layers=dense)).eval()


@pytest.mark.parametrize("dense", [[], [0]], ids=str)
def test_an_adapter_of_a_mixture_of_experts_is_one_to_judge_with(dense: list[int], tmp_path: Path) -> None:
    policy = policy_on(mixture(dense))
    policy.save_adapter(tmp_path, "base")
    plain = mixture(dense)
    attach_adapter(plain, tmp_path, quantized=False)
    ids = torch.arange(3, 40)[None]
    with torch.no_grad():
        trained, judging, before = (model(ids).logits for model in (policy.model, plain, mixture(dense)))
    assert (trained - judging).norm() < 1e-4 * trained.norm()
    assert (trained - before).norm() > 0.1 * before.norm()


def test_a_model_without_linear_layers_cannot_be_trained() -> None:
    gpt2 = GPT2LMHeadModel(GPT2Config(vocab_size=300, n_embd=32, n_layer=1, n_head=2))  # its layers are convolutions
    with pytest.raises(ModelUnavailable, match="no linear layer"):
        add_adapter(gpt2, LoraOptions(2, 4), seed=0)
