"""Feeding tokens to the rows of a cache by the model's own forward pass."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from rrm_ui.engines.local.head import PackedHead, exact_logits
from rrm_ui.engines.local.kv_cache import RowCache
from rrm_ui.engines.local.transfer import sent


def feed(model: PreTrainedModel, ids: torch.Tensor, cache: RowCache) -> None:
    """Feed ``ids`` (rows, columns) to the rows of ``cache`` and compute no logits: a small chunk pays them dearly."""
    places = cache.extent.places(ids.shape[1], ids.device)
    model.get_decoder()(  # type: ignore[no-untyped-call]
        input_ids=ids,
        past_key_values=cache,
        use_cache=True,
        position_ids=places,
        attention_mask=_visible(cache, places),
    )
    cache.advance(ids.shape[1])


def next_token_logits(
    model: PreTrainedModel, ids: torch.Tensor, cache: RowCache, choices: Sequence[int] = ()
) -> torch.Tensor:
    """Feed ``ids`` (rows, columns) to the rows of ``cache``; return the logits after the last column.

    The logits are (rows, vocabulary); those of the tokens ``choices``, which a verdict is read from, are exact.
    """
    rows, columns = ids.shape
    places = cache.extent.places(columns, ids.device)
    # An index and not ``logits_to_keep=1``: that would slice, and a bf16 product over the strided slice takes a CPU
    # path that is forty times slower than all layers together. A single row is taken twice: for one vector the
    # product goes through another kernel, which rounds otherwise than the one that a row meets in company.
    twice = rows == 1 and not isinstance(model.get_output_embeddings(), PackedHead)  # type: ignore[no-untyped-call]
    with exact_logits(model, choices):
        output = model(
            input_ids=ids,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=sent([columns - 1] * (2 if twice else 1), ids.device),
            position_ids=places,
            attention_mask=_visible(cache, places),
        )
    cache.advance(columns)
    logits: torch.Tensor = output.logits[:, -1]
    return logits


def _visible(cache: RowCache, places: torch.Tensor) -> torch.Tensor | None:
    """Return which keys each new token sees, (rows, 1, new columns, keys); None if the default mask is right."""
    columns = places.shape[1]
    if cache.extent.even and (columns == 1 or cache.extent.longest == 0):
        return None
    keys = torch.arange(cache.extent.longest + columns, device=places.device)
    return keys[None, None, None] <= places[:, None, :, None]
