"""The public endpoint, as programs call it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from tests.server.conftest import Server
from tests.waiting import until

PAIR = {"query": "What is 2 + 2?", "response_a": "4", "response_b": "5"}


def client(server: Server) -> Client:
    return Client(server.url, verbose=False)


def long_thoughts() -> ScriptedEngine:
    thought = tuple(f"word{i} " for i in range(4000))
    return ScriptedEngine(lambda *_: ScriptedRow(thought), tokens_per_second=50)


def test_the_last_yield_is_the_judgment_and_the_others_are_small(server: Server) -> None:
    job = client(server).submit(**PAIR, thinking_budget=64, votes=4, seed=3, api_name="/judge")
    *events, judgment = list(job)
    assert judgment["outcome"] in ("A", "B", "undecided")
    assert sum(judgment["tally"].values()) == 4
    assert judgment["settings"]["seed"] == 3
    assert len(judgment["votes"]) == 4
    assert {"VoteStarted", "ThinkingText", "VoteFinished", "TallyChanged"} <= {event["event"] for event in events}
    assert max(len(str(event)) for event in events) < 500


def test_the_readmes_request_over_rest_ends_in_a_judgment(server: Server) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^judge=http://127.0.0.1:7860(\S+)$.*?-d '(\{.*?\})'", readme, re.MULTILINE | re.DOTALL)
    assert found is not None
    url = f"{server.url.rstrip('/')}{found[1]}"
    posted = httpx.post(url, content=found[2], headers={"Content-Type": "application/json"}).json()
    events = httpx.get(f"{url}/{posted['event_id']}", timeout=60).text
    *_, last = (line for line in events.splitlines() if line.startswith("data: [{"))
    (judgment,) = json.loads(last.removeprefix("data: "))
    assert judgment["comparison"]["response_a"] == "391"
    assert {vote["status"] for vote in judgment["votes"]} == {"finished"}


def test_the_same_seed_gives_the_same_judgment(server: Server) -> None:
    first, again, other = (client(server).predict(**PAIR, votes=4, seed=seed, api_name="/judge") for seed in (5, 5, 6))
    assert [vote["seed"] for vote in first["votes"]] == [vote["seed"] for vote in again["votes"]]
    assert [vote["thinking"] for vote in first["votes"]] == [vote["thinking"] for vote in again["votes"]]
    assert [vote["seed"] for vote in first["votes"]] != [vote["seed"] for vote in other["votes"]]


def test_judge_and_rank_are_the_only_public_endpoints(idle_server: Server) -> None:
    info = client(idle_server).view_api(return_format="dict", print_info=False)
    assert list(info["named_endpoints"]) == ["/judge", "/rank"]
    assert not info["unnamed_endpoints"]
    names = [parameter["parameter_name"] for parameter in info["named_endpoints"]["/judge"]["parameters"]]
    assert names == [
        "query",
        "response_a",
        "response_b",
        "thinking_budget",
        "votes",
        "both_orders",
        "stop_early",
        "seed",
        "close_when_sure",
        "sure_at",
        "sure_probes",
        "temperature",
        "top_p",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"query": ""}, "query is empty"),
        ({"response_b": "  "}, "response B is empty"),
        ({"votes": 65}, "votes is 65"),
        ({"votes": 0}, "votes is 0"),
        ({"thinking_budget": -1}, "thinking_budget is -1"),
        ({"seed": -5}, "seed is -5"),
        ({"temperature": 5}, "temperature is 5"),
        ({"top_p": 0}, "top_p is 0"),
        ({"votes": "many"}, "votes is 'many'"),
        ({"stop_early": "false"}, "stop_early is 'false'; it must be true or false"),
        ({"both_orders": 0}, "both_orders is 0"),
        ({"query": 5}, "query is not text"),
        ({"response_a": "x" * 40_000}, "tokens"),
    ],
)
def test_bad_input_gets_one_clear_sentence(idle_server: Server, change: dict[str, Any], words: str) -> None:
    with pytest.raises(AppError) as refused:
        client(idle_server).predict(**{**PAIR, **change}, api_name="/judge")
    assert words in str(refused.value)
    assert idle_server.engine.load().rows == 0
    assert not idle_server.engine.requests


def test_a_fast_engine_is_told_in_few_steps_and_whole(start_server: Callable[..., Server]) -> None:
    words = tuple(f"word{number} " for number in range(400))
    server = start_server(ScriptedEngine(lambda *_: ScriptedRow(words), tokens_per_second=2000))
    job = client(server).submit(**PAIR, thinking_budget=1000, votes=8, api_name="/judge")
    *events, judgment = list(job)
    told = [event for event in events if event["event"] == "ThinkingText"]
    assert len(told) < 8 * 30  # of 3,200 tokens
    for vote in judgment["votes"]:
        assert "".join(event["text"] for event in told if event["vote"] == vote["index"]) == vote["thinking"]


def test_the_texts_of_old_calls_are_not_kept_forever(
    start_server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rrm_ui.server.MAX_SESSIONS", 3)
    server = start_server()
    for number in range(5):
        client(server).predict(f"What is {number}?", "4", "5", votes=1, api_name="/judge")
    assert 0 < len(server.demo.app.state_holder.session_data) <= 3


def test_plain_rest_streams_the_same(server: Server) -> None:
    posted = httpx.post(f"{server.url}/gradio_api/call/v2/judge", json={**PAIR, "votes": 2})
    assert posted.status_code == 200, posted.text
    with httpx.stream("GET", f"{server.url}/gradio_api/call/judge/{posted.json()['event_id']}", timeout=20) as answer:
        lines = [line for line in answer.iter_lines() if line]
    assert lines[-2] == "event: complete"
    assert '"outcome"' in lines[-1]


def test_a_cancelled_client_frees_the_rows(start_server: Callable[..., Server]) -> None:
    server = start_server(long_thoughts())
    job = client(server).submit(**PAIR, thinking_budget=4000, votes=8, api_name="/judge")
    # The client tells the server what to cancel by a name that comes with the answer to its call, which may come after
    # the rows: until it holds an output, cancelling it reaches nothing.
    until(lambda: job.outputs() and server.engine.load().rows == 8)
    job.cancel()
    until(lambda: server.engine.load().rows == 0)
    assert server.engine.load().rows == 0


def test_a_client_that_vanishes_frees_the_rows(start_server: Callable[..., Server]) -> None:
    server = start_server(long_thoughts())
    posted = httpx.post(f"{server.url}/gradio_api/call/v2/judge", json={**PAIR, "votes": 8, "thinking_budget": 4000})
    with httpx.stream("GET", f"{server.url}/gradio_api/call/judge/{posted.json()['event_id']}", timeout=20) as answer:
        lines = answer.iter_lines()  # held: httpx closes the connection together with the iterator
        next(lines)
        until(lambda: server.engine.load().rows == 8)
    until(lambda: server.engine.load().rows == 0)
    assert server.engine.load().rows == 0


def test_judging_before_the_model_is_ready_says_what_it_waits_for(start_server: Callable[..., Server]) -> None:
    hold = Event()
    server = start_server(hold=hold)
    with pytest.raises(AppError, match=r"10 of 100 MB"):
        client(server).predict(**PAIR, api_name="/judge")
    hold.set()
    server.host.wait(10)
    assert client(server).predict(**PAIR, api_name="/judge")["outcome"]


def test_requests_cannot_pass_the_queue_by(idle_server: Server) -> None:
    passed_by = httpx.post(f"{idle_server.url}/gradio_api/run/judge", json={"data": [*PAIR.values()]})
    assert passed_by.status_code == 404
    assert "join the queue" in passed_by.text
