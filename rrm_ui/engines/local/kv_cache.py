"""Keys and values of a batch whose rows come, grow and leave.

Rows of different length are padded on the left, so that all of them grow at the same end.
"""

from __future__ import annotations

from typing import Any, cast

import torch
import torch.nn.functional as F
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

HeadStates = list[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values by layer, each (1, kv heads, tokens, dim): a prompt's head that is kept for reuse."""


class GrowingLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """A layer with spare room at its end: a step writes one column instead of copying everything."""

    keys: torch.Tensor
    values: torch.Tensor

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._buffers: dict[str, torch.Tensor] = {}

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_args: Any, **_kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append states of shape (batch, kv heads, new tokens, dim) and return all of them."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        self.keys = self._append("keys", self.keys, key_states)
        self.values = self._append("values", self.values, value_states)
        return self.keys, self.values

    def _append(self, name: str, old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
        length = old.shape[-2] if old.numel() else 0
        end = length + new.shape[-2]
        buffer = self._buffers.get(name)
        # The buffer serves only while ``old`` is still its beginning: selecting or joining rows makes a new tensor.
        if (
            buffer is None
            or buffer.data_ptr() != old.data_ptr()
            or buffer.shape[0] != new.shape[0]
            or buffer.shape[-2] < end
        ):
            buffer = new.new_empty(*new.shape[:2], end + max(64, end // 4), new.shape[-1])
            if length:
                buffer[:, :, :length] = old
            self._buffers[name] = buffer
        buffer[:, :, length:end] = new
        return buffer[:, :, :end]


class RowCache(DynamicCache):
    """The keys and values of a batch of rows."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.layers = [GrowingLayer() for _ in range(layers)]

    @property
    def _grown(self) -> list[GrowingLayer]:
        return cast(list[GrowingLayer], self.layers)

    @classmethod
    def from_head(cls, layers: int, head: HeadStates | None) -> RowCache:
        """Return a cache of one row that starts with ``head`` (empty without one)."""
        cache = cls(layers)
        for layer, (keys, values) in zip(cache._grown, head or [], strict=False):
            layer.update(keys, values)
        return cache

    def head(self, tokens: int) -> HeadStates:
        """Return a copy of the first ``tokens`` columns of a one-row cache."""
        return [(layer.keys[:, :, :tokens].clone(), layer.values[:, :, :tokens].clone()) for layer in self._grown]

    def repeated(self, rows: int) -> None:
        """Turn one row into ``rows`` equal ones."""
        if rows > 1:
            self.batch_repeat_interleave(rows)

    def copy_of(self, rows: torch.Tensor) -> RowCache:
        """Return a copy of ``rows`` that can grow without touching this cache."""
        copy = RowCache(len(self.layers))
        for mine, other in zip(self._grown, copy._grown, strict=True):
            other.lazy_initialization(mine.keys, mine.values)
            other.keys, other.values = mine.keys[rows], mine.values[rows]
        return copy

    def join(self, other: RowCache) -> None:
        """Append the rows of ``other``, padding the shorter of the two on the left."""
        mine, theirs = self.get_seq_length(), other.get_seq_length()
        length = max(mine, theirs)
        for left, right in zip(self._grown, other._grown, strict=True):
            left.keys = torch.cat([_padded(left.keys, length), _padded(right.keys, length)])
            left.values = torch.cat([_padded(left.values, length), _padded(right.values, length)])

    def drop_left(self, columns: int) -> None:
        """Drop columns that are padding in every row."""
        for layer in self._grown:
            layer.keys, layer.values = layer.keys[:, :, columns:], layer.values[:, :, columns:]


def next_token_logits(
    model: PreTrainedModel, ids: torch.Tensor, cache: RowCache, **options: torch.Tensor | None
) -> torch.Tensor:
    """Feed ``ids`` (rows, columns) and return the logits after the last column, (rows, vocabulary)."""
    # An index and not ``logits_to_keep=1``: that would slice, and a bf16 product over the strided slice takes a CPU
    # path that is forty times slower than all layers together.
    last = torch.tensor([ids.shape[1] - 1], device=ids.device)
    output = model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=last, **options)
    logits: torch.Tensor = output.logits[:, -1]
    return logits


def _padded(states: torch.Tensor, length: int) -> torch.Tensor:
    return F.pad(states, (0, 0, length - states.shape[-2], 0))
