"""The public endpoint ``/rank``, as programs call it."""

from __future__ import annotations

from typing import Any

import pytest
from gradio_client.exceptions import AppError

from rrm_ui.engines.scripted import ScriptedEngine
from tests.server.test_api import client, long_thoughts
from tests.unit.ranking.judges import by_worth
from tests.waiting import until

QUERY = "Which is worth the most?"
RESPONSES = [f"worth {worth}" for worth in (3, 7, 1, 5)]


def test_the_last_yield_is_the_ranking_and_the_others_are_small(start_server: Any) -> None:
    server = start_server(ScriptedEngine(by_worth))
    job = client(server).submit(QUERY, RESPONSES, thinking_budget=64, api_name="/rank")
    *events, ranking = list(job)
    assert ranking["winner"] == 1
    assert ranking["order"] == [1, 3, 0, 2]
    assert ranking["matches"] == 6
    assert len(ranking["ratings"]) == 4
    assert [event["event"] for event in events if event["event"] != "Writing"] == ["RoundStarted"] + [
        "MatchFinished"
    ] * 6
    assert max(len(str(event)) for event in events) < 500


def test_every_index_is_that_of_a_response_as_it_was_given(start_server: Any) -> None:
    server = start_server(ScriptedEngine(by_worth))
    responses = ["worth 5", "worth 5", "worth 9", "worth 1"]
    *events, ranking = list(client(server).submit(QUERY, responses, thinking_budget=64, api_name="/rank"))
    assert (ranking["winner"], ranking["order"]) == (2, [2, 0, 1, 3])
    pairs = [(event["first"], event["second"]) for event in events if event["event"] == "MatchFinished"]
    assert sorted(pairs) == [(0, 2), (0, 3), (2, 3)]


@pytest.mark.parametrize(("method", "matches"), [("knockout", 3), ("swiss", 6)])
def test_the_method_and_the_seed_are_taken(start_server: Any, method: str, matches: int) -> None:
    server = start_server(ScriptedEngine(by_worth))
    first, again = (
        client(server).predict(QUERY, RESPONSES, method=method, seed=4, thinking_budget=64, api_name="/rank")
        for _ in range(2)
    )
    assert first == again
    assert (first["winner"], first["matches"]) == (1, matches)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"query": " "}, "query is empty"),
        ({"responses": ["one"]}, "There are 1 responses"),
        ({"responses": ["one", ""]}, "Response 2 is empty"),
        ({"responses": [f"{number}" for number in range(65)]}, "There are 65 responses"),
        ({"responses": "one"}, "responses are no list"),
        ({"votes": 65}, "votes is 65"),
        ({"thinking_budget": "256"}, "thinking_budget is '256'"),
        ({"method": "guess"}, "method is 'guess'"),
    ],
)
def test_bad_input_is_one_sentence(idle_server: Any, change: dict[str, Any], words: str) -> None:
    given = {"query": QUERY, "responses": RESPONSES, **change}
    with pytest.raises((AppError, ValueError), match=words):
        client(idle_server).predict(**given, api_name="/rank")


def test_a_client_that_gives_up_frees_the_engine(start_server: Any) -> None:
    engine = long_thoughts()
    server = start_server(engine)
    job = client(server).submit(QUERY, RESPONSES, thinking_budget=4000, api_name="/rank")
    until(lambda: job.outputs() and engine.load().rows)
    job.cancel()
    until(lambda: engine.load().rows == 0)
    assert engine.load().rows == 0
