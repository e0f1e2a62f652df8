"""Drawing the next token of every row, each with its own temperature, nucleus and uniform number."""

from __future__ import annotations

from collections.abc import Sequence

import torch


def sample(
    logits: torch.Tensor, temperatures: Sequence[float], top_ps: Sequence[float], uniforms: Sequence[float]
) -> list[int]:
    """Return one token id per row of ``logits`` (rows, vocabulary).

    A row's draw inverts its cumulative distribution at its own uniform number in [0, 1), so it does not
    depend on which other rows are in the batch. Temperature 0 takes the most probable token.
    """
    greedy = logits.argmax(-1)
    if not any(temperatures):
        return [int(token) for token in greedy.tolist()]
    column = _column(logits)
    scaled = logits.float() / column([temperature or 1.0 for temperature in temperatures])
    probabilities = scaled.softmax(-1)
    if any(top_p < 1 for top_p in top_ps):
        drawn = _draw_nucleus(probabilities, column(top_ps), column(uniforms))
    else:
        drawn = _invert(probabilities.cumsum(-1), column(uniforms))
    chosen = torch.where(column(temperatures)[:, 0] > 0, drawn, greedy)
    return [int(token) for token in chosen.tolist()]


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


def _column(like: torch.Tensor):  # type: ignore[no-untyped-def]
    """Return a function that makes a (rows, 1) float tensor beside ``like``."""
    return lambda values: torch.tensor(list(values), device=like.device, dtype=torch.float32)[:, None]
