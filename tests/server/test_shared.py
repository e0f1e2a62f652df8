"""A server that several people share: limits over the API and MCP, and logs that hold no one's texts."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow, default_script
from rrm_ui.logs import JsonFormatter, PlainFormatter
from rrm_ui.settings import get_settings
from rrm_ui.ui.person import PERSON_HEADER
from tests.server.test_api import PAIR, long_thoughts
from tests.server.test_mcp import _with_session, run_client
from tests.waiting import until

MARKERS = ("MARKQUERY", "MARKFIRST", "MARKSECOND")
MARKED = {"query": "What is MARKQUERY?", "response_a": "It is MARKFIRST.", "response_b": "It is MARKSECOND."}


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch, start_server: Callable[..., Any]) -> Callable[..., Any]:
    """Start servers with limits."""

    def start(engine: ScriptedEngine | None = None, **limits: int | str) -> Any:
        for name, value in limits.items():
            monkeypatch.setenv(f"RRM_{name.upper()}", str(value))
        get_settings.cache_clear()
        return start_server(engine)

    return start


def someone(server: Any, address: str) -> Client:
    """Return a client whose requests come through a proxy, from ``address``."""
    return Client(server.url, verbose=False, headers={"X-Forwarded-For": address})


def test_votes_budget_and_length_have_limits_and_defaults_stay_within_them(limited: Callable[..., Any]) -> None:
    server = limited(max_votes=3, max_thinking_budget=100, max_text_characters=500)
    client = Client(server.url, verbose=False)
    judged = client.predict(**PAIR, api_name="/judge")
    assert (judged["settings"]["votes"], judged["settings"]["thinking_budget"]) == (3, 100)
    for change, words in (
        ({"votes": 4}, "at most 3 votes"),
        ({"thinking_budget": 101}, "at most 100 tokens"),
        ({"query": "x" * 501}, "at most 500"),
    ):
        with pytest.raises(AppError, match=words):
            client.predict(**{**PAIR, **change}, api_name="/judge")
    ranked = client.predict("Which?", ["worth 1", "worth 2"], api_name="/rank")
    assert ranked["matches"] == 1
    assert all(len(request.rows) <= 3 for request in server.engine.requests), "added votes stay within it too"
    with pytest.raises(AppError, match="at most 3 votes"):
        client.predict("Which?", ["worth 1", "worth 2"], votes=4, api_name="/rank")
    sliders = {
        part["props"].get("elem_id"): part["props"]["maximum"]
        for part in server.demo.get_config_file()["components"]
        if part["type"] == "slider"
    }
    assert (sliders["votes"], sliders["budget"]) == (3, 100)
    text = httpx.get(f"{server.url}/metrics").text
    assert 'rrm_refusals_total{code="votes_limit"} 2.0' in text


def test_what_nobody_chose_is_cut_to_the_limits(limited: Callable[..., Any]) -> None:
    server = limited(max_votes=1)
    client = Client(server.url, verbose=False)
    assert len(client.predict(**PAIR, api_name="/judge")["votes"]) == 1
    assert client.predict("Which?", ["worth 1", "worth 2"], api_name="/rank")["finished"]
    assert all(len(request.rows) == 1 for request in server.engine.requests)


def test_one_persons_requests_leave_another_alone(limited: Callable[..., Any]) -> None:
    server = limited(long_thoughts(), max_requests_per_person=1, trust_proxy="true")
    first, again, other = (someone(server, address) for address in ("8.8.8.8", "8.8.8.8", "9.9.9.9"))
    running = first.submit(**PAIR, votes=1, thinking_budget=4000, api_name="/judge")
    until(lambda: server.engine.load().rows)
    with pytest.raises(AppError, match=r"as one person may \(1\)"):
        again.predict(**PAIR, votes=1, api_name="/judge")
    theirs = other.submit(**PAIR, votes=1, thinking_budget=4000, api_name="/judge")
    until(lambda: server.engine.load().rows == 2)
    assert {request.person for request in server.engine.requests} != {""}
    assert len({request.person for request in server.engine.requests}) == 2
    running.cancel()
    theirs.cancel()


def test_a_client_cannot_name_itself_where_no_proxy_is(limited: Callable[..., Any]) -> None:
    server = limited(max_tokens_per_minute=10)
    someone(server, "8.8.8.8").predict(**PAIR, votes=1, api_name="/judge")
    with pytest.raises(AppError, match=r"10 tokens a minute. Try again in [\d,]+ seconds"):
        someone(server, "9.9.9.9").predict(**PAIR, votes=1, api_name="/judge")


def test_callers_of_the_tool_share_their_limits_with_the_api(limited: Callable[..., Any]) -> None:
    server = limited(max_tokens_per_minute=10)
    first = run_client(_with_session(server.url, "judge", {**PAIR, "votes": 1}))
    assert not first.isError
    second = run_client(_with_session(server.url, "judge", {**PAIR, "votes": 1}))
    assert second.isError
    assert "10 tokens a minute" in second.content[0].text
    with pytest.raises(AppError, match="10 tokens a minute"):
        Client(server.url, verbose=False).predict(**PAIR, api_name="/judge")
    assert len({request.person for request in server.engine.requests}) == 1


def test_callers_of_the_tool_are_told_apart(limited: Callable[..., Any]) -> None:
    server = limited(max_tokens_per_minute=10, trust_proxy="true")
    calls = [
        run_client(
            _with_session(server.url, "judge", {**PAIR, "votes": 1}, {"X-Forwarded-For": address, PERSON_HEADER: "x.y"})
        )
        for address in ("8.8.8.8", "9.9.9.9", "8.8.8.8")
    ]
    assert [call.isError for call in calls] == [False, False, True]
    with pytest.raises(AppError, match="10 tokens a minute"):
        someone(server, "9.9.9.9").predict(**PAIR, api_name="/judge")


def breaking_in_three_ways() -> Iterator[ScriptedEngine]:
    """Yield engines: one that works, one that says it broke, one whose error quotes the texts."""

    def breaks(request: GenerationRequest, row: int) -> ScriptedRow:
        return ScriptedRow(("word ",) * 50, fails_after=3, breaks_engine=True)

    def quotes(request: GenerationRequest, row: int) -> ScriptedRow:
        try:
            raise ValueError(f"cannot think of {MARKERS[0]}")
        except ValueError as error:
            raise RuntimeError(f"{MARKERS[1]} against {MARKERS[2]}") from error

    yield ScriptedEngine(default_script)
    yield ScriptedEngine(breaks)
    yield ScriptedEngine(quotes)


def _answer(client: Client, **call: Any) -> str:
    """Return the sentence that an error tells a client; nothing where there is none."""
    try:
        client.predict(**call)
    except AppError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("number", range(3))
def test_no_log_holds_a_text(
    number: int, start_server: Callable[..., Any], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, logger="rrm_ui")
    server = start_server(list(breaking_in_three_ways())[number])
    client = Client(server.url, verbose=False)
    ranked = {"query": MARKED["query"], "responses": [MARKED["response_a"], MARKED["response_b"]]}
    told = [_answer(client, **MARKED, api_name="/judge"), _answer(client, **ranked, api_name="/rank")]
    assert not any(marker in answer for marker in MARKERS for answer in told)
    with pytest.raises(AppError):
        client.predict(**{**MARKED, "votes": "MARKFIRST"}, api_name="/judge")
    assert any(record.name == "rrm_ui.serving.visits" for record in caplog.records)
    json_lines = [JsonFormatter().format(record) for record in caplog.records]
    plain = [PlainFormatter("%(name)s %(message)s").format(record) for record in caplog.records]
    for line in json_lines:
        json.loads(line)
    printed = capfd.readouterr()
    written = "\n".join([*json_lines, *plain, printed.out, printed.err])
    assert not any(marker in written for marker in MARKERS), written
    if number == 2:
        assert "ValueError\nwhich led to:" in written, "where and how it broke is told all the same"
