"""The matrix that turns a hidden state into logits: read exactly where a verdict hangs on it, packed where it may be.

A head is read whole for every step, so its bytes are a good part of a small model's time. On a CPU it can be read
from a copy in 8 or 4 bits. The two logits that decide a verdict never come from that copy, nor from a product that
rounds to bfloat16, in which close verdicts tie: they are summed in float32 from the untouched rows.
"""

# mypy: allow-untyped-calls
# (transformers and torch annotate only some of their functions)

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

import torch
from torch import nn
from transformers import PreTrainedModel

from rrm_ui.engines.local.int8_product import LARGEST, PACKED_AT_ONCE, Int8Product, in_8_bits, largest_code
from rrm_ui.engines.local.onnx_product import OnnxProduct, has_onnx_products

HeadBits = Literal[8, 4]

GROUP = 64
"""Weights of a row that share a scale and an offset in torch's 4 bits."""
ROW_BLOCK = 64
"""The 4-bit product takes whole blocks of rows."""


class TorchProduct(nn.Module):
    """torch's own product of bfloat16 rows with a matrix in 8 or 4 bits."""

    packed: torch.Tensor
    scales: torch.Tensor

    def __init__(self, weight: torch.Tensor, bits: HeadBits) -> None:
        super().__init__()
        self.bits = bits
        packed, scales = _packed(weight, bits)
        self.register_buffer("packed", packed, persistent=False)
        self.register_buffer("scales", scales, persistent=False)

    @property
    def nbytes(self) -> int:
        """Bytes of the packed weights and their scales."""
        return self.packed.nbytes + self.scales.nbytes

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the product for ``rows`` (rows, columns of the matrix); in 4 bits it may have spare columns."""
        product: torch.Tensor
        rows = rows.to(torch.bfloat16)  # some layers compute in float32
        if self.bits == 8:
            product = torch.ops.aten._weight_int8pack_mm(rows, self.packed, self.scales)
        else:
            product = torch.ops.aten._weight_int4pack_mm_for_cpu(rows, self.packed, GROUP, self.scales)
        return product


Product = TorchProduct | OnnxProduct | Int8Product


class PackedHead(nn.Module):
    """A head whose products go through a copy of its weights in 8 or 4 bits. For a CPU and weights in bfloat16.

    ``weight`` (vocabulary, hidden) is the matrix it was made from, which is usually the embedding too.
    """

    weight: nn.Parameter

    def __init__(
        self, weight: nn.Parameter, bits: HeadBits, product: Callable[[torch.Tensor, HeadBits], Product] = TorchProduct
    ) -> None:
        super().__init__()
        self.bits = bits
        self.weight = weight
        self.product = product(weight.detach(), bits)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the logits (…, vocabulary) of ``hidden`` (…, hidden), in bfloat16 or in what the product gives.

        A row's do not depend on the other rows: so it is with torch's product and oneDNN's, and with ONNX Runtime's on
        the processors for which it is taken (see the tests).
        """
        rows = hidden.reshape(-1, hidden.shape[-1]).contiguous()
        logits: torch.Tensor = self.product(rows)
        return logits[:, : self.weight.shape[0]].view(*hidden.shape[:-1], -1)


def why_not_packed(head: nn.Module) -> str | None:
    """Return why ``head`` cannot be read from a packed copy, as a clause; None if it can."""
    if not isinstance(head, nn.Linear) or getattr(head, "bias", None) is not None:
        return "the model's head is not a plain matrix"
    if head.weight.device.type != "cpu" or head.weight.dtype != torch.bfloat16:
        return "only a bfloat16 head on a CPU can be packed"
    if head.weight.shape[1] % GROUP:
        return f"its hidden size is no multiple of {GROUP}"
    missing = [name for name in ("_weight_int8pack_mm", "_weight_int4pack_mm_for_cpu") if not _has_operator(name)]
    return f"torch {torch.__version__} lacks {missing[0]}" if missing else None


def pack_head(model: PreTrainedModel, bits: HeadBits) -> None:
    """Let ``model`` compute its logits from a packed copy of its head; its embedding stays as it is.

    ``why_not_packed`` says whether that is possible.
    """
    head = model.get_output_embeddings()
    model.set_output_embeddings(PackedHead(head.weight, bits, _product_for(model, bits)))


def _product_for(model: PreTrainedModel, bits: HeadBits) -> Callable[[torch.Tensor, HeadBits], Product]:
    """Return what multiplies the copy of a head: ONNX Runtime where it computes the layers, so that no threads meet."""
    if has_onnx_products(model):
        return OnnxProduct
    return _whole_numbers if bits == 8 and largest_code() == LARGEST else TorchProduct


def _whole_numbers(weight: torch.Tensor, _bits: HeadBits) -> Int8Product:
    return Int8Product(weight)


@contextmanager
def exact_logits(model: PreTrainedModel, tokens: Sequence[int]) -> Iterator[None]:
    """Have the head give its logits in float32 meanwhile, those of ``tokens`` without any rounding to less.

    Only the sums of ``tokens``' rows are done anew, one by one: a matrix product would add in another order for
    another number of rows, and a vote must not depend on its company. A float32 head is left alone, and so is one
    whose rows are quantized or adapted in place.
    """
    head = model.get_output_embeddings()
    weight = head.weight if isinstance(head, nn.Linear | PackedHead) else None
    if not tokens or weight is None or not weight.is_floating_point() or weight.dtype == torch.float32:
        yield
        return
    bias = getattr(head, "bias", None)
    chosen = [token for token in tokens if token < weight.shape[0]]

    def correct(_: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        logits = output.float()
        for token in chosen:
            exact = (inputs[0].float() * weight[token].float()).sum(-1)
            logits[..., token] = exact if bias is None else exact + bias[token].float()
        return logits

    handle = head.register_forward_hook(correct)
    try:
        yield
    finally:
        handle.remove()


def _has_operator(name: str) -> bool:
    return hasattr(torch.ops.aten, name)


def _packed(weight: torch.Tensor, bits: HeadBits) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the copy of ``weight`` (rows, columns) in ``bits`` bits, as torch's products take it, and its scales."""
    if bits == 8:
        return in_8_bits(weight)
    missing = -weight.shape[0] % ROW_BLOCK
    padded = [*weight.split(PACKED_AT_ONCE)]
    padded[-1] = torch.cat([padded[-1], padded[-1].new_zeros(missing, weight.shape[1])])
    parts = [_in_4_bits(rows) for rows in padded]
    # Whole blocks of rows stand one after another in the packed copy, so that pieces of it can be joined.
    return torch.cat([codes for codes, _ in parts]), torch.cat([scales for _, scales in parts], 1)


def _in_4_bits(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return packed codes, and (groups, rows, 2) scales and middles: each group's range is cut into 15 steps.

    With a range of its own for each group the logits of random weights are off by 9.0 %, with one that is symmetric
    about zero by 10.3 % (root mean square).
    """
    groups = rows.float().view(rows.shape[0], -1, GROUP)
    low, high = groups.amin(-1), groups.amax(-1)
    scales = ((high - low) / 15).to(torch.bfloat16)
    middles = (low + 8 * scales.float()).to(torch.bfloat16)
    steps = scales.float().clamp(min=1e-12)[..., None]
    codes = ((groups - middles.float()[..., None]) / steps).round().clamp(-8, 7) + 8
    packed = torch.ops.aten._convert_weight_to_int4pack_for_cpu(codes.view(rows.shape).to(torch.int32), 2)
    return packed, torch.stack([scales, middles], -1).transpose(0, 1).contiguous()
