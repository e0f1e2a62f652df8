"""What matches say together."""

from __future__ import annotations

import random

import pytest

from rrm_ui.ranking.cycles import find_cycles
from rrm_ui.ranking.elo import elo_ratings, one_pass
from rrm_ui.ranking.matches import MatchResult, points_of, wins_matrix
from rrm_ui.ranking.methods import Knockout, RoundRobin
from rrm_ui.ranking.standings import standings_of
from tests.unit.ranking.synthetic import SyntheticJudge, result

CLEAR = [result(0, 1, 0, 60), result(0, 2, 0, 60), result(1, 2, 60, 0)]


def test_the_order_and_the_winner() -> None:
    standings = standings_of(3, CLEAR, RoundRobin(3, 0))
    assert standings.order == (1, 2, 0)
    assert standings.winner == 1
    assert standings.ranks == (3, 1, 2)
    assert standings.points == (0, 2, 1)


def test_ranks_are_shared_where_the_votes_do_not_tell() -> None:
    standings = standings_of(2, [result(0, 1, 3, 2)], RoundRobin(2, 0))
    assert standings.order == (0, 1)
    assert standings.ranks == (1, 1)


def test_of_those_that_did_alike_none_is_the_best() -> None:
    even = [result(0, 1, 2, 2), result(0, 2, 4, 0), result(1, 2, 4, 0)]
    standings = standings_of(3, even, RoundRobin(3, 0))
    assert (standings.winner, standings.order) == (None, (0, 1, 2))
    undecided = standings_of(2, [MatchResult(0, 1, 0, 0, no_verdict=2)], RoundRobin(2, 0))
    assert (undecided.winner, undecided.ranks) == (None, (1, 1))


def test_the_order_of_the_matches_changes_nothing() -> None:
    results = SyntheticJudge([0.0, 0.5, 1.0, 1.5, 2.0], 2, 1).play(RoundRobin(5, 0))
    shuffled = random.Random(1).sample(results, len(results))
    assert standings_of(5, results, RoundRobin(5, 0)) == standings_of(5, shuffled, RoundRobin(5, 0))


def test_a_knockout_has_a_winner_and_no_order() -> None:
    method = Knockout(5, 3)
    results = SyntheticJudge([0.0, 100.0, 200.0, 300.0, 400.0], 2, 1).play(method)
    standings = standings_of(5, results, method)
    assert (standings.winner, standings.order, standings.ratings, standings.ranks) == (4, None, None, None)
    assert standings_of(5, results[:-1], method).winner is None


def test_what_has_no_majority_and_what_failed_is_counted() -> None:
    results = [
        result(0, 1, 2, 2, replays=2),
        MatchResult(0, 2, 0, 0, no_verdict=2),
        MatchResult(1, 2, 0, 0, error="It is too long."),
    ]
    standings = standings_of(3, results, RoundRobin(3, 0))
    assert (standings.matches, standings.replayed, standings.failed) == (2, 1, 1)
    assert (standings.undecided, standings.no_verdict) == (1, 1)
    assert standings.points == (1.0, 0.5, 0.5)
    assert wins_matrix(3, results).tolist() == [[0, 2, 0.5], [2, 0, 0], [0.5, 0, 0]]


def test_nothing_judged_yet_has_no_winner() -> None:
    standings = standings_of(4, [], RoundRobin(4, 0))
    assert standings.winner is None
    assert standings.order == ()
    assert standings.ratings == (None,) * 4
    assert standings.ranks == (None,) * 4
    assert standings_of(1, [], Knockout(1, 0)).winner == 0


def test_who_has_no_match_has_no_place() -> None:
    standings = standings_of(3, [result(0, 1, 2, 0), MatchResult(0, 2, 0, 0, error="It broke.")], RoundRobin(3, 0))
    assert standings.order == (0, 1)
    assert standings.ratings is not None
    assert standings.ratings[2] is None
    assert standings.ranks == (1, 1, None)


def test_a_knockouts_later_matches_are_void_once_an_earlier_one_is_judged_otherwise() -> None:
    method = Knockout(4, 0)
    (first, second), _ = method.rounds([])[0]
    others = [result(*first, 2, 0), result(*second, 2, 0)]
    final = method.next_pairs(others)[0]
    again = [*others[1:], result(*final, 2, 0), result(*first, 0, 2)]
    assert standings_of(4, again, method).matches == 2
    assert standings_of(4, again, method).winner is None


def test_circles_are_found() -> None:
    circle = [result(0, 1, 2, 0), result(1, 2, 2, 0), result(0, 2, 0, 2), result(0, 3, 2, 0), result(1, 3, 2, 0)]
    assert find_cycles(4, circle) == [[0, 1, 2]]
    assert find_cycles(3, CLEAR) == []
    assert find_cycles(3, [result(0, 1, 1, 1), result(1, 2, 2, 0), result(0, 2, 0, 2)]) == []


@pytest.mark.parametrize("seed", range(20))
def test_every_circle_goes_round_by_wins(seed: int) -> None:
    results = SyntheticJudge([0.0] * 9, 1, seed).play(RoundRobin(9, 0))
    beats = {(one.winner, one.first + one.second - one.winner) for one in results if one.winner is not None}
    for cycle in find_cycles(9, results):
        assert len(cycle) == 3  # in a tournament a strong group always has a circle of three
        assert all((cycle[i - 1], cycle[i]) in beats for i in range(len(cycle)))


def test_elo_of_one_match_is_the_textbooks() -> None:
    assert one_pass(2, [result(0, 1, 1, 0)]) == [1516.0, 1484.0]


def test_elo_is_the_same_whatever_the_order_of_the_matches() -> None:
    results = SyntheticJudge([0.0, 1.0, 2.0, 3.0], 2, 1).play(RoundRobin(4, 0))
    assert elo_ratings(4, results) == elo_ratings(4, results[::-1])
    assert sorted(range(4), key=lambda one: elo_ratings(4, results)[one]) == sorted(
        range(4), key=lambda one: points_of(4, results)[one]
    )
