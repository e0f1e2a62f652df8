"""Calls over REST, looked at before Gradio gets them: what is wrong with one is answered with a sentence.

Gradio answers what it did not expect with "Internal Server Error", or a stream that breaks off, and a traceback in the
log. What is right is passed on as it came; so is everything that is no call.
"""

from __future__ import annotations

import json
import logging
import re
from collections import deque
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import gradio as gr
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rrm_ui.ui.parameters import Parameters, names_of, problem_with_names, shown

log = logging.getLogger(__name__)

CALL = re.compile(r"/gradio_api/call/(?P<v2>v2/)?(?P<name>[^/]+)(?:/(?P<event>[^/]+)|/)?$")
"""The end of an address; before it there may be a proxy's prefix."""

IGNORED = {"oauth_token"}
"""What Gradio's own clients may send beside the parameters; it drops it."""

MOST_LEFT = 2048
"""Calls whose reader has gone that are remembered; Gradio keeps what the last 2,000 have to tell."""


class Refused(Exception):
    """A call is answered with this and goes no further."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.response = JSONResponse({"error": words}, status, headers)


class CheckedCalls:
    """Middleware that refuses calls which Gradio could not answer, in words."""

    def __init__(self, app: ASGIApp, blocks: gr.Blocks) -> None:
        self._app, self._blocks = app, blocks
        self._left: deque[str] = deque(maxlen=MOST_LEFT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        call = CALL.search(scope["path"]) if scope["type"] == "http" else None
        if call is None:
            await self._app(scope, receive, send)
            return
        try:
            await self._pass_on(call, scope, receive, send)
        except Refused as refused:
            log.info("A call of the API was refused: HTTP %d", refused.response.status_code)
            await refused.response(scope, receive, send)

    @cached_property
    def _endpoints(self) -> dict[str, Parameters]:
        info = self._blocks.get_api_info()["named_endpoints"]
        return {name.removeprefix("/"): endpoint["parameters"] for name, endpoint in info.items()}

    async def _pass_on(self, call: re.Match[str], scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, or the asking for its events.

        Raises:
            Refused: it is wrong.
        """
        name, event = call["name"], call["event"]
        if name not in self._endpoints:
            known = ", ".join(self._endpoints)
            raise Refused(404, f"There is no endpoint {shown(name)}; the endpoints are {known}.")
        if event is None:
            body = await self._checked_body(call, Request(scope, receive))
            await self._app(scope, _once_more(body, receive), send)
        elif scope["method"] == "GET":
            self._check_event(event)
            try:
                await self._app(scope, receive, send)
            finally:
                self._left.append(event)
        else:
            await self._app(scope, receive, send)

    async def _checked_body(self, call: re.Match[str], request: Request) -> bytes:
        if request.method != "POST":
            raise Refused(405, f"{call['name']} is called with POST.", {"Allow": "POST"})
        if not _is_json(request.headers.get("content-type", "")):
            raise Refused(415, "The body is taken as JSON alone, with the header Content-Type: application/json.")
        if request.headers.get("content-encoding", "identity") != "identity":
            raise Refused(415, "A body that is compressed is not taken; send it as it is.")
        try:
            body = await request.body()
        except ClientDisconnect as gone:
            raise Refused(400, "The body broke off.") from gone
        given = _read_object(body)
        parameters = self._endpoints[call["name"]]
        problem = (
            problem_with_names([name for name in given if name not in IGNORED], parameters)
            if call["v2"]
            else _problem_with_values(given.get("data"), call["name"], parameters)
        )
        if problem is not None:
            raise Refused(422, problem)
        return body

    def _check_event(self, event_id: str) -> None:
        """Look into Gradio's queue: its own answer begins before it has looked, and may then wait forever."""
        queue = self._blocks._queue
        event = queue.event_ids_to_events.get(event_id)
        ended = (session for session, ids in queue.pending_event_ids_session.items() if event_id in ids)
        session = event.session_hash if event is not None else next(ended, None)
        if event_id in self._left or session not in queue.pending_messages_per_session:
            raise Refused(404, "No call has this id, or its events were read: that is possible once.")


def _is_json(content_type: str) -> bool:
    """Return whether Gradio reads a body of this type as JSON."""
    kind, _, form = content_type.partition(";")[0].strip().lower().partition("/")
    return kind == "application" and (form == "json" or form.endswith("+json"))


def _read_object(body: bytes) -> dict[str, Any]:
    """Return the object in ``body``, read by what Gradio reads it with.

    Raises:
        Refused: there is none.
    """
    try:
        given = json.loads(body, object_pairs_hook=_without_repetition)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Refused(422, f"The body cannot be read as JSON: {error}.") from error
    except (ValueError, RecursionError) as error:
        raise Refused(422, "The body cannot be read as JSON: a number is too long, or lists too deep.") from error
    if not isinstance(given, dict):
        raise Refused(422, "The body must be a JSON object.")
    return given


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Refused(422, f"{shown(name)} stands in the body twice.")
        found[name] = value
    return found


def _problem_with_values(data: object, name: str, parameters: Parameters) -> str | None:
    """Return what keeps ``data`` from being the values of all parameters in their order, or None."""
    if not isinstance(data, list):
        return (
            f"At this address data must be a list of {len(parameters)} values: {names_of(parameters)}. At "
            f"/gradio_api/call/v2/{name} they are named, and those with a default may be left out."
        )
    if len(data) != len(parameters):
        takes = f"not the {len(parameters)} that {name} takes"
        return f"data holds {len(data)} values, {takes}: {names_of(parameters)}."
    return None


def _once_more(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that gives ``body``, which was read, and then what comes after it."""
    given = False

    async def once_more() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once_more
