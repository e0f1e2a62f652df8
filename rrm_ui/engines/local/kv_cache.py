"""Keys and values of a batch whose rows come, grow and leave.

Every row begins at column 0 and has its own length; columns past it are hidden by the mask. Padding on the right
and not on the left, because a key then stands in the same column whoever else is in the batch: a sum over keys
adds the same numbers in the same order, followed by zeros, and a row's bits do not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from rrm_ui.engines.local.memory import is_out_of_memory
from rrm_ui.engines.local.transfer import sent

HeadStates = list[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values by layer, each (1, kv heads, tokens, dim): a prompt's head that is kept for reuse."""


STEADY_COLUMNS = 256
"""A steady cache that grows gets so many spare columns at least: it moves then, which costs a few steps."""
ROW_STEP = 8
"""A steady cache with more rows than that has room for a multiple of it."""


class Extent:
    """How far each row of a cache is filled; one object shared by its layers."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self.lengths = list(lengths)
        self.steady = False
        """Whether buffers stay where they are while they can, with room for rows that left: somebody has addresses."""
        self.moves = 0
        """How often a buffer has been replaced by another."""
        self._places: tuple[list[int], torch.Tensor] = ([], torch.empty(0))

    @property
    def longest(self) -> int:
        """Columns of the longest row."""
        return max(self.lengths, default=0)

    @property
    def even(self) -> bool:
        """Whether all rows have the same length."""
        return len(set(self.lengths)) <= 1

    def places(self, columns: int, device: torch.device) -> torch.Tensor:
        """Return the next ``columns`` columns of each row, (rows, columns).

        All layers of a step ask for the same ones: they are sent to the device once.
        """
        asked, places = self._places
        if asked != [columns, *self.lengths] or places.device != device:
            places = sent(self.lengths, device)[:, None] + torch.arange(columns, device=device)
            self._places = ([columns, *self.lengths], places)
        return places


class RowLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """A layer's keys and values in buffers with spare columns, so that a step writes one column and copies nothing."""

    keys: torch.Tensor
    values: torch.Tensor

    def __init__(self, extent: Extent) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.extent = extent

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_args: Any, **_kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Put states of shape (rows, kv heads, new columns, dim) after each row and return all columns."""
        columns = key_states.shape[-2]
        end = self.extent.longest + columns
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self.keys = _zeros(key_states, end)
            self.values = _zeros(value_states, end)
        elif self.columns < end:
            self.widen(end + max(64, end // 4))
        places = None if self.extent.even else self.extent.places(columns, key_states.device)
        count = key_states.shape[0]
        for buffer, new in ((self.keys, key_states), (self.values, value_states)):
            if places is None:
                buffer[:count, :, end - columns : end] = new
            else:
                rows = torch.arange(count, device=new.device)[:, None]
                buffer.transpose(1, 2)[rows, places] = new.transpose(1, 2)
        return self.keys[:count, :, :end], self.values[:count, :, :end]

    def buffers(self) -> tuple[torch.Tensor, ...]:
        """Return keys and values, nothing while there are none. Any thread may look: a layer may just be beginning."""
        return (self.keys, self.values) if self.is_initialized and self.keys.dim() == 4 else ()

    @property
    def columns(self) -> int:
        """Columns that there is room for, spare ones included."""
        # Of the two, because memory may have run out between widening them.
        return min(self.keys.shape[-2], self.values.shape[-2])

    def widen(self, columns: int) -> None:
        """Make room for ``columns`` columns. Unused ones are zero: hidden or not, they are added up."""
        for name in ("keys", "values"):
            old = getattr(self, name)
            if old.shape[-2] < columns:
                wider = _zeros(old, columns)
                wider[:, :, : old.shape[-2]] = old
                self._replace(name, wider)

    def _replace(self, name: str, buffer: torch.Tensor) -> None:
        setattr(self, name, buffer)
        self.extent.moves += 1

    def keep(self, rows: Sequence[int], chosen: torch.Tensor, columns: int) -> None:
        """Keep ``rows``, which increase (``chosen`` holds them on the device), and their first ``columns`` columns.

        Where memory is too short for the copy, rows move up within the buffers, which give nothing back yet.
        """
        for name in ("keys", "values"):
            old = getattr(self, name)
            try:
                kept = old[:, :, :columns][chosen]
            except RuntimeError as error:
                if not is_out_of_memory(error):
                    raise
                _move(old, rows, range(len(rows)))
                kept = old[: len(rows)]
            self._replace(name, kept)

    def close_up(self, rows: int, moved: Sequence[int], holes: Sequence[int]) -> None:
        """Keep ``rows`` rows where they are, ``moved`` from further below into ``holes``."""
        for buffer in (self.keys, self.values):
            _move(buffer, moved, holes)
            buffer[rows : len(self.extent.lengths)] = 0  # what left may have come to no numbers

    def append(self, other: RowLayer) -> None:
        """Put the rows of ``other`` below."""
        held, more = len(self.extent.lengths), len(other.extent.lengths)
        columns = max(buffer.shape[-2] for layer in (self, other) for buffer in (layer.keys, layer.values))
        if self.extent.steady:
            self._append_in_place(other, held, more)
            return
        self.widen(columns)
        other.widen(columns)
        self._replace("keys", torch.cat([self.keys[:held], other.keys[:more]]))
        self._replace("values", torch.cat([self.values[:held], other.values[:more]]))

    def _append_in_place(self, other: RowLayer, held: int, more: int) -> None:
        """Copy the rows of ``other`` to the room below, and make room first if there is none."""
        own, theirs = self.extent.longest, other.extent.longest
        for name in ("keys", "values"):
            mine, new = getattr(self, name), getattr(other, name)
            if mine.shape[0] < held + more or mine.shape[-2] < theirs:
                rows = mine.shape[0] if mine.shape[0] >= held + more else _rounded(held + more)
                larger = mine.new_zeros(rows, mine.shape[1], max(own, theirs) + STEADY_COLUMNS, mine.shape[-1])
                larger[:held, :, :own] = mine[:held, :, :own]
                self._replace(name, larger)
                mine = larger
            mine[held : held + more, :, :theirs] = new[:more, :, :theirs]

    def take(self, other: RowLayer, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Hold ``keys`` and ``values``, made of those of ``other``."""
        self.lazy_initialization(other.keys, other.values)
        self.keys, self.values = keys, values


class RowCache(DynamicCache):
    """The keys and values of a batch of rows."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.extent = Extent([0])
        self.layers = [RowLayer(self.extent) for _ in range(layers)]

    @property
    def _rows(self) -> list[RowLayer]:
        return cast(list[RowLayer], self.layers)

    @property
    def lengths(self) -> tuple[int, ...]:
        """Tokens held by each row."""
        return tuple(self.extent.lengths)

    @property
    def slots(self) -> int:
        """Key and value slots that are taken, spare columns included."""
        buffers = self._rows[0].buffers()
        return buffers[0].shape[0] * buffers[0].shape[-2] if buffers else 0

    @property
    def held_bytes(self) -> int:
        """Memory that is taken, spare columns included."""
        return sum(buffer.nbytes for layer in self._rows for buffer in layer.buffers())

    def buffers(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return the keys and values of every layer with all their room, (rows and more, kv heads, columns, dim)."""
        return [(layer.keys, layer.values) for layer in self._rows]

    def loosen(self) -> None:
        """Let buffers shrink with the next rows that leave, until they are held steady again: memory is short."""
        self.extent.steady = False

    def hold_steady(self, columns: int) -> None:
        """Make room for ``columns`` columns, and from now on leave buffers where they are while that is possible."""
        self.extent.steady = True
        for layer in self._rows:
            if layer.columns < columns:
                layer.widen(columns + max(STEADY_COLUMNS, columns // 16))

    def get_seq_length(self, layer_idx: int = 0) -> int:  # noqa: ARG002  (all layers are equally long)
        """Return the length of the longest row."""
        return self.extent.longest

    @classmethod
    def from_head(cls, layers: int, head: HeadStates | None) -> RowCache:
        """Return a cache of one row that starts with ``head`` (empty without one)."""
        cache = cls(layers)
        if head is not None:
            for layer, (keys, values) in zip(cache._rows, head, strict=True):
                layer.update(keys, values)
            cache.advance(head[0][0].shape[-2])
        return cache

    def advance(self, columns: int) -> None:
        """Count ``columns`` columns that a forward pass has written to every row and every layer."""
        self.extent.lengths[:] = [length + columns for length in self.extent.lengths]

    def head(self, tokens: int) -> HeadStates:
        """Return a copy of the first ``tokens`` columns of a one-row cache."""
        return [(layer.keys[:, :, :tokens].clone(), layer.values[:, :, :tokens].clone()) for layer in self._rows]

    def repeated(self, rows: int) -> None:
        """Turn one row into ``rows`` equal ones."""
        if rows > 1:
            copy = self.copy_of([0] * rows)
            self.extent, self.layers = copy.extent, copy.layers

    def keep(self, rows: Sequence[int]) -> list[int]:
        """Keep ``rows``, which increase, and drop the others; return the rows in the order that they now stand in.

        A steady cache moves as few as it can: the last ones into the places of those that left. Else it goes a layer
        at a time and takes next to no memory.
        """
        lengths = self.extent.lengths
        columns = max(lengths[row] for row in rows)
        order = list(rows)
        if self.extent.steady and _well_filled(self._rows[0].keys, len(rows), columns):
            moved = [row for row in rows if row >= len(rows)]
            holes = sorted({*range(len(rows))}.difference(rows))
            for layer in self._rows:
                layer.close_up(len(rows), moved, holes)
            taken = dict(zip(holes, moved, strict=True))
            order = [taken.get(place, place) for place in range(len(rows))]
        else:
            chosen = torch.tensor(rows, device=self._rows[0].keys.device)
            for layer in self._rows:
                layer.keep(rows, chosen, columns)
        lengths[:] = [lengths[row] for row in order]
        return order

    def copy_of(self, rows: Sequence[int], spare: int = 0) -> RowCache:
        """Return a copy of ``rows`` with ``spare`` free columns, that can grow without touching this cache."""
        copy = RowCache(len(self.layers))
        copy.extent.lengths[:] = [self.extent.lengths[row] for row in rows]
        longest = copy.extent.longest
        chosen = sent(rows, self._rows[0].keys.device)
        for mine, other in zip(self._rows, copy._rows, strict=True):
            other.take(mine, *(_copied(buffer, chosen, longest, spare) for buffer in (mine.keys, mine.values)))
        return copy

    def join(self, other: RowCache) -> None:
        """Append the rows of ``other``; if memory runs out in the middle, this cache holds the rows that it held."""
        rows = len(self.lengths)
        try:
            for mine, theirs in zip(self._rows, other._rows, strict=True):
                mine.append(theirs)
        except BaseException:
            for layer in self._rows:
                if not self.extent.steady:  # there rows below the last one are always allowed
                    layer.keys, layer.values = layer.keys[:rows], layer.values[:rows]
            raise
        self.extent.lengths.extend(other.extent.lengths)


def _well_filled(buffer: torch.Tensor, rows: int, columns: int) -> bool:
    """Return whether ``rows`` of ``columns`` columns take half of ``buffer`` or more."""
    return buffer.shape[0] * buffer.shape[-2] <= 2 * rows * (columns + STEADY_COLUMNS)


def _move(buffer: torch.Tensor, rows: Sequence[int], places: Sequence[int]) -> None:
    """Copy ``rows`` of ``buffer`` to ``places`` of it, in this order and without more memory."""
    for row, place in zip(rows, places, strict=True):
        if row != place:
            buffer[place] = buffer[row]


def _copied(buffer: torch.Tensor, rows: torch.Tensor, columns: int, spare: int) -> torch.Tensor:
    """Return ``rows`` of ``buffer`` and their first ``columns`` columns, with ``spare`` more, which are zero."""
    copy = buffer.new_empty(len(rows), buffer.shape[1], columns + spare, buffer.shape[-1])
    torch.index_select(buffer[:, :, :columns], 0, rows, out=copy[:, :, :columns])
    copy[:, :, columns:] = 0
    return copy


def _rounded(rows: int) -> int:
    """Return how many rows a steady cache makes room for, when it must."""
    return rows if rows < ROW_STEP else -(-rows // ROW_STEP) * ROW_STEP


def _zeros(like: torch.Tensor, columns: int) -> torch.Tensor:
    return like.new_zeros(*like.shape[:2], columns, like.shape[-1])
