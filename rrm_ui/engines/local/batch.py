"""The running batch: rows, their keys and values, and the forward pass over them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from rrm_ui.engines.local.job import Row
from rrm_ui.engines.local.kv_cache import RowCache, next_token_logits
from rrm_ui.engines.local.transfer import sent


class Batch:
    """Rows side by side, each with its own length."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._device = model.device
        self.rows: list[Row] = []
        self._cache = self._empty_cache()

    def _empty_cache(self) -> RowCache:
        return RowCache(self._model.config.get_text_config().num_hidden_layers)

    def append(self, cache: RowCache, rows: Sequence[Row]) -> None:
        """Add ``rows``, which all start from the one row in ``cache``."""
        cache.repeated(len(rows))
        if self.rows:
            self._cache.join(cache)
        else:
            self._cache = cache
        self.rows = [*self.rows, *rows]

    def keep(self, indices: Sequence[int]) -> None:
        """Keep the rows at ``indices`` and drop the others."""
        self.rows = [self.rows[i] for i in indices]
        if self.rows:
            self._cache.select(indices)
        else:
            self._cache = self._empty_cache()

    def feed_pending(self) -> torch.Tensor:
        """Feed every row its known tokens, as many as all rows have; return the next logits (rows, vocabulary).

        Where all rows await several forced tokens, as when they reach the budget together, one forward pass
        takes them all.
        """
        columns = min(len(row.pending) for row in self.rows)
        ids = [[row.pending.popleft() for _ in range(columns)] for row in self.rows]
        return next_token_logits(self._model, sent(ids, self._device), self._cache, self._choices())

    def peek(self, indices: Sequence[int], suffix: Sequence[int]) -> torch.Tensor:
        """Return the logits (indices, vocabulary) as if ``suffix`` had been fed to the rows at ``indices``.

        The suffix goes through a copy of their keys and values, so that no row is touched by it.
        """
        ids = sent(suffix, self._device).expand(len(indices), -1)
        return next_token_logits(self._model, ids, self._cache.copy_of(indices), self._choices())

    def _choices(self) -> list[int]:
        """Return the tokens that the rows' verdicts are read from."""
        return sorted({token for row in self.rows for token in row.job.request.verdict_format.choices})
