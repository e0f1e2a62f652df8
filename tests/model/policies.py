"""Policies on a small random model."""

from __future__ import annotations

import torch
from transformers import PreTrainedTokenizerFast

from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.training.policy import LoraOptions, Policy, make_policy
from tests.model.tiny import random_qwen2


def fresh_policy(tokenizer: PreTrainedTokenizerFast) -> Policy:
    return make_policy(random_qwen2(len(tokenizer), layers=2), tokenizer, EMBEDDED, LoraOptions(4, 8), seed=0)


def shaken(policy: Policy) -> Policy:
    torch.manual_seed(1)
    for weight in policy.trained:
        weight.data.normal_(0, 0.1)
    return policy
