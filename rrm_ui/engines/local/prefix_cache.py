"""Heads of prompts that were read before, so that no one reads them twice.

Both orders of a comparison share the system turn and the query, every comparison shares the system turn, and
judging the same comparison again shares everything.
"""

from __future__ import annotations

from collections import OrderedDict

from rrm_ui.engines.local.kv_cache import HeadStates
from rrm_ui.prompts.encoding import PromptTokens


class PrefixCache:
    """The most recently used heads, up to a number of tokens."""

    def __init__(self, max_tokens: int) -> None:
        self._max_tokens = max_tokens
        self._heads: OrderedDict[tuple[int, ...], HeadStates] = OrderedDict()
        self.held_bytes = 0
        """Memory of the states."""

    @property
    def tokens(self) -> int:
        """Tokens held now."""
        return sum(map(len, self._heads))

    def lacks(self, ids: tuple[int, ...]) -> bool:
        """Return whether the states of ``ids`` are not kept and could be."""
        return ids not in self._heads and 0 < len(ids) <= self._max_tokens

    def longest(self, prompt: PromptTokens) -> tuple[int, HeadStates | None]:
        """Return the length and the states of the longest known head of ``prompt``; (0, None) if there is none."""
        for length in sorted(head_lengths(prompt), reverse=True):
            states = self._heads.get(prompt.ids[:length])
            if states is not None:
                self._heads.move_to_end(prompt.ids[:length])
                return length, states
        return 0, None

    def keep(self, ids: tuple[int, ...], states: HeadStates) -> None:
        """Keep the states of ``ids``, and let go of the longest unused ones if there are too many."""
        if len(ids) > self._max_tokens:
            return
        self._let_go(ids)
        self._heads[ids] = states
        self.held_bytes += _bytes(states)
        while self.tokens > self._max_tokens:
            self._let_go(next(iter(self._heads)))

    def clear(self) -> None:
        """Let go of everything."""
        self._heads.clear()
        self.held_bytes = 0

    def _let_go(self, ids: tuple[int, ...]) -> None:
        states = self._heads.pop(ids, None)
        if states is not None:
            self.held_bytes -= _bytes(states)


def _bytes(states: HeadStates) -> int:
    return sum(keys.nbytes + values.nbytes for keys, values in states)


def head_lengths(prompt: PromptTokens) -> list[int]:
    """Return where to keep ``prompt``'s states: its shared heads, and all but its last token.

    The last token is always read anew, because its logits are what a row starts from.
    """
    return sorted({length for length in (*prompt.heads, len(prompt.ids) - 1) if 0 < length < len(prompt.ids)})
