"""Training models of other architectures: what their own forward pass does, and adapters that can judge."""

# mypy: allow-untyped-calls

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import (
    CohereConfig,
    CohereForCausalLM,
    GraniteConfig,
    GraniteForCausalLM,
    PreTrainedModel,
)

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
