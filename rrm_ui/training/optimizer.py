"""AdamW on float32 copies of bfloat16 weights, with a linear warm-up and decay.

A bfloat16 weight has 8 bits of precision: most steps of the optimizer would be rounded away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from rrm_ui.errors import EngineFailure


@dataclass(frozen=True)
class Schedule:
    """The learning rate over a run."""

    learning_rate: float = 3e-4
    warmup_steps: int | None = None
    """Steps in which the rate grows from zero; None for a twentieth of the run."""
    decays: bool = True
    """Whether the rate then falls to a tenth, linearly."""

    def at(self, step: int, steps: int) -> float:
        """Return the rate of ``step`` (from 0) out of ``steps``."""
        warm = max(1, round(steps / 20) if self.warmup_steps is None else self.warmup_steps)
        if step < warm:
            return self.learning_rate * (step + 1) / warm
        if not self.decays:
            return self.learning_rate
        return self.learning_rate * (1 - 0.9 * (step - warm) / max(1, steps - warm))


class MasterAdamW:
    """Steps ``weights`` by their gradients."""

    def __init__(self, weights: Sequence[torch.nn.Parameter], *, most_norm: float = 1.0) -> None:
        self._weights = list(weights)
        self._masters = [weight.detach().float().clone().requires_grad_() for weight in self._weights]
        self._adamw = torch.optim.AdamW(self._masters, betas=(0.9, 0.99), weight_decay=0.0)
        self._most_norm = most_norm
        self.steps = 0
        """Steps taken by this object."""

    def step(self, learning_rate: float) -> float:
        """Apply and clear the gradients; return their norm before it was clipped.

        Raises:
            EngineFailure: a gradient is no finite number; nothing was changed.
        """
        for group in self._adamw.param_groups:
            group["lr"] = learning_rate
        for weight, master in zip(self._weights, self._masters, strict=True):
            master.grad = weight.grad.float() if weight.grad is not None else None
            weight.grad = None
        norm = float(torch.nn.utils.clip_grad_norm_(self._masters, self._most_norm))
        if not math.isfinite(norm):  # one such step, and the weights that a checkpoint keeps are lost
            raise EngineFailure(
                "The gradients are no finite numbers. Begin again in another folder, with a smaller --learning-rate."
            )
        self._adamw.step()
        self.steps += 1
        self._adamw.zero_grad()
        self._publish()
        return norm

    def state(self) -> dict[str, Any]:
        """Return everything that a later ``restore`` needs to go on."""
        return {"masters": [master.detach() for master in self._masters], "adamw": self._adamw.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from ``state``, weights included."""
        with torch.no_grad():
            for master, kept in zip(self._masters, state["masters"], strict=True):
                master.copy_(kept)
        self._adamw.load_state_dict(state["adamw"])
        self._publish()

    @torch.no_grad()
    def _publish(self) -> None:
        for weight, master in zip(self._weights, self._masters, strict=True):
            weight.copy_(master)
