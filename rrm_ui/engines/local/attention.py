"""Attention for a CPU: the query heads that share a KV head go through one matrix product.

The default kernel for a single query token repeats work per head and dominates a bf16 decode step on a CPU
(see the engine benchmark). And it rounds by the shape of the batch; here a token's bits depend on nothing but the
tokens before it: whether its prompt was read at once or in pieces, alone or beside others, the same votes come out.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, sdpa_mask

PACKED = "packed_gqa"
"""Name to pass as ``attn_implementation``."""
PACKED_FLOAT32 = "packed_gqa_float32"
"""The same, with its products in float32 whatever numbers it gets: for CPUs that emulate bfloat16. There a token's bits
may depend on whether its prompt is read at once or in pieces."""

QUERY_BLOCK = 64
"""Query tokens per product: their weights stay in the processor's cache."""


def packed_attention_forward(
    _module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **_kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attend with ``query`` (batch, heads, q, dim) over ``key`` and ``value`` (batch, kv heads, n, dim or another).

    ``attention_mask`` is boolean, (batch, 1, q, n), True where a key may be seen; None where token i of the query
    sees all but the last q - 1 - i keys. Returns (batch, q, heads, dim), as ``transformers`` expects.
    """
    batch, _, length, dim = query.shape
    keys = key.shape[2]
    scale = scaling if scaling is not None else dim**-0.5
    if attention_mask is None and length > 1:
        places = torch.arange(keys - length, keys, device=key.device)
        attention_mask = (torch.arange(keys, device=key.device) <= places[:, None])[None, None]
    blocks = []
    for start in range(0, length, QUERY_BLOCK):
        end = min(start + QUERY_BLOCK, length)
        seen = keys - length + end if batch == 1 else keys  # later keys are hidden from the whole block
        mask = attention_mask[:, :, start:end, :seen] if attention_mask is not None else None
        blocks.append(_attend(query[:, :, start:end], key[:, :, :seen], value[:, :, :seen], mask, scale))
    output = torch.cat(blocks, 2) if len(blocks) > 1 else blocks[0]
    return output.transpose(1, 2).contiguous(), None


def packed_float32_attention_forward(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *others: Any,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attend as ``packed_attention_forward`` does, in float32; the output has the numbers of ``query``."""
    output, _ = packed_attention_forward(module, query.float(), key.float(), value.float(), *others, **options)
    return output.to(query.dtype), None


def _attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scale: float
) -> torch.Tensor:
    batch, heads, length, dim = query.shape
    groups = key.shape[1]
    packed = query.reshape(batch * groups, heads // groups * length, dim)
    # Keys first: as the second factor, transposed and with spare columns between the rows, they would be copied.
    products = torch.bmm(key.flatten(0, 1), packed.transpose(1, 2)).transpose(1, 2)
    weights = products.float().contiguous() * scale
    if mask is not None:
        by_head = weights.view(batch, groups, heads // groups, length, -1)
        weights = by_head.masked_fill(~mask[:, :, None], float("-inf")).view_as(weights)
    output = torch.bmm(weights.softmax(-1).to(value.dtype), value.flatten(0, 1))
    return output.reshape(batch, heads, length, value.shape[-1])  # latent attention has values of another size


AttentionInterface.register(PACKED, packed_attention_forward)
ALL_MASK_ATTENTION_FUNCTIONS.register(PACKED, sdpa_mask)
AttentionInterface.register(PACKED_FLOAT32, packed_float32_attention_forward)
ALL_MASK_ATTENTION_FUNCTIONS.register(PACKED_FLOAT32, sdpa_mask)
