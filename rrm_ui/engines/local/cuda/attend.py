"""Attention of single tokens, each over the keys of its own row, however long that is.

The keys of a row are cut into parts, so that a few long rows keep the whole GPU busy, and the parts' results are put
together by their largest scores. Query heads that share a KV head are one tile: keys and values are read once. A
token's sums are made in the same order whoever else is in the batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import triton
import triton.language as tl

from rrm_ui.engines.local.cuda.nf4 import permuted_place

PART = 128
"""Keys of a part."""
BLOCK = 64
"""Keys that a program looks at at a time."""
JOINED = 16
"""Parts that are put together at a time."""


@dataclass(frozen=True)
class Heads:
    """The measures of an attention."""

    query: int
    kv: int
    dim: int


@dataclass(frozen=True)
class Projection:
    """What turns the projections of a layer into queries, keys and values."""

    heads: Heads
    biases: tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None
    """Of queries, keys and values."""
    norms: tuple[torch.Tensor, torch.Tensor] | None
    """Weights of the norms of queries and keys, each (dim), where the model has them."""
    epsilon: float


@dataclass(frozen=True)
class Places:
    """Where tokens stand: each a column of a row of the cache, which it attends up to and with."""

    rows: torch.Tensor
    columns: torch.Tensor
    cosines: torch.Tensor
    """(tokens, dim)"""
    sines: torch.Tensor


def rotate_and_store(
    summands: torch.Tensor, projection: Projection, places: Places, keys: torch.Tensor, values: torch.Tensor
) -> torch.Tensor:
    """Return the rotated queries (tokens, heads, dim); write keys and values to their places in the cache.

    ``summands`` (splits, tokens, (heads + 2 × KV heads) × dim) are the projections; ``keys`` and ``values``
    (rows, KV heads, columns, dim) the cache.
    """
    splits, count, _ = summands.shape
    heads = projection.heads
    queries = torch.empty((count, heads.query, heads.dim), dtype=keys.dtype, device=keys.device)
    biases = projection.biases or (summands, summands, summands)
    norms = projection.norms or (summands, summands)
    _rotate_and_store[(count, heads.query + 2 * heads.kv)](
        summands,
        *biases,
        *norms,
        projection.epsilon,
        places.cosines,
        places.sines,
        places.rows,
        places.columns,
        queries,
        keys,
        values,
        keys.stride(0),
        keys.stride(1),
        values.stride(0),  # one of the two may have been widened further, where memory ran out between them
        values.stride(1),
        count,
        SPLITS=splits,
        QUERY_HEADS=heads.query,
        KV_HEADS=heads.kv,
        DIM=heads.dim,
        BIASED=projection.biases is not None,
        NORMED=projection.norms is not None,
        num_warps=1,
    )
    return queries


def attend(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, places: Places, *, permuted: bool
) -> torch.Tensor:
    """Return what ``queries`` (tokens, heads, dim) find in the cache, (tokens, heads × dim)."""
    count, query_heads, dim = queries.shape
    kv_heads, columns = keys.shape[1], min(keys.shape[2], values.shape[2])
    group = query_heads // kv_heads
    parts = triton.cdiv(columns, PART)
    found = torch.empty((count, kv_heads, parts, group, dim), dtype=torch.float32, device=keys.device)
    scores = torch.empty((count, kv_heads, parts, group, 2), dtype=torch.float32, device=keys.device)
    _attend_part[(count, kv_heads, parts)](
        queries,
        keys,
        values,
        places.rows,
        places.columns,
        found,
        scores,
        dim**-0.5,
        keys.stride(0),
        keys.stride(1),
        values.stride(0),
        values.stride(1),
        parts,
        KV_HEADS=kv_heads,
        HEADS=group,
        PADDED_HEADS=max(16, triton.next_power_of_2(group)),
        DIM=dim,
        PART=PART,
        BLOCK=BLOCK,
        num_warps=4,
    )
    result = torch.empty((count, query_heads * dim), dtype=queries.dtype, device=keys.device)
    _join_parts[(count, query_heads)](
        found,
        scores,
        places.columns,
        result,
        parts,
        KV_HEADS=kv_heads,
        HEADS=group,
        DIM=dim,
        PART=PART,
        BLOCK=JOINED,
        PERMUTED=permuted,
        num_warps=2,
    )
    return result


@triton.jit(do_not_specialize=["count"])
def _rotate_and_store(
    summands, query_bias, key_bias, value_bias, query_norm, key_norm, epsilon,
    cosines, sines, rows, columns, queries, keys, values,
    key_row, key_head, value_row, value_head, count, SPLITS: tl.constexpr,
    QUERY_HEADS: tl.constexpr, KV_HEADS: tl.constexpr, DIM: tl.constexpr,
    BIASED: tl.constexpr, NORMED: tl.constexpr,
):  # fmt: skip
    """Do one head of one token, in two halves that rotation mixes."""
    HALF: tl.constexpr = DIM // 2
    token = tl.program_id(0)
    head = tl.program_id(1)
    narrow = keys.dtype.element_ty
    index = tl.arange(0, HALF)
    low = tl.zeros((HALF,), tl.float32)
    high = tl.zeros((HALF,), tl.float32)
    for split in tl.static_range(SPLITS):
        at = summands + ((split * count + token) * (QUERY_HEADS + 2 * KV_HEADS) + head) * DIM + index
        low += tl.load(at).to(tl.float32)
        high += tl.load(at + HALF).to(tl.float32)
    is_query = head < QUERY_HEADS
    is_value = head >= QUERY_HEADS + KV_HEADS
    own = head if is_query else (head - QUERY_HEADS - KV_HEADS if is_value else head - QUERY_HEADS)
    if BIASED:
        bias = query_bias if is_query else (value_bias if is_value else key_bias)
        low += tl.load(bias + own * DIM + index).to(tl.float32)
        high += tl.load(bias + own * DIM + HALF + index).to(tl.float32)
    low = low.to(narrow).to(tl.float32)
    high = high.to(narrow).to(tl.float32)
    if NORMED:
        if not is_value:
            norm = query_norm if is_query else key_norm
            scale = tl.rsqrt((tl.sum(low * low) + tl.sum(high * high)) / DIM + epsilon)
            low = (tl.load(norm + index).to(tl.float32) * (low * scale).to(narrow).to(tl.float32)).to(narrow)
            high = (tl.load(norm + HALF + index).to(tl.float32) * (high * scale).to(narrow).to(tl.float32)).to(narrow)
            low = low.to(tl.float32)
            high = high.to(tl.float32)
    if not is_value:
        cosine = tl.load(cosines + token * DIM + index).to(tl.float32)
        sine = tl.load(sines + token * DIM + index).to(tl.float32)
        turned = low * cosine - high * sine
        high = high * cosine + low * sine
        low = turned
    row = tl.load(rows + token)
    column = tl.load(columns + token) * DIM
    if is_query:
        into = queries + (token * QUERY_HEADS + own) * DIM
    elif is_value:
        into = values + row * value_row + own * value_head + column
    else:
        into = keys + row * key_row + own * key_head + column
    tl.store(into + index, low.to(narrow))
    tl.store(into + HALF + index, high.to(narrow))


@triton.jit(do_not_specialize=["parts"])
def _attend_part(
    queries, keys, values, rows, columns, found, scores, scale,
    key_row, key_head, value_row, value_head, parts,
    KV_HEADS: tl.constexpr, HEADS: tl.constexpr, PADDED_HEADS: tl.constexpr, DIM: tl.constexpr,
    PART: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    token = tl.program_id(0)
    kv_head = tl.program_id(1)
    part = tl.program_id(2)
    length = (tl.load(columns + token) + 1).to(tl.int32)
    start = part * PART
    if start < length:
        head = tl.arange(0, PADDED_HEADS)
        index = tl.arange(0, DIM)
        real = head[:, None] < HEADS
        query = tl.load(
            queries + ((token * KV_HEADS + kv_head) * HEADS + head[:, None]) * DIM + index[None, :],
            mask=real,
            other=0.0,
        )
        row = tl.load(rows + token)
        keys += row * key_row + kv_head * key_head
        values += row * value_row + kv_head * value_head
        largest = tl.full((PADDED_HEADS,), -float("inf"), tl.float32)
        weight = tl.zeros((PADDED_HEADS,), tl.float32)
        result = tl.zeros((PADDED_HEADS, DIM), tl.float32)
        end = tl.minimum(start + PART, length)
        for first in range(start, end, BLOCK):
            column = first + tl.arange(0, BLOCK)
            seen = column < end
            at = column[:, None] * DIM + index[None, :]
            score = tl.dot(query, tl.trans(tl.load(keys + at, mask=seen[:, None], other=0.0))) * scale
            score = tl.where(seen[None, :], score, -float("inf"))
            larger = tl.maximum(largest, tl.max(score, 1))
            share = tl.exp(score - larger[:, None])
            fading = tl.exp(largest - larger)
            weight = weight * fading + tl.sum(share, 1)
            value = tl.load(values + at, mask=seen[:, None], other=0.0)
            result = result * fading[:, None] + tl.dot(share.to(value.dtype), value)
            largest = larger
        place = ((token * KV_HEADS + kv_head) * parts + part) * HEADS + head
        tl.store(found + place[:, None] * DIM + index[None, :], result, mask=real)
        tl.store(scores + place * 2, largest, mask=head < HEADS)
        tl.store(scores + place * 2 + 1, weight, mask=head < HEADS)


@triton.jit(do_not_specialize=["parts"])
def _join_parts(
    found, scores, columns, result, parts,
    KV_HEADS: tl.constexpr, HEADS: tl.constexpr, DIM: tl.constexpr, PART: tl.constexpr, BLOCK: tl.constexpr,
    PERMUTED: tl.constexpr,
):  # fmt: skip
    token = tl.program_id(0)
    head = tl.program_id(1)
    index = tl.arange(0, DIM)
    used = tl.cdiv((tl.load(columns + token) + 1).to(tl.int32), PART)
    largest = tl.full((), -float("inf"), tl.float32)
    weight = tl.zeros((), tl.float32)
    total = tl.zeros((DIM,), tl.float32)
    for first in range(0, used, BLOCK):
        part = first + tl.arange(0, BLOCK)
        there = part < used
        place = ((token * KV_HEADS + head // HEADS) * parts + part) * HEADS + head % HEADS
        score = tl.load(scores + place * 2, mask=there, other=-float("inf"))
        larger = tl.maximum(largest, tl.max(score, 0))
        fading = tl.exp(largest - larger)
        share = tl.exp(score - larger)
        pieces = tl.load(found + place[:, None] * DIM + index[None, :], mask=there[:, None], other=0.0)
        total = total * fading + tl.sum(pieces * share[:, None], 0)
        weight = weight * fading + tl.sum(tl.load(scores + place * 2 + 1, mask=there, other=0.0) * share)
        largest = larger
    at = head * DIM + index
    place = permuted_place(at) if PERMUTED else at
    tl.store(result + token * KV_HEADS * HEADS * DIM + place, (total / weight).to(result.dtype.element_ty))
