"""Drawing the next token of every row, each with its own temperature, nucleus and uniform number."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch

from rrm_ui.engines.local.transfer import sent

INVALID = -1
"""Stands for a token where a row's logits are not numbers."""
LARGEST_UNIFORM = 1 - 2**-23
"""A number just below 1 may round to 1 in 32 bits, and would draw the last token of all, which nobody meant."""


def sample(
    logits: torch.Tensor, temperatures: Sequence[float], top_ps: Sequence[float], uniforms: Sequence[float]
) -> list[int]:
    """Return one token id per row of ``logits`` (rows, vocabulary), ``INVALID`` where a row holds no numbers.

    A row's draw inverts its cumulative distribution at its own uniform number in [0, 1), so it does not
    depend on which other rows are in the batch. Temperature 0 takes the most probable token. Everything is
    decided on the device, and comes back in one piece.
    """
    device = logits.device
    if not any(temperatures):
        tokens = most_probable(logits)
    else:
        nucleus = _settings_column(tuple(top_ps), device) if any(top_p < 1 for top_p in top_ps) else None
        uniform = sent(uniforms, device, torch.float32)[:, None]
        tokens = draw(logits, _settings_column(tuple(temperatures), device), nucleus, uniform)
    chosen: list[int] = tokens.tolist()
    return chosen


def most_probable(logits: torch.Tensor) -> torch.Tensor:
    """Return the most probable token of each row, ``INVALID`` where there are no numbers; (rows)."""
    largest, chosen = logits.max(-1)
    return torch.where(largest.isfinite(), chosen, INVALID)


def draw(
    logits: torch.Tensor, temperatures: torch.Tensor, top_ps: torch.Tensor | None, uniforms: torch.Tensor
) -> torch.Tensor:
    """Return one token per row, as ``sample`` does; the settings are (rows, 1), and so is the result's (rows).

    Without ``top_ps`` nothing is cut off. A row of which nothing is cut off is drawn alike with and without them: its
    neighbours' settings are not its own.
    """
    best = most_probable(logits)
    probabilities = (logits.float() / torch.where(temperatures > 0, temperatures, 1.0)).softmax(-1)
    uniforms = uniforms.clamp(max=LARGEST_UNIFORM)
    drawn = _invert(probabilities.cumsum(-1), uniforms)
    if top_ps is not None:
        drawn = torch.where(top_ps[:, 0] < 1, _draw_nucleus(probabilities, top_ps, uniforms), drawn)
    return torch.where((temperatures[:, 0] > 0) & (best != INVALID), drawn, best)


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
