"""When a thought is sure enough to be closed: the verdict's probability has stayed beyond a threshold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CertaintyRule:
    """A thought is sure once ``readings`` in a row gave the same position at least the probability ``at``."""

    at: float
    """From one half to 1."""
    readings: int
    """At least 1."""


class Certainty:
    """Follows the readings of one thought.

    The reading before any thinking does not count: all votes of one order share it, so that votes closed there
    would be one reading counted several times.
    """

    def __init__(self, rule: CertaintyRule) -> None:
        self._rule = rule
        self._tokens = 0
        self._for_first = False
        self._in_a_row = 0

    def reached(self, tokens: int, p: float) -> bool:
        """Take the reading after ``tokens`` tokens of thinking and return whether the thought is sure by now.

        ``p`` is the probability of the first position or that of A, as long as it is always the same one. A place
        that was read already is not read anew; a reading that is no number, or exactly even, is not sure.
        """
        if tokens > self._tokens:
            self._tokens = tokens
            self._count(p)
        return self._in_a_row >= self._rule.readings

    def _count(self, p: float) -> None:
        if not (p != 0.5 and max(p, 1 - p) >= self._rule.at):
            self._in_a_row = 0
            return
        changed_sides = self._in_a_row > 0 and self._for_first != (p > 0.5)
        self._in_a_row = 1 if changed_sides else self._in_a_row + 1
        self._for_first = p > 0.5
