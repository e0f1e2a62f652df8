"""Who joins the batch next. The rules:

1. Rows wait in order of arrival and join one by one: a job of 64 rows starts with as many as fit, and the others
   follow as rows leave.
2. A person's share is an equal part of the room among all who have rows here, and at most half of it; a first row is
   always within it. Rows within their persons' shares go first, in order of arrival. The first of them that does not
   fit is waited for: nothing passes it, so nobody waits behind a later arrival.
3. What nobody within a share asks for goes to whoever waits, in order of arrival, all but the room of one row: it
   stays free for a newcomer. (Where fewer than ``LEAST_FOR_RESERVE`` rows fit, nothing is kept free.)
4. Where nothing runs, the first row joins.

Nothing here knows models: the tests need none.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

LEAST_FOR_RESERVE = 4
"""Rows that must fit before the room of one is kept free: on a small machine it would be half of everything."""


class Claim(Protocol):
    """A row as the rules see it."""

    @property
    def owner(self) -> Hashable:
        """Whose row it is."""
        ...

    @property
    def order(self) -> tuple[int, int]:
        """Its place in the order of arrival: the job's number, and the row's within the job."""
        ...

    @property
    def size(self) -> int:
        """Tokens that it may come to hold."""
        ...


C = TypeVar("C", bound=Claim)


@dataclass(frozen=True)
class Room:
    """What rows may take together. Every row takes as many columns as the longest."""

    tokens: int
    rows: int

    def most(self, longest: int) -> int:
        """Return how many rows fit of which the longest may come to hold ``longest`` tokens."""
        return min(self.rows, self.tokens // max(1, longest))

    def holds(self, claims: Sequence[Claim], more: int = 0) -> bool:
        """Return whether ``claims`` fit, and ``more`` rows of their size beside them."""
        return len(claims) + more <= self.most(max(claim.size for claim in claims))


class Shares:
    """What every owner has taken of a room that ``owners`` share equally."""

    def __init__(self, room: Room, owners: int, running: Iterable[Claim]) -> None:
        self._room = room
        self._owners = max(2, owners)
        self._rows: Counter[Hashable] = Counter()
        self._tokens: Counter[Hashable] = Counter()
        for claim in running:
            self.take(claim)

    def take(self, claim: Claim) -> None:
        """Count ``claim`` as taken."""
        self._rows[claim.owner] += 1
        self._tokens[claim.owner] += claim.size

    def leave_room_for(self, claim: Claim) -> bool:
        """Return whether ``claim``'s owner keeps within the share with it, or would have nothing without it."""
        rows, tokens = self._rows[claim.owner] + 1, self._tokens[claim.owner] + claim.size
        return rows == 1 or (rows * self._owners <= self._room.rows and tokens * self._owners <= self._room.tokens)


def next_claim(waiting: Sequence[C], running: Sequence[Claim], room: Room) -> C | None:
    """Return which of ``waiting``, in order of arrival, joins ``running`` now; None if none may."""
    if not waiting:
        return None
    if not running:
        return waiting[0]
    firsts: dict[Hashable, C] = {}
    for claim in waiting:
        firsts.setdefault(claim.owner, claim)
    shares = Shares(room, len(firsts.keys() | {claim.owner for claim in running}), running)
    for claim in firsts.values():
        if shares.leave_room_for(claim):
            return claim if room.holds([*running, claim]) else None
    everything: list[Claim] = [*running, waiting[0]]
    reserve = room.most(max(claim.size for claim in everything)) >= LEAST_FOR_RESERVE
    return waiting[0] if room.holds(everything, more=int(reserve)) else None


class FairQueue(Generic[C]):
    """The rows that wait, in order of arrival. Any thread may add and look; one takes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.claims: tuple[C, ...] = ()
        """In order of arrival; replaced as a whole, so that any thread may look at it."""

    def add(self, claims: Iterable[C]) -> None:
        """Queue ``claims``, or put them back: each waits where its arrival puts it."""
        with self._lock:
            self.claims = tuple(sorted((*self.claims, *claims), key=lambda claim: claim.order))

    def take_next(self, running: Sequence[Claim], room: Room, wanted: Callable[[C], bool]) -> C | None:
        """Take out the row that joins now; None if none may, or it is not ``wanted`` yet."""
        with self._lock:
            claim = next_claim(self.claims, running, room)
            if claim is None or not wanted(claim):
                return None
            self.claims = tuple(other for other in self.claims if other is not claim)
            return claim

    def remove(self, unwanted: Callable[[C], bool]) -> list[C]:
        """Take out every row that is ``unwanted`` and return them."""
        with self._lock:
            removed = [claim for claim in self.claims if unwanted(claim)]
            if removed:
                self.claims = tuple(claim for claim in self.claims if not unwanted(claim))
            return removed
