"""A model's matrices in 4 or 8 bits, multiplied as they are: what a CPU without AVX512 and bfloat16 does best.

In 4 bits the product is ONNX Runtime's (``onnx_product.py``). In 8 bits weights alone are rounded, each row of a matrix
with a scale of its own; activations stay as they are. There few rows, as in a step of decoding, go through torch's
product of bfloat16 rows with packed weights. Many, as in a prompt, go through float32: such a CPU only emulates
bfloat16, at a fifth of the speed.
"""

# mypy: allow-untyped-calls
# (transformers and torch annotate only some of their functions)

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from transformers import PreTrainedModel

from rrm_ui.engines.local.head import in_8_bits
from rrm_ui.engines.local.onnx_product import OnnxProduct

PackedForm = Literal["int4", "int8"]

FEW_ROWS = 64
"""From more rows on, unpacking the weights for a float32 product is faster. A row's bits depend on which of the two it
goes through, and so, in large batches and short pieces of prompts, on its company."""
INPUT_BLOCK = 32
"""Both products read inputs in whole blocks of so many; torch's reads past the end of one that is not: wrong sums, or
worse."""
UNPACKED_AT_ONCE = 512
"""Rows of a matrix that are unpacked at a time: they stay in the processor's cache."""


class Int8Linear(nn.Module):
    """A linear layer from ``inputs`` to ``outputs`` whose weights are int8 codes with a bfloat16 scale a row."""

    codes: torch.Tensor
    scales: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = layer.in_features, layer.out_features
        codes, scales = in_8_bits(layer.weight.detach())
        self.register_buffer("codes", codes, persistent=False)
        self.register_buffer("scales", scales, persistent=False)
        self.register_buffer("bias", None if layer.bias is None else layer.bias.detach(), persistent=False)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return (…, outputs) for ``hidden`` (…, inputs) in bfloat16."""
        rows = hidden.reshape(-1, self.in_features)
        product = self._packed(rows) if rows.shape[0] <= FEW_ROWS else self._unpacked(rows)
        return product.view(*hidden.shape[:-1], self.out_features)

    def _packed(self, rows: torch.Tensor) -> torch.Tensor:
        product: torch.Tensor = torch.ops.aten._weight_int8pack_mm(rows.contiguous(), self.codes, self.scales)
        return product if self.bias is None else product + self.bias

    def _unpacked(self, rows: torch.Tensor) -> torch.Tensor:
        wide = rows.float()
        product = rows.new_empty(rows.shape[0], self.out_features)
        for start in range(0, self.out_features, UNPACKED_AT_ONCE):
            part = slice(start, start + UNPACKED_AT_ONCE)
            sums = (wide @ self.codes[part].float().T).mul_(self.scales[part])
            product[:, part] = sums if self.bias is None else sums.add_(self.bias[part])
        return product


class Int4Linear(OnnxProduct):
    """A linear layer from ``inputs`` to ``outputs`` whose weights have 4 bits; its outputs are float32."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__(layer.weight, 4, layer.bias)


LAYERS: dict[PackedForm, type[Int4Linear | Int8Linear]] = {"int4": Int4Linear, "int8": Int8Linear}


def form_for(model: PreTrainedModel, wanted: PackedForm) -> PackedForm:
    """Return ``wanted``, but int8 in place of int4 where most weights lie in no linear layer, as experts do.

    Beside int4 the rest of a model computes in float32, which would be twice what was read.
    """
    head = model.get_output_embeddings()
    layers = [layer for layer in model.modules() if type(layer) is nn.Linear and layer is not head]
    packed = sum(layer.weight.numel() for layer in layers if _can_be_packed(layer))
    ends = {id(weight) for end in (model.get_input_embeddings(), head) for weight in end.parameters()}
    rest = sum(weight.numel() for weight in model.parameters() if id(weight) not in ends) - packed
    return "int8" if wanted == "int4" and rest > packed else wanted


def pack_layers(model: PreTrainedModel, form: PackedForm) -> None:
    """Replace the linear layers of ``model`` but its head by such in ``form``, letting go of each as it is packed.

    The model is on a CPU. A layer whose inputs are no whole blocks, or whose weights are no bfloat16, stays as it is.
    """
    head = model.get_output_embeddings()
    # No list of the layers themselves: it would keep them all until the last is packed.
    for module in [module for module in model.modules() if type(module) is not nn.Linear]:
        for name in [name for name, _ in module.named_children()]:
            layer = module.get_submodule(name)
            if type(layer) is nn.Linear and layer is not head and _can_be_packed(layer):
                setattr(module, name, LAYERS[form](layer))
    if packed_form(model) == "int4":
        _compute_in_float32(model)


def packed_form(model: PreTrainedModel) -> PackedForm | None:
    """Return the form of the packed layers of ``model``; None if it has none."""
    kinds = {type(layer) for layer in model.modules()}
    return next((form for form, kind in LAYERS.items() if kind in kinds), None)


def activation_dtype(model: PreTrainedModel) -> torch.dtype:
    """Return the numbers of activations in ``model``, and so of keys and values."""
    return torch.float32 if packed_form(model) == "int4" else model.dtype


def take_any_numbers(layer: nn.Linear) -> None:
    """Have ``layer`` convert what it gets to the numbers of its weights, for everyone who hooks into it afterwards."""
    layer.register_forward_pre_hook(lambda _module, hidden: hidden[0].to(layer.weight.dtype))


def _compute_in_float32(model: PreTrainedModel) -> None:
    """Have what is left of ``model`` compute in float32: it spares conversions, and bfloat16's emulation.

    The matrices that embed tokens and predict them stay in 16 bits, for they are large.
    """
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    for module in model.modules():
        if module is not embedding and module is not head:
            for parameter in module.parameters(recurse=False):
                parameter.data = parameter.data.float()
    embedding.register_forward_hook(lambda _module, _ids, embedded: embedded.float())
    take_any_numbers(head)  # a head that will be packed takes them anyway


def _can_be_packed(layer: nn.Linear) -> bool:
    return layer.in_features % INPUT_BLOCK == 0 and layer.weight.dtype == torch.bfloat16
