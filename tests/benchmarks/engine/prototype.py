"""The plain batched loop that a skilled person writes in an afternoon; what the engine must beat.

The prompt is read whole and its cache repeated; every step concatenates one column to every layer of a
``DynamicCache``, attends with the query heads of a KV head in one product, and takes all logits from the head in
16 bits. Rows neither join nor leave.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from transformers import AttentionInterface, DynamicCache, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, sdpa_mask

from rrm_ui.engines.models.packed_layers import take_any_numbers
from tests.benchmarks.engine.roofline import settle

ATTENTION = "prototype"


def _attend(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    scaling: float | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    batch, heads, length, dim = query.shape
    if length > 1:
        return sdpa_attention_forward(module, query, key, value, mask, scaling=scaling, **options)
    packed = query.reshape(batch, key.shape[1], -1, dim)
    weights = torch.matmul(packed, key.transpose(2, 3)).float() * (scaling or dim**-0.5)
    if mask is not None:
        weights = weights.masked_fill(~mask, float("-inf"))
    output = torch.matmul(weights.softmax(-1).to(value.dtype), value)
    return output.reshape(batch, heads, 1, dim).transpose(1, 2).contiguous(), None


AttentionInterface.register(ATTENTION, _attend)
ALL_MASK_ATTENTION_FUNCTIONS.register(ATTENTION, sdpa_mask)


@contextmanager
def plain_model(model: PreTrainedModel, attention: str) -> Iterator[None]:
    """Give ``model`` another attention, and its head in 16 bits, meanwhile."""
    head, before = model.get_output_embeddings(), model.config._attn_implementation
    whole = nn.Linear(head.weight.shape[1], head.weight.shape[0], bias=False, device="meta")
    whole.weight = head.weight
    take_any_numbers(whole)
    model.set_output_embeddings(whole)
    model.set_attn_implementation(attention)
    try:
        yield
    finally:
        model.set_output_embeddings(head)
        model.set_attn_implementation(before)


@torch.inference_mode()
def write(model: PreTrainedModel, prompt: tuple[int, ...], votes: int, new_tokens: int) -> tuple[float, float]:
    """Write ``votes`` votes after ``prompt``; return the seconds until the first tokens and until the last."""
    device = model.device
    settle(device)
    started = time.perf_counter()
    cache = DynamicCache()
    last = torch.tensor([-1], device=device)
    output = model(input_ids=torch.tensor([prompt], device=device), past_key_values=cache, logits_to_keep=last)
    cache.batch_repeat_interleave(votes)
    tokens = _drawn(output.logits[:, -1].expand(votes, -1))
    first = time.perf_counter() - started
    mask = torch.ones(votes, len(prompt) + new_tokens, dtype=torch.int64, device=device)  # as a left-padded batch has
    for step in range(1, new_tokens):
        length = len(prompt) + step
        output = model(
            input_ids=torch.tensor(tokens, device=device)[:, None],
            past_key_values=cache,
            attention_mask=mask[:, :length],
            position_ids=torch.full((votes, 1), length - 1, device=device),
        )
        tokens = _drawn(output.logits[:, -1])
    return first, time.perf_counter() - started


def _drawn(logits: torch.Tensor) -> list[int]:
    tokens: list[int] = torch.multinomial((logits.float() / 0.6).softmax(-1), 1)[:, 0].tolist()
    return tokens
