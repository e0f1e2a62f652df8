"""A model's matrices in 4 or 8 bits, multiplied as they are on a CPU.

In 4 bits the product is ONNX Runtime's (``onnx_product.py``), in 8 bits oneDNN's (``int8_product.py``), where it is to
be had. Elsewhere weights alone are rounded to 8 bits, and activations stay as they are: few rows, as in a step of
decoding, go through torch's product of bfloat16 rows with packed weights, and many, as in a prompt, through float32.
"""

# mypy: allow-untyped-calls
# (transformers and torch annotate only some of their functions)

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import nn
from transformers import PreTrainedModel

from rrm_ui.engines.local.int8_product import Int8Product, in_8_bits, largest_code
from rrm_ui.engines.local.onnx_product import OnnxProduct
from rrm_ui.engines.models.nf4_layers import nf4_layers

PackedForm = Literal["int4", "int8"]
PACKED_FORMS = get_args(PackedForm)

FEW_ROWS = 64
"""From more rows on, unpacking the weights for a float32 product is faster. A row's bits depend on which of the two it
goes through, and so, in large batches and short pieces of prompts, on its company."""
INPUT_BLOCK = 32
"""Products read whole blocks of so many inputs; torch's reads past the end of one that is not: wrong sums, or worse."""
UNPACKED_AT_ONCE = 512
"""Rows of a matrix that are unpacked at a time: they stay in the processor's cache."""


class Int8Linear(Int8Product):
    """A linear layer from ``inputs`` to ``outputs`` in 8 bits, which rounds its inputs to 8 bits too."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__(layer.weight, layer.bias)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return (…, outputs) in the numbers of ``hidden`` (…, inputs)."""
        return super().forward(hidden).to(hidden.dtype)


class Int8WeightLinear(nn.Module):
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


PACKED_LAYERS = (Int4Linear, Int8Linear, Int8WeightLinear)


def layer_kind(form: PackedForm) -> type[Int4Linear | Int8Linear | Int8WeightLinear]:
    """Return the class of layers in ``form`` on this machine."""
    if form == "int4":
        return Int4Linear
    return Int8WeightLinear if largest_code() is None else Int8Linear


def is_mostly_packed(model: PreTrainedModel) -> bool:
    """Return whether most weights of ``model`` lie in layers that are in NF4 or can be packed, as experts' do not.

    What is left of it may compute in float32 then; otherwise that would be twice what was read.
    """
    embedding, head = _ends(model)
    plain = [layer for layer in model.modules() if type(layer) is nn.Linear and _can_be_packed(layer)]
    layers = [layer for layer in (*plain, *nf4_layers(model)) if layer is not head]
    packed: int = sum(layer.in_features * layer.out_features for layer in layers)
    others = {id(weight) for end in (embedding, head) for weight in end.parameters()}
    others.update(id(layer.weight) for layer in layers)
    rest = sum(weight.numel() for weight in model.parameters() if id(weight) not in others)
    return rest <= packed


def pack_layers(model: PreTrainedModel, form: PackedForm, dtype: torch.dtype = torch.bfloat16) -> None:
    """Replace the linear layers of ``model`` but its head by such in ``form``, letting go of each as it is packed.

    The model is on a CPU, and in bfloat16; with ``dtype`` float32 what is left of it computes in that, as it does in
    any case beside int4. A layer whose inputs are no whole blocks, or whose weights are no bfloat16, stays as it is.
    """
    head = model.get_output_embeddings()
    kind = layer_kind(form)
    # No list of the layers themselves: it would keep them all until the last is packed.
    for module in [module for module in model.modules() if type(module) is not nn.Linear]:
        for name in [name for name, _ in module.named_children()]:
            layer = module.get_submodule(name)
            if type(layer) is nn.Linear and layer is not head and _can_be_packed(layer):
                setattr(module, name, kind(layer))
    takes_float32 = kind is Int4Linear or (kind is Int8Linear and dtype == torch.float32)
    if takes_float32 and packed_form(model) is not None:
        compute_in_float32(model)


def packed_form(model: PreTrainedModel) -> PackedForm | None:
    """Return the form of the packed layers of ``model``; None if it has none."""
    kind = next((type(layer) for layer in model.modules() if isinstance(layer, PACKED_LAYERS)), None)
    return None if kind is None else "int4" if kind is Int4Linear else "int8"


def activation_dtype(model: PreTrainedModel) -> torch.dtype:
    """Return the numbers of activations in ``model``, and so of keys and values: those that tokens are embedded in."""
    embedding = model.get_input_embeddings()
    widened = _widened in embedding._forward_hooks.values()
    return torch.float32 if widened else embedding.get_parameter("weight").dtype


def take_any_numbers(layer: nn.Linear) -> None:
    """Have ``layer`` convert what it gets to the numbers of its weights, for everyone who hooks into it afterwards."""
    layer.register_forward_pre_hook(lambda _module, hidden: hidden[0].to(layer.weight.dtype))


def compute_in_float32(model: PreTrainedModel) -> None:
    """Have what is left of ``model`` compute in float32: it spares conversions, and bfloat16's emulation.

    The matrices that embed tokens and predict them stay in 16 bits, for they are large. Codes stay what they are, also
    where a checkpoint says that their bytes are floating-point numbers.
    """
    embedding, head = _ends(model)
    codes = {id(layer.weight) for layer in nf4_layers(model)}
    for module in model.modules():
        if module is not embedding and module is not head:
            for parameter in module.parameters(recurse=False):
                if id(parameter) not in codes:
                    parameter.data = parameter.data.float()
    embedding.register_forward_hook(_widened)
    if id(head.weight) not in codes:
        take_any_numbers(head)  # a head that will be packed takes them anyway


def _widened(_embedding: nn.Module, _ids: object, embedded: torch.Tensor) -> torch.Tensor:
    return embedded.float()


def _ends(model: PreTrainedModel) -> tuple[nn.Module, nn.Linear]:
    """Return what embeds tokens and what predicts them."""
    return model.get_input_embeddings(), model.get_output_embeddings()


def _can_be_packed(layer: nn.Linear) -> bool:
    return layer.in_features % INPUT_BLOCK == 0 and layer.weight.dtype == torch.bfloat16
