"""The running batch: rows, their keys and values, and the forward pass over them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

import torch
from transformers import PreTrainedModel

from rrm_ui.engines.local.forward import next_token_logits
from rrm_ui.engines.local.job import Row
from rrm_ui.engines.local.kv_cache import RowCache
from rrm_ui.engines.local.transfer import sent

if TYPE_CHECKING:
    from rrm_ui.engines.local.cuda.graphs import GraphedSteps


class Batch:
    """Rows side by side, each with its own length. Where there are ``steps``, they feed few tokens in its stead."""

    def __init__(self, model: PreTrainedModel, steps: GraphedSteps | None = None) -> None:
        self._model = model
        self._steps = steps
        self._device = model.device
        self.rows: list[Row] = []
        self._cache = self._empty_cache()
        self._logits: torch.Tensor | None = None
        self.drawn: list[int] | None = None
        """What the last pass drew for each row, where it has drawn already; as long as its logits are of use."""

    @property
    def slots(self) -> int:
        """Key and value slots that the rows take, spare columns included."""
        return self._cache.slots

    @property
    def held_bytes(self) -> int:
        """Memory of the rows' keys and values."""
        return self._cache.held_bytes

    def _empty_cache(self) -> RowCache:
        return RowCache(self._model.config.get_text_config().num_hidden_layers)

    def append(self, cache: RowCache, rows: Sequence[Row]) -> None:
        """Add ``rows``, which all start from the one row in ``cache``; without memory for it the batch stays as it was.

        After a failure ``cache`` is of no more use.
        """
        cache.repeated(len(rows))
        if self.rows:
            self._cache.join(cache)
        else:
            self._cache = cache
        self.rows = [*self.rows, *rows]

    def give_back_room(self) -> None:
        """Hold no more memory than the rows need, once some of them have left."""
        self._cache.loosen()
        if self._steps is not None:
            self._steps.forget()

    def keep(self, indices: Sequence[int]) -> None:
        """Keep the rows at ``indices`` and drop the others; some of the last may take the places of those."""
        logits = None
        if indices:
            indices = self._cache.keep(indices)
            logits = self._logits[indices] if self._logits is not None else None
        else:
            self._cache = self._empty_cache()
            if self._steps is not None:
                self._steps.forget()
        if self.drawn is not None:
            self.drawn = [self.drawn[i] for i in indices]
        self._logits = logits
        self.rows = [self.rows[i] for i in indices]

    def feed_pending(self) -> torch.Tensor:
        """Feed every row its known tokens, as many as all rows have; return the next logits (rows, vocabulary).

        Where all rows await several forced tokens, as when they reach the budget together, one forward pass
        takes them all. Nothing counts as fed before the pass is through. What it returned is returned again until
        ``logits_used``: a step that broke after the pass is repeated without it.
        """
        if self._logits is None:
            columns = min(len(row.pending) for row in self.rows)
            self._logits, self.drawn = self._fed([list(islice(row.pending, columns)) for row in self.rows])
            for row in self.rows:
                for _ in range(columns):
                    row.pending.popleft()
        return self._logits

    def _fed(self, ids: list[list[int]]) -> tuple[torch.Tensor, list[int] | None]:
        """Feed ``ids`` (rows, columns); return the next logits, and the tokens drawn from them if that was done."""
        if self._steps is not None:
            rows = self.rows
            draws = [row.temperature for row in rows], [row.top_p for row in rows], [row.draw() for row in rows]
            fed = self._steps.feed(self._cache, ids, self._choices(), draws)
            if fed is not None:
                return fed
        return next_token_logits(self._model, sent(ids, self._device), self._cache, self._choices()), None

    def logits_used(self) -> None:
        """Say that every row has been advanced by the logits of the last pass."""
        self._logits = self.drawn = None

    def peek(self, indices: Sequence[int], suffix: Sequence[int]) -> torch.Tensor:
        """Return the logits (indices, vocabulary) as if ``suffix`` had been fed to the rows at ``indices``.

        The suffix goes through a copy of their keys and values or past their ends, so that no row is touched by it.
        """
        if self._steps is not None:
            logits = self._steps.peek(self._cache, indices, suffix, self._choices())
            if logits is not None:
                return logits
        ids = sent(suffix, self._device).expand(len(indices), -1)
        return next_token_logits(self._model, ids, self._cache.copy_of(indices, spare=len(suffix)), self._choices())

    def _choices(self) -> list[int]:
        """Return the tokens that the rows' verdicts are read from."""
        return sorted({token for row in self.rows for token in row.job.request.verdict_format.choices})
