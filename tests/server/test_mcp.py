"""The tool ``judge``, called by a real MCP client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
from mcp.types import TextContent

from rrm_ui.settings import get_settings
from tests.server.conftest import Server
from tests.server.test_api import long_thoughts
from tests.waiting import until

MOST_AT_ONCE = 40
"""Calls that the server's own client sends side by side, and threads that the server has for all but handlers."""


async def _with_session(
    url: str, name: str | None, arguments: dict[str, Any], headers: dict[str, str] | None = None
) -> Any:
    async with (
        streamablehttp_client(f"{url}/gradio_api/mcp/", headers) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        return await (session.list_tools() if name is None else session.call_tool(name, arguments))


def run_client(session: Coroutine[Any, Any, Any]) -> Any:
    """Run a client in a thread of its own: the browser tests leave an event loop in this one."""

    async def in_time() -> Any:
        async with asyncio.timeout(90):
            return await session

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, in_time()).result()


def test_judge_and_rank_are_the_only_tools_and_say_what_they_take(idle_server: Server) -> None:
    listed = run_client(_with_session(idle_server.url, None, {}))
    assert [tool.name for tool in listed.tools] == ["judge", "rank"]
    tool, rank = listed.tools
    assert rank.inputSchema["properties"]["responses"]["type"] == "array"
    assert rank.inputSchema["properties"]["method"]["description"]
    assert "better" in tool.description
    assert {"query", "response_a", "response_b", "thinking_budget", "votes"} <= set(tool.inputSchema["properties"])
    assert tool.inputSchema["properties"]["votes"]["description"]


def test_calling_the_tool_returns_the_judgment(server: Server) -> None:
    arguments = {"query": "What is 2 + 2?", "response_a": "4", "response_b": "5", "votes": 2, "thinking_budget": 32}
    result = run_client(_with_session(server.url, "judge", arguments))
    assert not result.isError
    content = result.content[0]
    assert isinstance(content, TextContent)
    judgment = json.loads(content.text)
    assert judgment["outcome"] in ("A", "B", "undecided")
    assert len(judgment["votes"]) == 2


def test_calling_the_tool_rank_returns_the_ranking(server: Server) -> None:
    arguments = {"query": "Which is best?", "responses": ["one", "two", "three"], "thinking_budget": 32}
    result = run_client(_with_session(server.url, "rank", arguments))
    assert not result.isError
    ranking = json.loads(result.content[0].text)
    assert sorted(ranking["order"]) == [0, 1, 2]
    assert ranking["matches"] == 3


async def _leave_in_the_middle(server: Server, calls: int, *, with_progress: bool) -> None:
    """Call ``judge`` so often, and go once the first is under way."""
    arguments = {"query": "What is 2 + 2?", "response_a": "4", "response_b": "5", "votes": 1, "thinking_budget": 4000}

    async def call() -> None:
        async with (
            streamablehttp_client(f"{server.url}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            await session.call_tool("judge", arguments, progress_callback=_unheard if with_progress else None)

    under_way = []
    async with asyncio.timeout(60):
        for number in range(calls):  # one after the other: so many at once would wait for each other to be sent
            under_way.append(asyncio.create_task(call()))
            while server.engine.load().rows < min(number + 1, MOST_AT_ONCE):
                await asyncio.sleep(0.02)
    async with httpx.AsyncClient(timeout=5) as http:  # pages and health are served meanwhile
        for path in ("/healthz", "/metrics", "/config"):
            assert (await http.get(server.url + path)).status_code == 200
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)


async def _unheard(progress: float, total: float | None, message: str | None) -> None:
    pass


@pytest.mark.parametrize("with_progress", [False, True])
def test_a_client_that_leaves_ends_its_judgment(start_server: Callable[..., Server], with_progress: bool) -> None:
    server = start_server(long_thoughts())
    run_client(_leave_in_the_middle(server, 1, with_progress=with_progress))
    until(lambda: server.engine.load().rows == 0, 10)
    assert server.engine.load().rows == 0


def test_calls_for_every_thread_of_the_server_hold_up_nobody_else(
    start_server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RRM_MAX_REQUESTS_PER_PERSON", "0")
    get_settings.cache_clear()
    server = start_server(long_thoughts())
    run_client(_leave_in_the_middle(server, MOST_AT_ONCE + 1, with_progress=False))
    until(lambda: server.engine.load().rows == 0, 20)
    assert server.engine.load().rows == 0


@pytest.mark.parametrize(
    ("tool", "change", "words"),
    [
        ("judge", {"query": " "}, "query is empty"),
        ("judge", {"vote": 2}, "There is no parameter vote; the parameters are query, response_a, "),
        ("judge", {"response_b": None}, "None is not of type 'string'"),
        ("rank", {}, "'responses' is a required property"),
        ("jugde", {}, "Unknown tool for this Gradio app: jugde"),
    ],
)
def test_bad_input_is_an_error_of_the_tool(
    idle_server: Server, tool: str, change: dict[str, object], words: str
) -> None:
    arguments = {"query": "What is 2 + 2?", "response_a": "4", "response_b": "5", **change}
    result = run_client(_with_session(idle_server.url, tool, arguments))
    assert result.isError
    assert words in result.content[0].text
    assert "footer" not in result.content[0].text
