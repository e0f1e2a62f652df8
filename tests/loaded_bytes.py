"""What a loaded model's weights really take, as the computed figures are held to."""

from __future__ import annotations

from itertools import chain

from bitsandbytes.functional import QuantState
from torch import Tensor, nn


def loaded_bytes(model: nn.Module) -> int:
    """Return the bytes of all parameters and buffers, with the scales that bitsandbytes keeps beside them."""
    tensors = {id(tensor): tensor for tensor in chain(model.parameters(), model.buffers())}
    for parameter in model.parameters():
        kept = getattr(parameter, "quant_state", None), getattr(parameter, "SCB", None)
        for tensor in (*_tensors_of(kept[0]), kept[1]):
            if isinstance(tensor, Tensor):
                tensors[id(tensor)] = tensor
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())


def _tensors_of(state: QuantState | None) -> list[Tensor | None]:
    if state is None:
        return []
    return [state.absmax, state.code, state.offset, *_tensors_of(state.state2)]
