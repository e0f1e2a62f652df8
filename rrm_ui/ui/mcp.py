"""MCP as Gradio serves it, but for two things: a judgment reaches the client as JSON and not as Python's notation, and
the API behind a tool learns who calls it."""

from __future__ import annotations

import json
from typing import Any

import gradio.mcp

from rrm_ui.ui.person import PERSON_HEADER, person_of, sign


class JudgeMCPServer(gradio.mcp.GradioMCPServer):
    """Gradio's MCP server; objects in its results are JSON texts, and callers are told apart."""

    def postprocess_output_data(self, data: Any, root_url: str) -> Any:
        """Return the tool's outputs as MCP content."""
        texts = [json.dumps(output, ensure_ascii=False) if isinstance(output, dict) else output for output in data]
        return super().postprocess_output_data(texts, root_url)

    def _prepare_tool_call_args(self, name: str, arguments: dict[str, Any]) -> Any:
        """Name the caller: a tool is called over HTTP from this machine, and all would have its address."""
        endpoint, values, headers, function = super()._prepare_tool_call_args(name, arguments)
        caller = person_of(self.mcp_server.request_context.request)
        return endpoint, values, {**headers, PERSON_HEADER: sign(caller)}, function


def serve_mcp() -> None:
    """Make the servers that are launched from now on use ``JudgeMCPServer`` (there is no option for it)."""
    gradio.mcp.GradioMCPServer = JudgeMCPServer  # type: ignore[misc]
