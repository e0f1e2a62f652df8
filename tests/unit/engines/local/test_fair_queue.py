"""Who joins next, without a model."""

from __future__ import annotations

from dataclasses import dataclass

from rrm_ui.engines.local.fair_queue import FairQueue, Room, next_claim


@dataclass(frozen=True)
class Vote:
    """A row that waits."""

    owner: str
    order: tuple[int, int]
    size: int = 100
    steps: int = 10
    """How long it runs."""


def job(owner: str, arrival: int, rows: int, size: int = 100, steps: int = 10) -> list[Vote]:
    return [Vote(owner, (arrival, index), size, steps) for index in range(rows)]


class Hall:
    """Rows that join as the rules say, run for their steps and leave."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.queue: FairQueue[Vote] = FairQueue()
        self.running: dict[Vote, int] = {}
        self.joined: dict[Vote, int] = {}
        self.step_number = 0

    def step(self) -> None:
        while (vote := self.queue.take_next(list(self.running), self.room, lambda _: True)) is not None:
            self.running[vote] = vote.steps
            self.joined[vote] = self.step_number
        assert not self.running or self.room.holds(list(self.running))
        self.running = {vote: left - 1 for vote, left in self.running.items() if left > 1}
        self.step_number += 1

    def run(self) -> None:
        while self.queue.claims or self.running:
            self.step()

    def count(self, owner: str) -> int:
        return sum(vote.owner == owner for vote in self.running)


def test_a_person_alone_has_everything_but_one_place_and_a_newcomer_joins_at_once() -> None:
    hall = Hall(Room(tokens=1600, rows=64))
    hall.queue.add(job("ada", 1, 64))
    hall.step()
    assert hall.count("ada") == 15
    hall.queue.add(job("bob", 2, 1))
    hall.step()
    assert hall.joined[Vote("bob", (2, 0))] == 1


def test_many_votes_of_one_person_do_not_starve_others() -> None:
    hall = Hall(Room(tokens=1600, rows=64))
    hall.queue.add(job("ada", 1, 64))
    hall.step()
    newcomers = [job(name, 2 + number, 4) for number, name in enumerate(["bob", "cleo", "dan"])]
    for votes in newcomers:
        hall.queue.add(votes)
    hall.run()
    # Sixteen places, freed at step 10: then each of four persons has its share of four before Ada goes on.
    assert [hall.joined[votes[0]] for votes in newcomers] == [1, 10, 10]
    assert all(hall.joined[vote] <= 11 for votes in newcomers for vote in votes)
    assert max(step for vote, step in hall.joined.items() if vote.owner == "ada") <= 60  # 76 votes by 16 in 10 steps


def test_a_share_is_counted_in_rows_where_rows_are_short() -> None:
    hall = Hall(Room(tokens=10**6, rows=8))
    hall.queue.add(job("ada", 1, 20))
    hall.queue.add(job("bob", 2, 20))
    hall.step()
    assert (hall.count("ada"), hall.count("bob")) == (4, 4)


def test_those_within_their_share_join_in_order_of_arrival() -> None:
    hall = Hall(Room(tokens=800, rows=64))
    people = [f"person {number}" for number in range(10)]
    for number, person in enumerate(people):
        hall.queue.add(job(person, number + 1, 2))
    hall.run()
    firsts = [hall.joined[Vote(person, (number + 1, 0))] for number, person in enumerate(people)]
    assert firsts == sorted(firsts)
    assert len(hall.joined) == 20


def test_nothing_passes_a_row_that_waits_for_its_place() -> None:
    room = Room(tokens=1000, rows=64)
    running = [*job("ada", 1, 2), *job("bob", 2, 2)]
    long, short = job("cleo", 3, 1, size=500), job("dan", 4, 1)
    assert next_claim([*long, *short], running, room) is None
    assert next_claim(short, running, room) == short[0]
    assert next_claim([*long, *short], running[:1], room) == long[0]


def test_what_nobody_else_wants_goes_to_whoever_waits() -> None:
    hall = Hall(Room(tokens=1600, rows=64))
    hall.queue.add(job("bob", 1, 1, steps=100))
    hall.queue.add(job("ada", 2, 64))
    hall.step()
    assert (hall.count("bob"), hall.count("ada")) == (1, 14)


def test_a_small_room_is_used_up_by_one_person() -> None:
    hall = Hall(Room(tokens=300, rows=64))
    hall.queue.add(job("ada", 1, 5))
    hall.step()
    assert hall.count("ada") == 3


def test_a_row_that_fits_only_alone_runs_alone() -> None:
    hall = Hall(Room(tokens=300, rows=64))
    hall.queue.add([*job("ada", 1, 2, size=400), *job("bob", 2, 1)])
    assert hall.queue.take_next([], hall.room, lambda _: True) == Vote("ada", (1, 0), 400)
    assert hall.queue.take_next(job("ada", 1, 1, size=400), hall.room, lambda _: True) is None


def test_a_row_that_was_put_back_keeps_its_place() -> None:
    queue: FairQueue[Vote] = FairQueue()
    first, second = job("ada", 1, 1), job("bob", 2, 1)
    queue.add(second)
    queue.add(first)
    assert queue.claims == (*first, *second)
    assert queue.remove(lambda vote: vote.owner == "ada") == first
    assert queue.claims == tuple(second)
