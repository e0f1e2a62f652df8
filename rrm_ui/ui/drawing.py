"""What handlers take from a page and send to it, as Gradio has it."""

from __future__ import annotations

import uuid
from typing import Any

import gradio as gr

Drawing = dict[str, Any] | None
"""What a component that draws itself gets; None for an empty one."""

DRAWING_SECONDS = 0.1
"""Time between two updates of a page."""

KEEP: Any = gr.skip()
"""Leaves an output as it is."""


def session_of(request: gr.Request | None) -> str:
    """Return the page's session; a caller without one shares nothing with anyone."""
    return (request.session_hash if request else None) or uuid.uuid4().hex


def whole(value: object) -> Any:
    """Return a slider's 256.0 as 256; anything else is for ``check_settings`` to refuse."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
