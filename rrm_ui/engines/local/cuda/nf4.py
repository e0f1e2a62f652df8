"""Products of a few rows with matrices in NF4, read as bitsandbytes stores them.

bitsandbytes' own products for many rows unpack the matrix into memory first, or unpack it again for every few rows: 16
rows take 2 to 4 times as long as one. Here a tile of the matrix is unpacked in registers and multiplied with up to 64
rows at once by the tensor cores, so that more rows cost next to nothing; and since one kernel adds in one order for
every number of rows, a row's sums do not depend on its company.

Two bytes hold four weights. ``_LOOKUP`` finds the bfloat16 (or float16) values of the eight weights of a 32-bit word
with byte permutations out of a table that lives in registers, about 20 instructions in all. They leave it in pairs of
an order of their own, so the rows come in the same order: ``permuted_place``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import triton
import triton.language as tl
from bitsandbytes.functional import get_4bit_type
from bitsandbytes.nn.modules import Linear4bit

BLOCK_N = 64
"""Output columns of a program."""
BLOCK_K = 128
"""Weights of a column that a program unpacks at a time."""
GROUP = 64
"""Weights that share a scale."""
NESTED_GROUP = 256
"""Scales that share a scale of their own."""
LEAST_STEPS = 4
"""Tiles that a program should at least get through, since the first costs more than the others."""
PROGRAMS_PER_PROCESSOR = 3.5
"""So many keep a processor busy; more parts only leave more summands."""
LEAST_SPLITS = 3
"""A large matrix has more tiles than run at a time; cut up, those that come last are short."""
MOST_ROWS = 64
MOST_MATRICES = 3


def why_not_nf4(layer: torch.nn.Module) -> str | None:
    """Return why the product with ``layer`` cannot be computed here, as a clause; None if it can."""
    state: Any = getattr(getattr(layer, "weight", None), "quant_state", None)
    if not isinstance(layer, Linear4bit) or state is None:
        return "a matrix is not in bitsandbytes' 4 bits"
    if state.quant_type != "nf4" or state.blocksize != GROUP:
        return "a matrix is not in NF4 with blocks of 64"
    if state.nested and state.state2.blocksize != NESTED_GROUP:
        return "the scales of a matrix are packed in another way"
    columns, inner = state.shape
    if columns % BLOCK_N or inner % BLOCK_K:
        return f"a matrix is {columns} × {inner}, no multiple of {BLOCK_N} × {BLOCK_K}"
    return None


@triton.jit
def permuted_place(index):
    """Return where a product looks for number ``index`` of a row: in blocks of 128 its seven bits change places."""
    return (
        (index & ~127)
        | (((index >> 3) & 1) << 6)
        | (((index >> 2) & 1) << 5)
        | ((index & 1) << 4)
        | (((index >> 4) & 7) << 1)
        | ((index >> 1) & 1)
    )


def splits_for(columns: int, inner: int, processors: int) -> int:
    """Return into how many parts the inner dimension is cut, so that every processor has work.

    It depends on the matrix and the card alone: the order of a sum must not change with the number of rows.
    """
    tiles, steps = columns // BLOCK_N, inner // BLOCK_K
    wanted = max(LEAST_SPLITS, round(PROGRAMS_PER_PROCESSOR * processors / tiles))
    return max(1, min(steps // LEAST_STEPS, wanted))


def products(rows: torch.Tensor, layers: Sequence[Any], splits: int) -> torch.Tensor:
    """Return the products of ``rows`` with up to three ``layers``, side by side, in ``splits`` summands.

    The layers are ``Linear4bit`` that ``why_not_nf4`` has nothing against. ``rows`` is (rows, inner) in 16 bits, each
    in the order of ``permuted_place``. The result, (splits, rows, columns) in float32, is to be added up by whoever
    reads it; the layers' biases are not in it.
    """
    count, inner = rows.shape
    ends = [0]
    for layer in layers:
        ends.append(ends[-1] + layer.weight.quant_state.shape[0])
    summands = torch.empty((splits, count, ends[-1]), dtype=torch.float32, device=rows.device)
    padded = [*layers, *[layers[-1]] * (MOST_MATRICES - len(layers))]
    ends = [*ends, *[ends[-1]] * (MOST_MATRICES + 1 - len(ends))]
    steps = inner // BLOCK_K
    portable = _portable(rows.device)
    _products[(ends[-1] // BLOCK_N, splits)](
        rows,
        *(argument for layer in padded for argument in _arguments(layer)),
        _values(rows.dtype, rows.device),
        summands,
        count,
        ends[1],
        ends[2],
        ends[-1],
        inner // 8,
        triton.cdiv(steps, splits),
        NESTED=layers[0].weight.quant_state.nested,
        BLOCK_M=max(16, triton.next_power_of_2(count)),
        BLOCK_N=BLOCK_N,
        BLOCK_K=BLOCK_K,
        LOOKUP="" if portable else _LOOKUP[rows.dtype],
        num_warps=4,
        num_stages=3,
    )
    return summands


def _arguments(layer: Any) -> tuple[torch.Tensor, ...]:
    """Return the packed weights of ``layer``, 8 to a number, and what its scales are made of."""
    state = layer.weight.quant_state
    packed = layer.weight.view(-1).view(torch.int32)
    if not state.nested:
        return packed, state.absmax, state.absmax, state.absmax, state.absmax
    return packed, state.absmax, state.state2.code, state.state2.absmax, state.offset


def _portable(device: torch.device) -> bool:
    """Return whether ``device`` is no NVIDIA GPU, which has the instructions: a CPU, by the interpreter, or AMD's."""
    return device.type != "cuda" or torch.version.cuda is None


def _values(dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """Return the 16 values of the code."""
    if (dtype, device) not in _VALUES:
        _VALUES[dtype, device] = get_4bit_type("nf4", device=device).to(dtype)
    return _VALUES[dtype, device]


_VALUES: dict[tuple[torch.dtype, torch.device], torch.Tensor] = {}


def _lookup(dtype: torch.dtype) -> str:
    """Return the instructions that turn two words ($8, $9) of eight 4-bit codes into eight registers of two values.

    A byte permutation picks four bytes out of eight by the lower three bits of four codes; the fourth bit, spread over
    a byte by the same instruction's copying of signs, chooses between the two halves of the table. Low and high bytes
    of the values are looked up apart and woven together last.
    """
    codes = [code & 0xFFFF for code in get_4bit_type("nf4", device="cpu").to(dtype).view(torch.int16).tolist()]

    def table(shift: int) -> list[str]:
        data = bytes(code >> shift & 0xFF for code in codes)
        return [f"0x{int.from_bytes(data[i : i + 4], 'little'):08x}" for i in range(0, 16, 4)]

    low, high = table(0), table(8)
    lines = [".reg .b32 select, shifted, upper, first, second, lows, highs, zero, low0, low2, high0, high2;"]
    # An instruction takes one constant only. The other one stays in a register if it looks as if threads differed in it
    # (fewer than 8 bits are set in a lane's number); else it is copied there anew for every word, a tenth of the time.
    lines += ["mov.u32 zero, %laneid;", "popc.b32 zero, zero;", "shr.u32 zero, zero, 3;"]
    for half in (0, 2):
        lines += [f"or.b32 low{half}, zero, {low[half]};", f"or.b32 high{half}, zero, {high[half]};"]
    for word in (0, 1):
        source = f"${8 + word}"
        lines += [f"shl.b32 shifted, {source}, 4;", f"and.b32 select, {source}, 0x77777777;"]
        for half, signs in enumerate(("0xD9C8", "0xFBEA")):
            if half:
                lines.append("shr.b32 select, select, 16;")
            lines.append(f"prmt.b32 upper, shifted, {source}, {signs};")
            for values, name in ((low, "low"), (high, "high")):
                lines += [
                    f"prmt.b32 first, {name}0, {values[1]}, select;",
                    f"prmt.b32 second, {name}2, {values[3]}, select;",
                    f"lop3.b32 {name}s, upper, second, first, 0xCA;",
                ]
            register = 4 * word + 2 * half
            lines.append(f"prmt.b32 ${register}, lows, highs, 0x7351;")
            lines.append(f"prmt.b32 ${register + 1}, lows, highs, 0x6240;")
    return "{\n" + "\n".join(lines) + "\n}"


_LOOKUP = {dtype: _lookup(dtype) for dtype in (torch.bfloat16, torch.float16)}


@triton.jit
def _value(words_at, values, word, SIDE: tl.constexpr, PAIR: tl.constexpr):
    """Return one of the eight registers' worth of values, without NVIDIA's instructions."""
    words = tl.load(words_at - word[None, :] + (word[None, :] & ~1) + SIDE)
    code = (PAIR // 2) * 4 + 1 - PAIR % 2 + 2 * (word & 1)
    return tl.load(values + ((words >> (4 * code)[None, :]) & 15))


@triton.jit
def _add(sums, tile, scale, rows_at, live, BLOCK_N: tl.constexpr, GROUPS: tl.constexpr, WORDS: tl.constexpr):
    """Return ``sums`` (columns, rows) and the product of a tile, once it has its scales, with its part of the rows."""
    scaled = tl.reshape(tl.reshape(tile, (BLOCK_N, GROUPS, WORDS // GROUPS)) * scale, (BLOCK_N, WORDS))
    return tl.dot(scaled, tl.load(rows_at, mask=live, other=0.0), sums)


@triton.jit(do_not_specialize=["count", "steps", "first_end", "second_end"])
def _products(
    rows,
    packed_0, scales_0, codes_0, outer_0, offset_0,
    packed_1, scales_1, codes_1, outer_1, offset_1,
    packed_2, scales_2, codes_2, outer_2, offset_2,
    values,
    summands,
    count,
    first_end,
    second_end,
    columns,
    column_words,
    steps,
    NESTED: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    LOOKUP: tl.constexpr,
):  # fmt: skip
    """Compute the tile of columns ``program_id(0)`` and the part of the inner dimension ``program_id(1)``."""
    WORDS: tl.constexpr = BLOCK_K // 8
    GROUPS: tl.constexpr = BLOCK_K // 64
    inner = column_words * 8  # this way round the compiler sees that a column of words begins on a whole line
    start = tl.program_id(0) * BLOCK_N
    split = tl.program_id(1)
    if start < first_end:
        packed, scales, codes, outer, offset, begin = packed_0, scales_0, codes_0, outer_0, offset_0, start * 0
    elif start < second_end:
        packed, scales, codes, outer, offset, begin = packed_1, scales_1, codes_1, outer_1, offset_1, first_end
    else:
        packed, scales, codes, outer, offset, begin = packed_2, scales_2, codes_2, outer_2, offset_2, second_end
    column = start - begin + tl.arange(0, BLOCK_N)
    row = tl.arange(0, BLOCK_M)
    word = tl.arange(0, WORDS)
    live = row[None, :] < count
    sums = tl.zeros((BLOCK_N, BLOCK_M), tl.float32)
    k = split * steps * BLOCK_K
    words_at = packed + column[:, None] * column_words + k // 8 + word[None, :]
    rows_at = rows + row[None, :] * inner + k + word[:, None]
    scale_index = column[:, None] * (inner // 64) + k // 64 + tl.arange(0, GROUPS)[None, :]
    middle = tl.load(offset) if NESTED else 0.0
    for _ in range(split * steps, tl.minimum(split * steps + steps, inner // BLOCK_K)):
        if LOOKUP == "":
            t0, t1 = _value(words_at, values, word, 0, 0), _value(words_at, values, word, 0, 1)
            t2, t3 = _value(words_at, values, word, 0, 2), _value(words_at, values, word, 0, 3)
            t4, t5 = _value(words_at, values, word, 1, 0), _value(words_at, values, word, 1, 1)
            t6, t7 = _value(words_at, values, word, 1, 2), _value(words_at, values, word, 1, 3)
        else:
            t0, t1, t2, t3, t4, t5, t6, t7 = tl.inline_asm_elementwise(
                LOOKUP,
                "=r,=r,=r,=r,=r,=r,=r,=r,r,r",
                [tl.load(words_at)],
                dtype=(rows.dtype.element_ty,) * 8,
                is_pure=True,
                pack=2,
            )
        scale = tl.load(scales + scale_index)
        if NESTED:
            scale = tl.load(codes + scale.to(tl.int32)) * tl.load(outer + scale_index // 256) + middle
        scale = scale.to(rows.dtype.element_ty)[:, :, None]
        sums = _add(sums, t0, scale, rows_at, live, BLOCK_N, GROUPS, WORDS)
        sums = _add(sums, t1, scale, rows_at + WORDS, live, BLOCK_N, GROUPS, WORDS)
        sums = _add(sums, t2, scale, rows_at + 2 * WORDS, live, BLOCK_N, GROUPS, WORDS)
        sums = _add(sums, t3, scale, rows_at + 3 * WORDS, live, BLOCK_N, GROUPS, WORDS)
        sums = _add(sums, t4, scale, rows_at + 4 * WORDS, live, BLOCK_N, GROUPS, WORDS)
        sums = _add(sums, t5, scale, rows_at + 5 * WORDS, live, BLOCK_N, GROUPS, WORDS)
        sums = _add(sums, t6, scale, rows_at + 6 * WORDS, live, BLOCK_N, GROUPS, WORDS)
        sums = _add(sums, t7, scale, rows_at + 7 * WORDS, live, BLOCK_N, GROUPS, WORDS)
        words_at += WORDS
        rows_at += BLOCK_K
        scale_index += GROUPS
    into = summands + (split * count + row[None, :]) * columns + start + tl.arange(0, BLOCK_N)[:, None]
    tl.store(into, sums, mask=live)
