"""Ranking with a judge."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable
from typing import Any

import pytest

from rrm_ui.engines.interface import GenerationRequest, RowEvent
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.errors import BadInput, TooLong
from rrm_ui.judge import JudgeModel
from rrm_ui.ranking.contract import contract_dict
from rrm_ui.ranking.entries import leave_out_too_long, merge_entries
from rrm_ui.ranking.events import (
    MatchEvent,
    MatchFinished,
    Ranking,
    RankingEvent,
    RankingFinished,
    RankingSettings,
    RoundStarted,
)
from rrm_ui.ranking.methods import METHODS, MethodName
from rrm_ui.ranking.tournament import MOST_BREAKS, rank
from rrm_ui.scripted_model import scripted_model
from rrm_ui.values import JudgeSettings
from tests.unit.ranking.judges import by_worth, judge_by, shown

WORTHS = (3, 7, 1, 5, 2, 8, 6, 4)
RESPONSES = [f"worth {worth}" for worth in WORTHS]
ORDER = tuple(sorted(range(8), key=lambda one: -WORTHS[one]))
QUERY = "Which is worth the most?"


def settings(method: MethodName = "round-robin", votes: int = 2, **more: Any) -> RankingSettings:
    return RankingSettings(method, judge=JudgeSettings(thinking_budget=64, votes=votes), **more)


def ranked(events: Iterable[RankingEvent]) -> Ranking:
    *_, last = events
    assert isinstance(last, RankingFinished)
    return last.ranking


@pytest.mark.parametrize("method", METHODS)
def test_the_best_wins_by_every_method(method: MethodName) -> None:
    ranking = ranked(rank(merge_entries(QUERY, RESPONSES), settings(method), judge_by()))
    assert ranking.finished
    assert ranking.standings.winner == ORDER[0]
    assert ranking.standings.matches == {"round-robin": 28, "knockout": 7, "swiss": 16}[method]
    if method == "round-robin":
        assert ranking.standings.order == ORDER


def test_the_events_tell_every_match() -> None:
    events = list(rank(merge_entries(QUERY, RESPONSES[:4]), settings("knockout"), judge_by()))
    rounds = [event for event in events if isinstance(event, RoundStarted)]
    assert [len(one.pairs) for one in rounds] == [2, 1]
    finished = [event for event in events if isinstance(event, MatchFinished)]
    assert {event.result.pair for event in finished} == {pair for one in rounds for pair in one.pairs}
    assert all(len(event.votes) == event.result.votes_first + event.result.votes_second == 2 for event in finished)
    assert {event.pair for event in events if isinstance(event, MatchEvent)} == {one.result.pair for one in finished}


def test_the_pairs_of_a_round_are_judged_side_by_side() -> None:
    engine = ScriptedEngine(by_worth, tokens_per_second=50)
    most = 0
    for _ in rank(merge_entries(QUERY, RESPONSES), settings(), scripted_model(engine)):
        most = max(most, engine.load().rows)
    assert 20 <= most <= 28


def test_a_seed_gives_the_same_ranking_again() -> None:
    def once(seed: int) -> tuple[object, ...]:
        asked = RankingSettings("knockout", judge=JudgeSettings(thinking_budget=64, votes=2, seed=seed))
        ranking = ranked(rank(merge_entries(QUERY, RESPONSES), asked, judge_by()))
        return tuple(sorted(result.pair for result in ranking.results))

    assert once(1) == once(1) != once(2)


def test_a_stopped_ranking_goes_on_with_the_matches_that_are_missing() -> None:
    entries, whole = merge_entries(QUERY, RESPONSES), settings("swiss")
    cancel = threading.Event()
    for event in rank(entries, whole, judge_by(tokens_per_second=40), cancel):
        if isinstance(event, MatchFinished):
            cancel.set()
        if isinstance(event, RankingFinished):
            stopped = event.ranking
    assert not stopped.finished
    assert 1 <= len(stopped.results) < 16
    events = list(rank(entries, whole, judge_by(), earlier=stopped.results))
    again = {event.result.pair for event in events if isinstance(event, MatchFinished)}
    assert not again & {result.pair for result in stopped.results}
    uninterrupted = ranked(rank(entries, whole, judge_by()))
    assert ranked(events).standings == uninterrupted.standings


def test_votes_are_added_while_there_is_no_majority() -> None:
    def torn(request: GenerationRequest, row: int) -> ScriptedRow:
        first, second = shown(request, row)
        if {first, second} == {1.0, 2.0}:
            return ScriptedRow(("so. ",), "first", 0.9)  # whoever comes first
        return by_worth(request, row)

    ranking = ranked(rank(merge_entries(QUERY, ["worth 1", "worth 2", "worth 3"]), settings(), judge_by(torn)))
    split = next(result for result in ranking.results if result.pair == (0, 1))
    assert (split.votes_first, split.votes_second, split.replays, split.outcome) == (4, 4, 2, "undecided")
    assert split.points == 0.5
    assert ranking.standings.undecided == 1
    assert ranking.standings.replayed == 1
    others = [result for result in ranking.results if result is not split]
    assert all(result.replays == 0 and result.votes_first + result.votes_second == 2 for result in others)


def test_equal_responses_are_one() -> None:
    entries = merge_entries(QUERY, ["worth 1", "worth 2", "worth 1"])
    assert entries.texts == ("worth 1", "worth 2")
    assert entries.indices == ((0, 2), (1,))
    alone = merge_entries(QUERY, ["worth 1", "worth 1"])
    ranking = ranked(rank(alone, settings(), judge_by()))
    assert (ranking.standings.winner, ranking.standings.matches, ranking.finished) == (0, 0, True)


@pytest.mark.parametrize(
    ("query", "responses", "message"),
    [
        (QUERY, ["one"], "There are 1 responses; give from 2 to 64"),
        (QUERY, [str(number) for number in range(65)], "There are 65 responses"),
        (QUERY, ["one", " \n"], "Response 2 is empty"),
        (QUERY, ["one", 2], "Response 2 is not text"),
        ("  ", ["one", "two"], "The query is empty"),
    ],
)
def test_what_cannot_be_ranked(query: str, responses: list[str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        merge_entries(query, responses)


def test_a_setting_out_of_range_is_told_before_anything_runs() -> None:
    with pytest.raises(BadInput, match="votes is 0"):
        rank(merge_entries(QUERY, RESPONSES), settings(votes=0), judge_by())


def short_of_context() -> JudgeModel:
    model = judge_by(tokens_per_second=None)
    return JudgeModel(model.engine, model.prompts, scripted_model(context_tokens=2048).details, model.defaults)


@pytest.mark.parametrize("method", METHODS)
def test_a_response_that_is_too_long_is_left_out_and_the_others_are_ranked(method: MethodName) -> None:
    given = merge_entries(QUERY, ["worth 9 " * 400, "worth 1", "worth 2", "worth 9 " * 400])
    entries = leave_out_too_long(given, settings().judge, short_of_context())
    ranking = ranked(rank(entries, settings(method), short_of_context()))
    told = contract_dict(ranking)
    assert ranking.finished
    assert told["winner"] == 2
    assert told["order"] == (None if method == "knockout" else [2, 1])
    assert told["left_out"][0]["responses"] == [0, 3]
    assert "Shorten them" in told["left_out"][0]["reason"]
    with pytest.raises(TooLong):
        leave_out_too_long(merge_entries(QUERY, ["worth 9 " * 400, "worth 1"]), settings().judge, short_of_context())


@pytest.mark.parametrize(("method", "matches"), [("round-robin", 5), ("knockout", 2), ("swiss", 5)])
def test_a_match_that_is_refused_stays_open_and_the_others_go_on(method: MethodName, matches: int) -> None:
    entries = merge_entries(QUERY, ["worth 1 " * 90, "worth 2 " * 90, "worth 3", "worth 4"])
    for seed in range(20):
        asked = RankingSettings(method, judge=JudgeSettings(thinking_budget=64, votes=2, seed=seed))
        ranking = ranked(rank(entries, asked, short_of_context()))
        failed = [result for result in ranking.results if result.error]
        if not failed:
            continue
        assert [result.pair for result in failed] == [(0, 1)]
        assert ranking.standings.failed == 1
        assert ranking.standings.matches <= matches
        assert not ranking.finished
        assert ranking.standings.winner == (None if method == "knockout" else 3)
        return
    raise AssertionError("the two never met")


@pytest.mark.parametrize("method", METHODS)
def test_of_two_that_are_too_long_together_the_longer_is_left_out(method: MethodName) -> None:
    given = merge_entries(QUERY, ["worth 1" + "!" * 710, "worth 2" + "!" * 720, "worth 3", "worth 4"])
    entries = leave_out_too_long(given, settings().judge, short_of_context())
    assert [(one.places, one.failure.code) for one in entries.left_out] == [((1,), "too_long")]
    ranking = ranked(rank(entries, settings(method), short_of_context()))
    assert ranking.finished
    assert ranking.standings.winner == 2


def test_when_no_two_fit_together_nothing_can_be_ranked() -> None:
    given = merge_entries(QUERY, [f"worth {number} " * 120 for number in range(3)])
    with pytest.raises(BadInput, match=r"No two of the responses fit .* Shorten them"):
        leave_out_too_long(given, settings().judge, short_of_context())


def test_matches_whose_texts_leave_less_room_to_think_are_counted() -> None:
    asked = RankingSettings(judge=JudgeSettings(thinking_budget=600, votes=2))
    entries = merge_entries(QUERY, ["worth 1 " * 40, "worth 2 " * 40, "worth 3"])
    ranking = ranked(rank(entries, asked, short_of_context()))
    (cut,) = (result for result in ranking.results if result.cut_to is not None)
    assert cut.pair == (0, 1)
    assert 16 <= (cut.cut_to or 0) < 600
    assert contract_dict(ranking)["cut"] == 1


def test_an_engine_that_breaks_every_match_ends_the_ranking() -> None:
    def breaking(request: GenerationRequest, row: int) -> ScriptedRow:
        plain = by_worth(request, row)
        return ScriptedRow(plain.thinking, plain.position, plain.p_first, fails_after=0)

    entries = merge_entries(QUERY, [f"worth {number}" for number in range(20)])
    ranking = ranked(rank(entries, settings(), judge_by(breaking)))
    assert not ranking.finished
    assert ranking.standings.winner is None
    assert MOST_BREAKS <= len(ranking.results) < 60


def test_without_thinking_each_order_counts_once_and_nothing_is_replayed() -> None:
    def first_always(_request: GenerationRequest, _row: int) -> ScriptedRow:
        return ScriptedRow(("so. ",), "first", 0.9)

    asked = RankingSettings(judge=JudgeSettings(thinking_budget=0, votes=8))
    ranking = ranked(rank(merge_entries(QUERY, ["worth 1", "worth 2"]), asked, judge_by(first_always)))
    (result,) = ranking.results
    assert (result.votes_first, result.votes_second, result.replays) == (1, 1, 0)
    (clear,) = ranked(rank(merge_entries(QUERY, ["worth 1", "worth 2"]), asked, judge_by())).results
    assert (clear.votes_first, clear.votes_second) == (0, 2)


def test_a_match_whose_votes_fail_is_told_and_the_others_go_on() -> None:
    def failing(request: GenerationRequest, row: int) -> ScriptedRow:
        plain = by_worth(request, row)
        broken = {*shown(request, row)} == {1.0, 2.0}
        return ScriptedRow(plain.thinking, plain.position, plain.p_first, fails_after=0 if broken else None)

    ranking = ranked(rank(merge_entries(QUERY, ["worth 1", "worth 2", "worth 3"]), settings(), judge_by(failing)))
    assert not ranking.finished
    assert ranking.standings.winner == 2
    assert ranking.standings.matches == 2
    assert ranking.standings.failed == 1


def test_a_match_that_lost_a_vote_to_an_error_is_counted_and_not_the_end() -> None:
    def second_fails(request: GenerationRequest, row: int) -> ScriptedRow:
        plain = by_worth(request, row)
        return ScriptedRow(plain.thinking, plain.position, plain.p_first, fails_after=0 if row == 1 else None)

    ranking = ranked(rank(merge_entries(QUERY, ["worth 1", "worth 2"]), settings(), judge_by(second_fails)))
    assert (ranking.standings.matches, ranking.standings.failed, ranking.finished) == (1, 1, False)


@pytest.mark.parametrize("votes", [2, 3, 5])
def test_readings_that_repeat_themselves_decide_nothing_by_their_number(votes: int) -> None:
    def first_always(_request: GenerationRequest, _row: int) -> ScriptedRow:
        return ScriptedRow((), "first", 0.9)

    asked = RankingSettings(judge=JudgeSettings(thinking_budget=0, votes=votes))
    ranking = ranked(rank(merge_entries(QUERY, RESPONSES[:4]), asked, judge_by(first_always)))
    assert {result.outcome for result in ranking.results} == {"undecided"}
    assert len(set(ranking.standings.points)) == 1


def test_an_abandoned_ranking_frees_the_engine() -> None:
    engine = ScriptedEngine(lambda *_: ScriptedRow(("word ",) * 4000), tokens_per_second=50)
    events = rank(merge_entries(QUERY, RESPONSES), settings(), scripted_model(engine))
    while not isinstance(next(events), MatchEvent):
        pass
    events.close()
    until = time.monotonic() + 2
    while engine.load().rows and time.monotonic() < until:
        time.sleep(0.02)
    assert engine.load().rows == 0


def test_a_full_engine_is_asked_again() -> None:
    ranking = ranked(rank(merge_entries(QUERY, RESPONSES[:4]), settings(), judge_by(capacity=1, max_waiting=1)))
    assert ranking.finished
    assert ranking.standings.winner == 1


def test_what_breaks_unexpectedly_reaches_the_caller() -> None:
    class Broken(ScriptedEngine):
        def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
            raise RuntimeError(f"{len(request.rows)} rows broke it")

    with pytest.raises(RuntimeError, match="2 rows broke it"):
        list(rank(merge_entries(QUERY, RESPONSES), settings(), scripted_model(Broken())))
