"""Several prompts, each with its continuations, in one row of tokens.

A continuation sees its prompt and itself and nothing else, so a prompt that a group of samples share is computed
once, and no token is padding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch


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


@dataclass(frozen=True)
class PackedRow:
    """Groups in one row of T tokens, with n taught tokens."""

    input_ids: torch.Tensor
    """(1, T)."""
    position_ids: torch.Tensor
    """(1, T): a continuation counts on from its prompt."""
    visible: torch.Tensor
    """(1, 1, T, T) boolean: which tokens each token sees."""
    sources: torch.Tensor
    """(n,): the place whose hidden state predicts each taught token."""
    targets: torch.Tensor
    """(n,): the taught tokens."""
    owners: torch.Tensor
    """(n,): the continuation that each belongs to, counted through the row's groups."""

    def to(self, device: torch.device) -> PackedRow:
        """Return the same row on ``device``."""
        return PackedRow(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


def pack(groups: Sequence[Group]) -> PackedRow:
    """Lay ``groups`` out one after the other."""
    ids: list[int] = []
    positions: list[int] = []
    nodes: list[int] = []
    parents: list[int] = []
    taught: list[tuple[int, int, int]] = []
    node = owner = 0
    for group in groups:
        prompt_node, start = node, len(ids)
        ids += group.prompt
        positions += range(len(group.prompt))
        nodes += [prompt_node] * len(group.prompt)
        parents += [prompt_node] * len(group.prompt)
        last_of_prompt = start + len(group.prompt) - 1
        node += 1
        for one in group.continuations:
            begin = len(ids)
            places = range(begin, begin + len(one.ids))
            before = (last_of_prompt, *places)
            taught += [(before[i], token, owner) for i, token in enumerate(one.ids) if one.taught[i]]
            ids += one.ids
            positions += range(len(group.prompt), len(group.prompt) + len(one.ids))
            nodes += [node] * len(one.ids)
            parents += [prompt_node] * len(one.ids)
            node += 1
            owner += 1
    columns = torch.tensor(taught, dtype=torch.long).reshape(-1, 3)
    return PackedRow(
        torch.tensor([ids]),
        torch.tensor([positions]),
        _visible(torch.tensor(nodes), torch.tensor(parents)),
        *columns.unbind(1),
    )


def _visible(nodes: torch.Tensor, parents: torch.Tensor) -> torch.Tensor:
    same = nodes[:, None] == nodes[None]
    above = parents[:, None] == nodes[None]
    return ((same | above).tril())[None, None]


def in_rows(groups: Sequence[Group], most_tokens: int) -> Iterator[list[Group]]:
    """Yield ``groups`` in runs of at most ``most_tokens`` tokens; one that is longer goes alone."""
    row: list[Group] = []
    for group in groups:
        if row and sum(one.tokens for one in row) + group.tokens > most_tokens:
            yield row
            row = []
        row.append(group)
    if row:
        yield row
