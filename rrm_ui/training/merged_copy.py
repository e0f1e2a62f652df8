"""A copy of the model under training, with its adapter merged: what a GPU writes rollouts with.

A step of decoding there is as long as it takes to send its kernels. Plain matrices, without the adapter's own products
beside them, are what steps can be recorded over, and a recorded step is sent at once.
"""

# mypy: allow-untyped-calls

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import torch
from peft.tuners.lora import Linear as LoraLinear
from transformers import PreTrainedModel

if TYPE_CHECKING:
    from rrm_ui.engines.local.cuda.graphs import GraphedSteps


def copied_bytes(model: PreTrainedModel) -> int:
    """Return the memory that a merged copy of ``model`` takes: that of all matrices with an adapter."""
    layers: list[Any] = [layer for layer in model.modules() if isinstance(layer, LoraLinear)]
    return sum(layer.base_layer.weight.nbytes for layer in layers)


class MergedCopy:
    """The model of a policy as it was when ``refresh`` was called last; it shares what no adapter changes."""

    def __init__(self, model: PreTrainedModel) -> None:
        adapted = {name: layer for name, layer in model.named_modules() if isinstance(layer, LoraLinear)}
        changed = {id(layer.base_layer.weight) for layer in adapted.values()}
        shared = {id(weight): weight for weight in model.parameters() if id(weight) not in changed}
        self.model: PreTrainedModel = copy.deepcopy(model, shared)
        self._merged: list[tuple[Any, torch.nn.Linear]] = []
        for name, layer in adapted.items():
            plain: Any = self.model.get_submodule(name).base_layer
            self.model.set_submodule(name, plain)
            self._merged.append((layer, plain))
        self.refresh()
        self.steps = self._recorded_steps()

    @torch.no_grad()
    def refresh(self) -> None:
        """Take over the adapter as it is now; sums are made in float32, as they are where a judge is loaded."""
        for layer, plain in self._merged:
            (name,) = layer.active_adapters
            update = layer.lora_B[name].weight.float() @ layer.lora_A[name].weight.float()
            plain.weight.copy_(layer.base_layer.weight.float() + layer.scaling[name] * update)

    def _recorded_steps(self) -> GraphedSteps | None:
        from rrm_ui.engines.local.cuda.steps import graphed_steps

        return graphed_steps(self.model)
