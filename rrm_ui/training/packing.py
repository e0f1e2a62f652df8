"""Many sequences in one row of tokens, with every beginning that they share computed once.

Judging prompts all begin with the same system turn, and the samples of a group with the same prompt. Laid out as the
nodes of a prefix tree, where a token sees itself and what lies above it, they cost what their different tokens cost,
and no token is padding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

ROOT = -1
"""The parent of a sequence's first token."""


@dataclass(frozen=True)
class Continuation:
    """What follows a prompt, and which of its tokens are learned from."""

    ids: tuple[int, ...]
    taught: tuple[bool, ...]
    """False for tokens that the engine feeds: the model never has to write them."""


@dataclass(frozen=True)
class Group:
    """A prompt and its continuations."""

    prompt: tuple[int, ...]
    continuations: tuple[Continuation, ...]

    @property
    def tokens(self) -> int:
        """Tokens of prompt and continuations."""
        return len(self.prompt) + sum(len(one.ids) for one in self.continuations)

    def split(self, most_tokens: int) -> list[Group]:
        """Return the same continuations in groups of at most ``most_tokens`` tokens; one that is longer is alone."""
        parts: list[list[Continuation]] = []
        left = 0
        for one in self.continuations:
            if len(one.ids) > left or not parts:
                parts.append([])
                left = most_tokens - len(self.prompt)
            parts[-1].append(one)
            left -= len(one.ids)
        return [Group(self.prompt, tuple(part)) for part in parts]


@dataclass(frozen=True)
class PackedRow:
    """Groups in one row of T tokens, with n taught tokens."""

    input_ids: torch.Tensor
    """(1, T)."""
    position_ids: torch.Tensor
    """(1, T): the place of each token in its sequence."""
    visible: torch.Tensor
    """(1, 1, T, T) boolean: which tokens each token sees."""
    sources: torch.Tensor
    """(n,): the place whose hidden state predicts each taught token."""
    targets: torch.Tensor
    """(n,): the taught tokens."""
    owners: torch.Tensor
    """(n,): the continuation that each belongs to, counted through the row's groups."""

    @property
    def tokens(self) -> int:
        """T."""
        return self.input_ids.shape[1]

    def to(self, device: torch.device) -> PackedRow:
        """Return the same row on ``device``."""
        return PackedRow(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


class PrefixTree:
    """Sequences of tokens by their common beginnings; a node's place is also its place in the row."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.parents: list[int] = []
        self._places: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, ids: Sequence[int], after: int = ROOT) -> list[int]:
        """Return the places of ``ids`` below the node ``after``, which are made where they are missing."""
        path: list[int] = []
        for token in ids:
            place = self._places.setdefault((after, token), len(self.ids))
            if place == len(self.ids):
                self.ids.append(token)
                self.parents.append(after)
            path.append(place)
            after = place
        return path

    def depths(self) -> list[int]:
        """Return how many nodes lie above each."""
        depths: list[int] = []
        for parent in self.parents:
            depths.append(0 if parent == ROOT else depths[parent] + 1)
        return depths

    def visible(self) -> torch.Tensor:
        """Return which nodes each node sees, (T, T) boolean: itself and all above it."""
        sees = torch.eye(len(self), dtype=torch.bool)
        for place, parent in enumerate(self.parents):  # a parent comes before its children
            if parent != ROOT:
                sees[place] |= sees[parent]
        return sees


def pack(groups: Sequence[Group]) -> PackedRow:
    """Lay ``groups`` out in one row."""
    tree = PrefixTree()
    taught: list[tuple[int, int, int]] = []
    owner = 0
    for group in groups:
        *_, end = tree.add(group.prompt)
        for one in group.continuations:
            path = tree.add(one.ids, after=end)
            before = (end, *path)
            taught += [(before[i], token, owner) for i, token in enumerate(one.ids) if one.taught[i]]
            owner += 1
    columns = torch.tensor(taught, dtype=torch.long).reshape(-1, 3)
    return PackedRow(
        torch.tensor([tree.ids]), torch.tensor([tree.depths()]), tree.visible()[None, None], *columns.unbind(1)
    )


def in_rows(groups: Sequence[Group], most_tokens: int) -> Iterator[list[Group]]:
    """Yield ``groups`` in runs that make a row of at most ``most_tokens`` tokens; one that is longer goes alone."""
    row: list[Group] = []
    tree = PrefixTree()
    for group in groups:
        _grow(tree, group)
        if row and len(tree) > most_tokens:
            yield row
            row, tree = [], PrefixTree()
            _grow(tree, group)
        row.append(group)
    if row:
        yield row


def _grow(tree: PrefixTree, group: Group) -> None:
    *_, end = tree.add(group.prompt)
    for one in group.continuations:
        tree.add(one.ids, after=end)
