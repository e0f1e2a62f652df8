"""What stopping when decided would have done to votes that were all cast, by the order in which they end.

Votes are exchangeable: which of them ends first says nothing about what it says. So the effect of stopping is the mean
over all orders, which is exact here without walking through them: what a judge looks at are the counts of each kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from rrm_ui.tally import count_votes, is_decided
from rrm_ui.values import Choice, Order, Outcome, Vote

Kind = tuple[Order, Choice | None]
"""All that deciding looks at in a vote."""
Counts = tuple[tuple[Kind, int], ...]


@dataclass(frozen=True)
class StopRule:
    """How the judge that stops when decided asks its votes."""

    both_orders: bool
    repeated_readings: bool


@dataclass(frozen=True)
class Stopped:
    """What stopping leaves of one comparison."""

    tokens: float
    """That are written, expected."""
    outcomes: dict[Outcome, float] = field(default_factory=dict)
    """How probable each outcome is."""


def in_any_order(votes: Sequence[Vote], rule: StopRule) -> Stopped:
    """Return the mean over all orders of casting ``votes`` one after the other: the most that stopping can save."""
    kinds = Counter(_kind(vote) for vote in votes)
    mean_tokens = {
        kind: sum(vote.tokens for vote in votes if _kind(vote) == kind) / count for kind, count in kinds.items()
    }
    tokens, outcomes = 0.0, dict[Outcome, float]()
    for taken, probability in _stops(tuple(sorted(kinds.items(), key=repr)), rule):
        tokens += probability * sum(count * mean_tokens[kind] for kind, count in taken)
        outcomes[_outcome(taken)] = outcomes.get(_outcome(taken), 0.0) + probability
    return Stopped(tokens, outcomes)


def side_by_side(votes: Sequence[Vote], rule: StopRule) -> Stopped:
    """Return what stopping leaves of ``votes`` that are written together, a token each a step, as this engine does.

    A vote ends when its tokens are written; those that end in the same step are counted together. A stopped vote has
    written as many tokens as the last one that counted.
    """
    total, counted = len(votes), Counter[Kind]()
    for length in sorted({vote.tokens for vote in votes}):
        counted.update(_kind(vote) for vote in votes if vote.tokens == length)
        done = sum(counted.values())
        taken = tuple(sorted(counted.items(), key=repr))
        if done == total or _decided(taken, total - done, rule):
            return Stopped(float(sum(min(vote.tokens, length) for vote in votes)), {_outcome(taken): 1.0})
    return Stopped(0.0, {"no_verdict": 1.0})


@cache
def _stops(held: Counts, rule: StopRule) -> tuple[tuple[Counts, float], ...]:
    """Return with which counts a judge stops, and how probable each of them is, for votes ``held`` in any order."""
    total = sum(count for _, count in held)
    stops: list[tuple[Counts, float]] = []
    reached: dict[tuple[int, ...], float] = {(0,) * len(held): 1.0}
    for done in range(total + 1):
        going: dict[tuple[int, ...], float] = {}
        for taken, probability in reached.items():
            counts = tuple((kind, n) for (kind, _), n in zip(held, taken, strict=True) if n)
            if done == total or (done > 0 and _decided(counts, total - done, rule)):
                stops.append((counts, probability))
                continue
            for place, (_, count) in enumerate(held):
                left = count - taken[place]
                if left:
                    after = (*taken[:place], taken[place] + 1, *taken[place + 1 :])
                    going[after] = going.get(after, 0.0) + probability * left / (total - done)
        reached = going
    return tuple(stops)


@cache
def _decided(taken: Counts, outstanding: int, rule: StopRule) -> bool:
    tally = count_votes(_votes(taken), outstanding, repeated_readings=rule.repeated_readings)
    return is_decided(tally, both_orders=rule.both_orders)


@cache
def _outcome(taken: Counts) -> Outcome:
    return count_votes(_votes(taken)).outcome


def _votes(taken: Counts) -> list[Vote]:
    kinds = [kind for kind, count in taken for _ in range(count)]
    return [Vote(index, order, seed=0, choice=choice) for index, (order, choice) in enumerate(kinds)]


def _kind(vote: Vote) -> Kind:
    return vote.order, vote.choice
