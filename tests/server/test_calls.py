"""Calls over REST that Gradio could not answer: each gets one sentence, and leaves no traceback in the log."""

from __future__ import annotations

import gzip
import json
import logging
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from rrm_ui.ui.launch_options import MAX_UPLOAD
from tests.server.conftest import Server
from tests.server.test_api import PAIR, long_thoughts
from tests.waiting import until

V2 = "/gradio_api/call/v2/judge"
V1 = "/gradio_api/call/judge"
JSON = {"Content-Type": "application/json"}
DEFAULTS = (None, None, True, False, 0, False, None, None, None, None)
VALUES = [*PAIR.values(), *DEFAULTS]


@pytest.fixture(autouse=True)
def _no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What goes wrong in a request is logged by uvicorn, whose loggers do not hand on what they are told."""
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(caplog.handler)
    yield
    logger.removeHandler(caplog.handler)
    assert not [record for record in caplog.records if record.exc_info]


def judgment_of(url: str, posted: httpx.Response) -> dict[str, Any]:
    """Return what a call that was taken ends with."""
    assert posted.status_code == 200, posted.text
    text = httpx.get(f"{url}{V1}/{posted.json()['event_id']}", timeout=30).text
    assert "event: complete" in text
    return json.loads(text.rstrip().splitlines()[-1].removeprefix("data: "))[0]


@contextmanager
def caller_of(server: Server, path: str, length: int) -> Iterator[socket.socket]:
    """Begin a call whose body is said to have ``length`` bytes."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}"
    with socket.create_connection((host, int(port)), timeout=10) as caller:
        caller.sendall(f"{head}\r\n\r\n".encode())
        yield caller


def refusal_of(answer: httpx.Response, status: int) -> str:
    """Return the sentence that a call was refused with."""
    assert answer.status_code == status, answer.text
    (error,) = answer.json().values()
    assert list(answer.json()) == ["error"]
    return error


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        (V2, {"query": "q", "response_a": "a"}, r"^response_b is missing\.$"),
        (V2, {"query": "q"}, r"^response_a, response_b are missing\.$"),
        (V2, {**PAIR, "vote": 2}, r"^There is no parameter vote; the parameters are query, response_a, .*, top_p\.$"),
        (V2, {"data": ["q", "a", "b"]}, "no parameter data; the parameters are query, "),
        (V2, {**PAIR, "\ud800" + "x" * 1000: 2}, r"no parameter \?x{39}; the"),
        (V2, [PAIR], "must be a JSON object"),
        (V2, None, "must be a JSON object"),
        (V1, {"data": ["q", "a", "b", 0, 2]}, "data holds 5 values, not the 13 that judge takes: query, response_a, "),
        (V1, {"data": [*VALUES, 1]}, "data holds 14 values"),
        (V1, {"data": "q"}, "data must be a list"),
        (V1, {"data": PAIR}, "data must be a list"),
        (V1, {**PAIR, "top_p": float("nan")}, f"data must be a list.*{V2}"),
        (V1, "text", "must be a JSON object"),
        ("/gradio_api/call/v2/rank", PAIR, "no parameter response_a; the parameters are query, responses, method, "),
        ("/gradio_api/call/v2/rank/", {"query": "q"}, "responses is missing"),
    ],
)
def test_a_wrong_body_is_told_in_a_sentence(idle_server: Server, path: str, body: Any, words: str) -> None:
    answer = httpx.post(idle_server.url + path, content=json.dumps(body), headers=JSON)
    assert re.search(words, refusal_of(answer, 422)), answer.text


@pytest.mark.parametrize("path", [V2, V1])
@pytest.mark.parametrize(
    "content",
    [b"", b"{query: 1}", b'{"query": "q"', b'{"query": "\xe9"}', b"[" * 100_000, b'{"votes": ' + b"9" * 5000 + b"}"],
)
def test_what_is_no_json_is_told(idle_server: Server, path: str, content: bytes) -> None:
    answer = httpx.post(idle_server.url + path, content=content, headers=JSON)
    assert "cannot be read as JSON" in refusal_of(answer, 422)


def test_a_name_that_stands_twice_is_told(idle_server: Server) -> None:
    twice = '{"query": "q", "response_a": "a", "response_a": "b", "response_b": "c"}'
    answer = httpx.post(idle_server.url + V2, content=twice, headers=JSON)
    assert refusal_of(answer, 422) == "response_a stands in the body twice."


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "application/json"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "application/json"),
        ({"Content-Type": "text/plain"}, "application/json"),
        ({**JSON, "Content-Encoding": "gzip"}, "compressed"),
    ],
)
def test_a_body_in_another_form_is_told(idle_server: Server, headers: dict[str, str], words: str) -> None:
    body = json.dumps(PAIR).encode()
    content = gzip.compress(body) if "Content-Encoding" in headers else body
    assert words in refusal_of(httpx.post(idle_server.url + V2, content=content, headers=headers), 415)


@pytest.mark.parametrize("name", ["jugde", "count", "predict"])
def test_an_unknown_endpoint_is_told(idle_server: Server, name: str) -> None:
    """Handlers of the pages have names too; they are no endpoints."""
    words = f"There is no endpoint {name}; the endpoints are judge, rank."
    for path, body in ((f"call/v2/{name}", PAIR), (f"call/{name}", {"data": []})):
        answer = httpx.post(f"{idle_server.url}/gradio_api/{path}", json=body)
        assert refusal_of(answer, 404) == words
    assert refusal_of(httpx.get(f"{idle_server.url}/gradio_api/call/{name}/{'0' * 32}"), 404) == words


@pytest.mark.parametrize("door", ["run", "api"])
def test_nothing_is_called_past_the_queue(idle_server: Server, door: str) -> None:
    for name in ("judge", "jugde"):
        answer = httpx.post(f"{idle_server.url}/gradio_api/{door}/{name}", json={"data": VALUES})
        assert answer.status_code == 404
        assert answer.json()["detail"]
    assert not idle_server.engine.requests


@pytest.mark.parametrize("path", [V2, V1])
def test_another_method_is_told(idle_server: Server, path: str) -> None:
    answer = httpx.get(idle_server.url + path)
    assert "POST" in refusal_of(answer, 405)
    assert answer.headers["allow"] == "POST"
    assert httpx.head(idle_server.url + path).status_code == 405


def test_another_origin_may_read_a_refusal_where_it_may_call(idle_server: Server) -> None:
    for origin, allowed in (("http://localhost:3000", True), ("https://example.org", False)):
        asks = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x"}
        for answer in (
            httpx.options(idle_server.url + V2, headers=asks),
            httpx.post(idle_server.url + V2, json={}, headers={"Origin": origin}),
        ):
            assert ("access-control-allow-origin" in answer.headers) == allowed


@pytest.mark.parametrize(
    ("path", "body", "encoding", "content_type"),
    [
        (V2, {**PAIR, "oauth_token": "of Gradio's own clients"}, "utf-8", "application/json; charset=utf-8"),
        (V2, PAIR, "utf-8-sig", "application/JSON"),
        (V1, {"data": VALUES}, "utf-16", "application/vnd.api+json"),
        (f"{V1}/", {"data": VALUES}, "utf-8", "application/json"),
    ],
)
def test_what_gradio_takes_is_taken(server: Server, path: str, body: Any, encoding: str, content_type: str) -> None:
    content = json.dumps(body).encode(encoding)
    posted = httpx.post(server.url + path, content=content, headers={"Content-Type": content_type})
    assert judgment_of(server.url, posted)["comparison"] == PAIR


def test_a_caller_who_leaves_in_the_middle_of_a_body_leaves_a_line(
    idle_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="rrm_ui.ui.calls")
    with caller_of(idle_server, V2, 100) as caller:
        caller.sendall(b'{"query":')
    until(lambda: "refused: HTTP 400" in caplog.text)


def test_numbers_that_are_none_are_left_to_the_judge(server: Server) -> None:
    posted = httpx.post(server.url + V2, content=json.dumps({**PAIR, "top_p": float("nan")}), headers=JSON)
    events = httpx.get(f"{server.url}{V2}/{posted.json()['event_id']}", timeout=30).text
    assert "top_p is nan" in events


@pytest.mark.parametrize("prefix", ["", "/judges"])
def test_a_prefix_in_the_address_changes_nothing(
    start_server: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    """A proxy takes the prefix away, or does not."""
    monkeypatch.setenv("GRADIO_ROOT_PATH", "/judges")
    url = start_server().url + prefix
    assert "vote" in refusal_of(httpx.post(url + V2, json={**PAIR, "vote": 2}), 422)
    assert judgment_of(url, httpx.post(url + V2, json=PAIR))["comparison"] == PAIR


def test_events_that_nobody_can_read_any_more_are_told(start_server: Callable[..., Server]) -> None:
    server = start_server()
    posted = httpx.post(server.url + V2, json=PAIR)
    assert judgment_of(server.url, posted)["outcome"]
    for event in (posted.json()["event_id"], "0" * 32):
        for path in (V2, V1):
            words = refusal_of(httpx.get(f"{server.url}{path}/{event}", timeout=5), 404)
            assert "possible once" in words


def test_a_call_whose_reader_left_is_over(start_server: Callable[..., Server]) -> None:
    server = start_server(long_thoughts())
    event = httpx.post(server.url + V2, json={**PAIR, "votes": 1, "thinking_budget": 4000}).json()["event_id"]
    with httpx.stream("GET", f"{server.url}{V2}/{event}", timeout=20) as answer:
        lines = answer.iter_lines()
        next(lines)
        until(lambda: server.engine.load().rows)
    until(lambda: server.engine.load().rows == 0)
    until(lambda: not server.demo._queue.event_ids_to_events)
    assert "possible once" in refusal_of(httpx.get(f"{server.url}{V2}/{event}", timeout=5), 404)


@pytest.mark.parametrize("path", [V2, "/gradio_api/queue/join"])
def test_a_body_that_is_larger_than_any_file_is_not_read(idle_server: Server, path: str) -> None:
    with caller_of(idle_server, path, 2 * MAX_UPLOAD) as caller:
        caller.sendall(b"{")
        assert caller.recv(1000).startswith(b"HTTP/1.1 413 ")


@pytest.mark.skipif(shutil.which("curl") is None, reason="The commands are curl's")
@pytest.mark.parametrize(("written", "words"), [('"response_b"', "event: complete"), ('"respons_b"', "respons_b;")])
def test_the_readmes_commands_end_in_a_judgment_or_in_words(server: Server, written: str, words: str) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^judge=http://127.0.0.1:7860.*?(?=^```)", readme, re.MULTILINE | re.DOTALL)
    assert found is not None
    commands = found[0].replace("http://127.0.0.1:7860", server.url.rstrip("/")).replace('"response_b"', written)
    ended = subprocess.run(["bash", "-c", commands], capture_output=True, text=True, timeout=60, check=False)
    assert words in ended.stdout + ended.stderr
    assert (ended.returncode == 0) == (written == '"response_b"')
