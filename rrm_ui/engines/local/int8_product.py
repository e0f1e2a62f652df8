"""A matrix in 8 bits, multiplied by rows in 8 bits: whole numbers throughout, by oneDNN, which comes with torch on x86.

Each row of the matrix has a scale, and so has each row that is multiplied, by the largest of its numbers. Sums of whole
numbers are exact, so a row's product does not depend on how many others go with it. Processors with AVX512-VNNI
multiply so about twice as fast as in bfloat16. Others add two products in 16 bits, where large ones do not fit: there
weights have codes of 7 bits.
"""

# mypy: allow-untyped-calls
# (torch annotates only some of its functions)

from __future__ import annotations

import logging
import platform
from functools import cache

import torch
from torch import nn

log = logging.getLogger(__name__)

LARGEST = 127
"""The largest code of a number; the smallest is its negative."""
LARGEST_WHERE_PAIRS_ARE_ADDED = 63
"""The largest code of a weight where two products are added in 16 bits."""
ZERO = 128
"""What stands for zero in a row's codes: the kernels multiply unsigned numbers with signed ones."""
SMALLEST_SCALE = 1e-12
"""Of a row of zeros."""
PACKED_AT_ONCE = 512
"""Rows of a matrix that are packed at a time: no copy of the whole in full is made, and these stay in the cache."""
TRIED_ROWS = (1, 2, 4, 16, 64)
TRIED_MATRIX = (512, 256)
"""Inputs and outputs of what is multiplied, for so many rows, to see whether products are exact: kernels differ."""


class Int8Product(nn.Module):
    """The product with a matrix (outputs, inputs) in int8, of rows that are rounded to 8 bits as they come."""

    bits = 8

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None = None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        codes, scales = in_8_bits(weight.detach(), largest_code() or LARGEST)
        self._packed: torch.Tensor = torch.ops.onednn.qlinear_prepack(codes, None)
        self._scales = scales.float()
        self._zeros = torch.zeros(self.out_features, dtype=torch.int32)
        self._bias = None if bias is None else bias.detach().float()
        self.nbytes = sum(t.nbytes for t in (codes, self._scales, self._zeros, self._bias) if t is not None)
        """Bytes of the packed weights and what goes with them."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return (…, outputs) in float32 for ``hidden`` (…, inputs)."""
        codes, scales = _rounded(hidden.reshape(-1, self.in_features))
        sums = _multiply(codes, self._packed, self._scales, self._zeros)
        product = sums.mul_(scales) if self._bias is None else torch.addcmul(self._bias, sums, scales)
        return product.view(*hidden.shape[:-1], self.out_features)


@cache
def largest_code() -> int | None:
    """Return the largest code of a weight with which products are exact here; None where there is no such product.

    It is tried, and not asked of the processor: ``ONEDNN_MAX_CPU_ISA`` keeps oneDNN from instructions that are there.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return None  # elsewhere the product exists, but may go through a reference that is thousands of times slower
    try:
        return next(filter(_is_exact_with, (LARGEST, LARGEST_WHERE_PAIRS_ARE_ADDED)), None)
    except (AttributeError, NotImplementedError, RuntimeError) as error:  # this torch has no oneDNN, or another one
        log.info("oneDNN does not multiply 8 bits here: %s", error)
        return None


def in_8_bits(weight: torch.Tensor, largest: int = LARGEST) -> tuple[torch.Tensor, torch.Tensor]:
    """Return codes (rows, columns) in int8 and a bfloat16 scale for each row of ``weight``, a few rows at a time.

    A row's largest weight has the code ``largest``, or its negative.
    """
    parts = [_rows_in_8_bits(rows, largest) for rows in weight.split(PACKED_AT_ONCE)]
    return torch.cat([codes for codes, _ in parts]), torch.cat([scales for _, scales in parts])


def _rows_in_8_bits(rows: torch.Tensor, largest: int) -> tuple[torch.Tensor, torch.Tensor]:
    wide = rows.to(torch.float32, copy=True)
    scales = (wide.abs().amax(-1) / largest).to(torch.bfloat16)
    # Divided by the scale as it is stored, so that its rounding is made up for.
    codes = wide.div_(scales.float().clamp_(min=SMALLEST_SCALE)[:, None]).round_().clamp_(-largest, largest)
    return codes.to(torch.int8), scales


def _rounded(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ``rows`` in codes about ``ZERO``, and each row's scale, (rows, 1)."""
    wide = rows.to(torch.float32, copy=True)
    scales = wide.abs().amax(-1, keepdim=True).div_(LARGEST).clamp_(min=SMALLEST_SCALE)
    return wide.div_(scales).add_(ZERO + 0.5).to(torch.uint8), scales  # what is cut off rounds to the nearest code


def _multiply(codes: torch.Tensor, packed: torch.Tensor, scales: torch.Tensor, zeros: torch.Tensor) -> torch.Tensor:
    """Return the product of ``codes`` (rows, inputs) with a packed matrix, times its ``scales``, in float32."""
    product: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
        codes, 1.0, ZERO, packed, scales, zeros, None, 1.0, 0, torch.float32, "none", [], ""
    )
    return product


def _is_exact_with(largest: int) -> bool:
    """Return whether products are exact where all codes are as large as they get."""
    inputs, outputs = TRIED_MATRIX
    weights = torch.full((outputs, inputs), largest, dtype=torch.int8)
    weights[::2] = -largest
    packed = torch.ops.onednn.qlinear_prepack(weights, None)
    ones, zeros = torch.ones(outputs), torch.zeros(outputs, dtype=torch.int32)
    exact = weights.float().sum(-1) * LARGEST
    return all(
        torch.equal(
            _multiply(torch.full((rows, inputs), ZERO + LARGEST, dtype=torch.uint8), packed, ones, zeros),
            exact.expand(rows, -1),
        )
        for rows in TRIED_ROWS
    )
