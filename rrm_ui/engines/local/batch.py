"""The running batch: rows, their keys and values, and the forward pass over them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from rrm_ui.engines.local.job import Row
from rrm_ui.engines.local.kv_cache import RowCache, next_token_logits


class Batch:
    """Rows side by side. Shorter rows are padded on the left; ``_start`` says by how much."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._device = model.device
        self.rows: list[Row] = []
        self._clear()

    def _clear(self) -> None:
        self._cache = RowCache(self._model.config.get_text_config().num_hidden_layers)
        self._start = torch.zeros(0, dtype=torch.long, device=self._device)

    def append(self, cache: RowCache, rows: Sequence[Row]) -> None:
        """Add ``rows``, which all start from the one row in ``cache``."""
        cache.repeated(len(rows))
        if self.rows:
            mine, theirs = self._cache.get_seq_length(), cache.get_seq_length()
            self._cache.join(cache)
            start = self._start.new_full((len(rows),), max(0, mine - theirs))
            self._start = torch.cat([self._start + max(0, theirs - mine), start])
        else:
            self._cache = cache
            self._start = torch.zeros(len(rows), dtype=torch.long, device=self._device)
        self.rows = [*self.rows, *rows]

    def keep(self, indices: Sequence[int]) -> None:
        """Keep the rows at ``indices`` and drop the others."""
        self.rows = [self.rows[i] for i in indices]
        if not self.rows:
            self._clear()
            return
        chosen = torch.tensor(indices, device=self._device)
        self._cache.batch_select_indices(chosen)
        self._start = self._start[chosen]
        padding = int(self._start.min())
        if padding:
            self._cache.drop_left(padding)
            self._start = self._start - padding

    def feed_pending(self) -> torch.Tensor:
        """Feed every row its known tokens, as many as all rows have; return the next logits (rows, vocabulary).

        Where all rows await several forced tokens, as when they reach the budget together, one forward pass
        takes them all.
        """
        columns = min(len(row.pending) for row in self.rows)
        ids = [[row.pending.popleft() for _ in range(columns)] for row in self.rows]
        return self._forward(torch.tensor(ids, device=self._device), self._cache, self._start)

    def peek(self, indices: Sequence[int], suffix: Sequence[int]) -> torch.Tensor:
        """Return the logits (indices, vocabulary) as if ``suffix`` had been fed to the rows at ``indices``.

        The suffix goes through a copy of their keys and values, so that no row is touched by it.
        """
        chosen = torch.tensor(indices, device=self._device)
        ids = torch.tensor(suffix, device=self._device).expand(len(indices), -1)
        return self._forward(ids, self._cache.copy_of(chosen), self._start[chosen])

    def _forward(self, ids: torch.Tensor, cache: RowCache, start: torch.Tensor) -> torch.Tensor:
        seen, columns = cache.get_seq_length(), ids.shape[1]
        positions = torch.arange(seen, seen + columns, device=self._device)[None] - start[:, None]
        mask = None
        if bool(start.any()):
            mask = (torch.arange(seen + columns, device=self._device)[None] >= start[:, None]).long()
        return next_token_logits(self._model, ids, cache, position_ids=positions, attention_mask=mask)
