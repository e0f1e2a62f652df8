"""Drawing the next token of every row, each with its own temperature, nucleus and uniform number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch

from rrm_ui.engines.local.transfer import sent

INVALID = -1
"""Stands for a token where a row's logits are not numbers."""


def sample(
    logits: torch.Tensor, temperatures: Sequence[float], top_ps: Sequence[float], uniforms: Sequence[float]
) -> list[int]:
    """Return one token id per row of ``logits`` (rows, vocabulary), ``INVALID`` where a row holds no numbers.

    A row's draw inverts its cumulative distribution at its own uniform number in [0, 1), so it does not
    depend on which other rows are in the batch. Temperature 0 takes the most probable token. Everything is
    decided on the device, and comes back in one piece.
    """
    largest, chosen = logits.max(-1)
    if any(temperatures):
        column = _settings_column(tuple(temperatures), logits.device)
        drawn = _draw(logits, column, top_ps, uniforms)
        chosen = torch.where(column[:, 0] > 0, drawn, chosen)
    tokens: list[int] = torch.where(largest.isfinite(), chosen, INVALID).tolist()
    return tokens


def _draw(
    logits: torch.Tensor, temperatures: torch.Tensor, top_ps: Sequence[float], uniforms: Sequence[float]
) -> torch.Tensor:
    scaled = logits.float() / torch.where(temperatures > 0, temperatures, 1.0)
    probabilities = scaled.softmax(-1)
    uniform = sent(uniforms, logits.device, torch.float32)[:, None]
    if any(top_p < 1 for top_p in top_ps):
        return _draw_nucleus(probabilities, _settings_column(tuple(top_ps), logits.device), uniform)
    return _invert(probabilities.cumsum(-1), uniform)


def _draw_nucleus(probabilities: torch.Tensor, top_p: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
    """Draw from the smallest set of tokens whose mass reaches ``top_p``."""
    descending, order = probabilities.sort(-1, descending=True)
    cumulative = descending.cumsum(-1)
    last = (cumulative < top_p).sum(-1, keepdim=True).clamp(max=cumulative.shape[1] - 1)
    rank = _invert(cumulative, uniform * cumulative.gather(1, last), scaled=True)
    return order.gather(1, rank[:, None])[:, 0]


def _invert(cumulative: torch.Tensor, uniform: torch.Tensor, *, scaled: bool = False) -> torch.Tensor:
    target = uniform if scaled else uniform * cumulative[:, -1:]
    return torch.searchsorted(cumulative, target, right=True).clamp(max=cumulative.shape[1] - 1)[:, 0]


@lru_cache(maxsize=64)
def _settings_column(values: tuple[float, ...], device: torch.device) -> torch.Tensor:
    """Return ``values`` as (rows, 1); the same rows ask for the same column at every step."""
    return sent(values, device, torch.float32)[:, None]
