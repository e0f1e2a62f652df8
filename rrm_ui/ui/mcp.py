"""MCP as Gradio serves it, except that a judgment reaches the client as JSON and not as Python's notation."""

from __future__ import annotations

import json
from typing import Any

import gradio.mcp


class JsonMCPServer(gradio.mcp.GradioMCPServer):
    """Gradio's MCP server; objects in its results are JSON texts."""

    def postprocess_output_data(self, data: Any, root_url: str) -> Any:
        """Return the tool's outputs as MCP content."""
        texts = [json.dumps(output, ensure_ascii=False) if isinstance(output, dict) else output for output in data]
        return super().postprocess_output_data(texts, root_url)


def serve_json() -> None:
    """Make the servers that are launched from now on use ``JsonMCPServer`` (there is no option for it)."""
    gradio.mcp.GradioMCPServer = JsonMCPServer  # type: ignore[misc]
