"""What a layer does between its products, in one kernel each: norms, and the gate of the feed-forward part.

Each adds up the summands that a product left (``nf4.products``), rounds them as the product in 16 bits would have, and
hands its result on in the order that the next product wants.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from rrm_ui.engines.local.cuda.nf4 import permuted_place


def add_and_norm(
    stream: torch.Tensor, summands: torch.Tensor | None, weight: torch.Tensor, epsilon: float, *, permuted: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Add ``summands`` (splits, rows, hidden) to ``stream`` (rows, hidden); return the sum and its RMS norm."""
    count, hidden = stream.shape
    total = stream if summands is None else torch.empty_like(stream)
    normed = torch.empty_like(stream)
    _add_and_norm[(count,)](
        stream,
        stream if summands is None else summands,
        total,
        normed,
        weight,
        epsilon,
        count,
        SPLITS=0 if summands is None else summands.shape[0],
        HIDDEN=hidden,
        BLOCK=triton.next_power_of_2(hidden),
        PERMUTED=permuted,
        num_warps=16,
    )
    return total, normed


def gate(summands: torch.Tensor, dtype: torch.dtype, *, permuted: bool) -> torch.Tensor:
    """Return SiLU of the left half of ``summands`` (splits, rows, 2 × inner) times their right half, (rows, inner)."""
    splits, count, columns = summands.shape
    gated = torch.empty((count, columns // 2), dtype=dtype, device=summands.device)
    block = 512
    _gate[(count, triton.cdiv(columns // 2, block))](
        summands, gated, count, columns // 2, SPLITS=splits, BLOCK=block, PERMUTED=permuted, num_warps=4
    )
    return gated


@triton.jit(do_not_specialize=["count"])
def _add_and_norm(
    stream, summands, total, normed, weight, epsilon, count, SPLITS: tl.constexpr,
    HIDDEN: tl.constexpr, BLOCK: tl.constexpr, PERMUTED: tl.constexpr,
):  # fmt: skip
    row = tl.program_id(0)
    index = tl.arange(0, BLOCK)
    inside = index < HIDDEN
    values = tl.load(stream + row * HIDDEN + index, mask=inside, other=0.0)
    if SPLITS > 0:
        added = tl.zeros((BLOCK,), tl.float32)
        for split in tl.static_range(SPLITS):  # unrolled: all are on their way at once
            added += tl.load(summands + (split * count + row) * HIDDEN + index, mask=inside, other=0.0)
        values = (values.to(tl.float32) + added.to(values.dtype).to(tl.float32)).to(values.dtype)
        tl.store(total + row * HIDDEN + index, values, mask=inside)
    wide = values.to(tl.float32)
    wide = wide * tl.rsqrt(tl.sum(wide * wide) / HIDDEN + epsilon)
    factor = tl.load(weight + index, mask=inside, other=0.0).to(tl.float32)
    result = (factor * wide.to(values.dtype).to(tl.float32)).to(values.dtype)
    place = permuted_place(index) if PERMUTED else index
    tl.store(normed + row * HIDDEN + place, result, mask=inside)


@triton.jit(do_not_specialize=["count"])
def _gate(summands, gated, count, inner, SPLITS: tl.constexpr, BLOCK: tl.constexpr, PERMUTED: tl.constexpr):
    row = tl.program_id(0)
    index = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = index < inner
    left = tl.zeros((BLOCK,), tl.float32)
    right = tl.zeros((BLOCK,), tl.float32)
    for split in tl.static_range(SPLITS):
        at = summands + (split * count + row) * 2 * inner + index
        left += tl.load(at, mask=inside, other=0.0)
        right += tl.load(at + inner, mask=inside, other=0.0)
    narrow = gated.dtype.element_ty
    left = left.to(narrow).to(tl.float32)
    left = (left * tl.sigmoid(left)).to(narrow).to(tl.float32)
    result = (left * right.to(narrow).to(tl.float32)).to(narrow)
    place = permuted_place(index) if PERMUTED else index
    tl.store(gated + row * inner + place, result, mask=inside)
