"""Attention for decoding on a CPU: the query heads that share a KV head go through one matrix product.

The default kernel for a single query token repeats work per head and dominates a bf16 decode step on a CPU
(see the engine benchmark). Long queries (prefill) keep the default kernel, which is the better one there.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, sdpa_mask

PACKED = "packed_gqa"
"""Name to pass as ``attn_implementation``."""

LONGEST_PACKED_QUERY = 16


def packed_attention_forward(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attend with ``query`` (batch, heads, q, dim) over ``key`` and ``value`` (batch, kv heads, n, dim).

    ``attention_mask`` is boolean, (batch, 1, q, n), True where a key may be seen, or None where all may.
    Returns (batch, q, heads, dim), as ``transformers`` expects.
    """
    batch, heads, length, dim = query.shape
    causal_within = attention_mask is None and length > 1  # the default kernel brings its own causal mask
    if length > LONGEST_PACKED_QUERY or causal_within:
        output, _ = sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **kwargs)
        return output, None
    groups = key.shape[1]
    packed = query.reshape(batch, groups, heads // groups * length, dim)
    weights = torch.matmul(packed, key.transpose(2, 3)).float() * (scaling if scaling is not None else dim**-0.5)
    if attention_mask is not None:
        by_head = weights.view(batch, groups, heads // groups, length, -1)
        hidden = ~attention_mask[:, :, None, :, : key.shape[2]]
        weights = by_head.masked_fill(hidden, float("-inf")).flatten(2, 3)
    output = torch.matmul(weights.softmax(-1).to(value.dtype), value)
    return output.reshape(batch, heads, length, dim).transpose(1, 2).contiguous(), None


AttentionInterface.register(PACKED, packed_attention_forward)
ALL_MASK_ATTENTION_FUNCTIONS.register(PACKED, sdpa_mask)
