"""Which pairs to judge, round by round, by what is known so far.

A method is a pure function of the results: asked again with the same ones it gives the same pairs, so that a stopped
ranking goes on. Every round's pairs can be judged together.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

import numpy as np

from rrm_ui.errors import BadInput
from rrm_ui.ranking.bradley_terry import covariance, preferred, strengths
from rrm_ui.ranking.matches import MatchResult, Pair, all_pairs, pair_of, points_of, wins_matrix

MethodName = Literal["round-robin", "knockout", "swiss"]
METHODS: tuple[MethodName, ...] = ("round-robin", "knockout", "swiss")


class Method(Protocol):
    """A way of finding an order or a winner."""

    @property
    def matches(self) -> int:
        """How many pairs it judges in all."""

    def next_pairs(self, results: Sequence[MatchResult]) -> list[Pair]:
        """Return the pairs to judge after ``results``; none when it is over."""


def make_method(name: MethodName, count: int, seed: int, *, share: float = 1.0, rounds: int | None = None) -> Method:
    """Return the method ``name`` for ``count`` responses.

    Raises:
        BadInput: there is none of that name.
    """
    if name == "knockout":
        return Knockout(count, seed)
    if name == "swiss":
        return Swiss(count, seed, rounds or swiss_rounds(count))
    if name == "round-robin":
        return RoundRobin(count, seed, share)
    raise BadInput(f"There is no method {name!r}; choose one of {', '.join(METHODS)}.", field="method")


@dataclass(frozen=True)
class RoundRobin:
    """Every pair, or a share of them that is chosen for what it tells.

    A share begins with a circle in which every response meets two others, and goes on in rounds of the pairs whose
    outcome would tell the most: those whose difference in strength is the least known and whose outcome is open. A
    round has half as many pairs as there are responses, or what is left.
    """

    count: int
    seed: int
    share: float = 1.0
    """Of all pairs; the circle is always judged."""

    @property
    def matches(self) -> int:
        """How many pairs it judges."""
        every = self.count * (self.count - 1) // 2
        return min(every, max(len(self._circle()), math.ceil(self.share * every)))

    def next_pairs(self, results: Sequence[MatchResult]) -> list[Pair]:
        """Return all missing pairs at once, or those of the round of a share that is under way.

        ``results`` come in whatever order their matches ended; a round is chosen by those before it.
        """
        known = {result.pair: result for result in results}
        if self.matches == self.count * (self.count - 1) // 2:
            return [pair for pair in all_pairs(self.count) if pair not in known]
        before: list[MatchResult] = []
        pairs = self._circle()
        while pairs:
            missing = [pair for pair in pairs if pair not in known]
            if missing:
                return missing
            before += [known[pair] for pair in pairs]
            size = min(self.matches - len(before), max(1, self.count // 2))
            pairs = [*_most_telling(self.count, size, tuple(sorted(before, key=lambda result: result.pair)))]
        return []

    def _circle(self) -> list[Pair]:
        order = list(range(self.count))
        random.Random(f"{self.seed}:circle").shuffle(order)
        return sorted({pair_of(order[i - 1], order[i]) for i in range(self.count)}) if self.count > 1 else []


@lru_cache(maxsize=1024)  # every round asks for all rounds before it again
def _most_telling(count: int, size: int, before: tuple[MatchResult, ...]) -> tuple[Pair, ...]:
    """Return the ``size`` pairs that are not among ``before`` and whose outcome would tell the most."""
    done = {result.pair for result in before}
    missing = [pair for pair in all_pairs(count) if pair not in done]
    wins = wins_matrix(count, before)
    chance, unsure = preferred(strengths(wins)), covariance(wins)
    variance = np.diag(unsure)[:, None] + np.diag(unsure)[None] - 2 * unsure
    # How much a vote on the pair would shrink the volume of what is unknown (D-optimality).
    gain = np.log1p(chance * (1 - chance) * variance)
    return tuple(sorted(missing, key=lambda pair: (-gain[pair], pair))[:size])


@dataclass(frozen=True)
class Knockout:
    """Random pairs; the winners go on (RRM paper, section on reward-guided best-of-N). It finds a winner, not an order.

    With an odd number one response goes on without a match, another one each round: n - 1 matches in all.
    """

    count: int
    seed: int

    @property
    def matches(self) -> int:
        """How many pairs it judges: n - 1."""
        return self.count - 1

    def next_pairs(self, results: Sequence[MatchResult]) -> list[Pair]:
        """Return the missing pairs of the round that is under way."""
        known = {result.pair for result in results if result.counts}
        for pairs, _ in self.rounds(results):
            missing = [pair for pair in pairs if pair not in known]
            if missing:
                return missing
        return []

    def rounds(self, results: Sequence[MatchResult]) -> list[tuple[list[Pair], int | None]]:
        """Return every round so far, as its pairs and who has none (or None); the last one may be under way.

        A match that could not be judged has no winner: its round stays under way.
        """
        known = {result.pair: result for result in results if result.counts}
        players = list(range(self.count))
        random.Random(f"{self.seed}:knockout").shuffle(players)
        rounds: list[tuple[list[Pair], int | None]] = []
        while len(players) > 1:
            pairs = [pair_of(*players[i : i + 2]) for i in range(0, len(players) - 1, 2)]
            alone = players[-1] if len(players) % 2 else None
            rounds.append((pairs, alone))
            if any(pair not in known for pair in pairs):
                break
            # Who had no match comes first, so that the one left over next time is somebody else.
            players = [*([] if alone is None else [alone]), *(known[pair].favourite() for pair in pairs)]
        return rounds

    def winner(self, results: Sequence[MatchResult]) -> int | None:
        """Return who won the last match, None while it has not been judged."""
        if self.count == 1:
            return 0
        known = {result.pair: result for result in results if result.counts}
        pairs, alone = self.rounds(results)[-1]
        return known[pairs[0]].favourite() if len(pairs) == 1 and alone is None and pairs[0] in known else None


def swiss_rounds(count: int) -> int:
    """Return how many rounds a Swiss system takes for an order: one more than it takes for a winner."""
    if count < 2:
        return 0
    every = count if count % 2 else count - 1  # rounds after which all have met
    return min(math.ceil(math.log2(count)) + 1, every)


@dataclass(frozen=True)
class Swiss:
    """In every round each response meets one that has done about as well and that it has not met: n log n matches.

    With an odd number the lowest one that has not sat out yet does.
    """

    count: int
    seed: int
    rounds: int

    @property
    def matches(self) -> int:
        """How many pairs it judges, at most: a small field may run out of pairs that have not met."""
        return min(self.rounds * (self.count // 2), self.count * (self.count - 1) // 2)

    def next_pairs(self, results: Sequence[MatchResult]) -> list[Pair]:
        """Return the missing pairs of the round that is under way.

        ``results`` come in whatever order their matches ended; a round is drawn again from those before it.
        """
        known = {result.pair: result for result in results}
        before: list[MatchResult] = []
        sat_out: set[int] = set()
        for number in range(self.rounds):
            pairs, alone = self._draw(number, before, sat_out)
            missing = [pair for pair in pairs if pair not in known]
            if missing:
                return missing
            before += [known[pair] for pair in pairs]
            sat_out |= set() if alone is None else {alone}
        return []

    def _draw(self, number: int, before: list[MatchResult], sat_out: set[int]) -> tuple[list[Pair], int | None]:
        standing = self._standing(number, before)
        alone = None
        if self.count % 2:
            alone = next((one for one in reversed(standing) if one not in sat_out), standing[-1])
            standing = [one for one in standing if one != alone]
        met = {result.pair for result in before}
        return _neighbours(standing, met), alone

    def _standing(self, number: int, before: list[MatchResult]) -> list[int]:
        """Return the responses from best to worst: by points, then by strength, then by a draw."""
        draw = list(range(self.count))
        random.Random(f"{self.seed}:swiss:{number}").shuffle(draw)
        points = points_of(self.count, before)
        strength = strengths(wins_matrix(self.count, before))
        return sorted(range(self.count), key=lambda one: (-points[one], -strength[one], draw[one]))


def _neighbours(standing: list[int], met: set[Pair]) -> list[Pair]:
    """Return pairs that are as close in ``standing`` as can be without meeting again, where that can be avoided."""
    tries = 2000

    def search(left: list[int]) -> list[Pair] | None:
        """Return pairs of all in ``left`` without one that has met; None if there are none, or the tries ran out."""
        nonlocal tries
        if not left:
            return []
        for place in range(1, len(left)):
            pair = pair_of(left[0], left[place])
            tries -= 1
            if tries < 0:
                return None
            if pair in met:
                continue
            rest = search(left[1:place] + left[place + 1 :])
            if rest is not None:
                return [pair, *rest]
        return None

    found = search(standing)
    # In the last rounds of a small field there may be no way: then those that have met are left out.
    return found if found is not None else _greedy(standing, met)


def _greedy(standing: list[int], met: set[Pair]) -> list[Pair]:
    pairs: list[Pair] = []
    left = list(standing)
    while left:
        one = left.pop(0)
        other = next((candidate for candidate in left if pair_of(one, candidate) not in met), None)
        if other is not None:
            left.remove(other)
            pairs.append(pair_of(one, other))
    return pairs
