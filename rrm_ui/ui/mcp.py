"""MCP as Gradio serves it, but for five things.

A judgment reaches the client as JSON and not as Python's notation; an argument that a tool does not take is told beside
those that it takes; the API behind a tool learns who calls it; a call that runs holds no thread of the pool from which
pages and health are served; and a client that leaves ends its call.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import gradio.mcp

from rrm_ui.errors import BadInput
from rrm_ui.ui.parameters import problem_with_names
from rrm_ui.ui.person import PERSON_HEADER, person_of, sign

LOOK_SECONDS = 0.05
"""Time between two looks whether a call is over."""


class JudgeMCPServer(gradio.mcp.GradioMCPServer):
    """Gradio's MCP server; objects in its results are JSON texts, and callers are told apart."""

    def postprocess_output_data(self, data: Any, root_url: str) -> Any:
        """Return the tool's outputs as MCP content."""
        texts = [json.dumps(output, ensure_ascii=False) if isinstance(output, dict) else output for output in data]
        return super().postprocess_output_data(texts, root_url)

    def _prepare_tool_call_args(self, name: str, arguments: dict[str, Any]) -> Any:
        """Check the arguments, and name the caller: a call comes over HTTP from this machine, and has its address."""
        called = self.tool_to_endpoint.get(name)
        if called is not None:
            problem = problem_with_names(arguments, self.api_info["named_endpoints"][called]["parameters"])
            if problem is not None:
                raise BadInput(problem)
        endpoint, values, headers, function = super()._prepare_tool_call_args(name, arguments)
        caller = person_of(self.mcp_server.request_context.request)
        return endpoint, values, {**headers, PERSON_HEADER: sign(caller)}, function

    async def _execute_tool_without_progress(self, job: Any) -> list[Any]:
        """Return the tool's outputs once the call is over."""
        with _ended_with_its_client(job):
            while not job.done():
                await anyio.sleep(LOOK_SECONDS)
        return [job.result()]

    async def _execute_tool_with_progress(self, job: Any, progress_token: str | int) -> Any:
        """Return the tool's outputs, and tell the client of progress meanwhile."""
        with _ended_with_its_client(job):
            return await super()._execute_tool_with_progress(job, progress_token)


@contextmanager
def _ended_with_its_client(job: Any) -> Iterator[None]:
    """Give ``job`` up where it is awaited no longer: its client has gone, or has withdrawn the call."""
    try:
        yield
    finally:
        if not job.done():
            threading.Thread(target=_give_up, args=(job,), name="mcp-cancel", daemon=True).start()


def _give_up(job: Any) -> None:
    """End a call. This asks the server over HTTP, so the server's own event loop may not wait for it."""
    if job.future.cancel():
        return  # it had not been sent
    while job.communicator.event_id is None and not job.done():
        time.sleep(LOOK_SECONDS)
    job.cancel()


def serve_mcp() -> None:
    """Make the servers that are launched from now on use ``JudgeMCPServer`` (there is no option for it)."""
    gradio.mcp.GradioMCPServer = JudgeMCPServer  # type: ignore[misc]
