"""A model's matrices in 8 bits, multiplied as they are: what a CPU without AVX512 and bfloat16 does best.

Weights alone are rounded, each row of a matrix with a scale of its own; activations stay as they are. Few rows, as in
a step of decoding, go through torch's product of bfloat16 rows with packed weights. Many, as in a prompt, go through
float32: such a CPU only emulates bfloat16, at a fifth of the speed.
"""

# mypy: allow-untyped-calls
# (transformers and torch annotate only some of their functions)

from __future__ import annotations

import torch
from torch import nn
from transformers import PreTrainedModel

from rrm_ui.engines.local.head import in_8_bits

FEW_ROWS = 64
"""From more rows on, unpacking the weights for a float32 product is faster. A row's bits depend on which of the two it
goes through, and so, in large batches and short pieces of prompts, on its company."""
INPUT_BLOCK = 32
"""torch's product reads inputs in blocks, and past the end of one that is not whole: wrong sums, or worse."""
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


def pack_layers(model: PreTrainedModel) -> None:
    """Replace the linear layers of ``model`` but its head by such in 8 bits, letting go of each as it is packed.

    The model is on a CPU. A layer whose inputs are no whole blocks, or whose weights are no bfloat16, stays as it is.
    """
    head = model.get_output_embeddings()
    # No list of the layers themselves: it would keep them all until the last is packed.
    for module in [module for module in model.modules() if type(module) is not nn.Linear]:
        for name in [name for name, _ in module.named_children()]:
            layer = module.get_submodule(name)
            if type(layer) is nn.Linear and layer is not head and _can_be_packed(layer):
                setattr(module, name, Int8Linear(layer))


def _can_be_packed(layer: nn.Linear) -> bool:
    return layer.in_features % INPUT_BLOCK == 0 and layer.weight.dtype == torch.bfloat16
