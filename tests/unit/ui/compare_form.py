"""The Compare page's form as its handlers get it, and what they leave on the page."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gradio as gr

from rrm_ui.engines.scripted import ScriptedEngine
from rrm_ui.model_host import ModelHost
from rrm_ui.scripted_model import scripted_model
from rrm_ui.ui.compare_handlers import CompareHandlers

FORM: dict[str, Any] = {
    "query": "What is 2 + 2?",
    "response_a": "4",
    "response_b": "5",
    "thinking_budget": 256.0,
    "votes": 4.0,
    "both_orders": True,
    "stopping": "all",
    "close_when_sure": False,
    "temperature": 0.6,
    "top_p": 1,
    "seed": 0,
}


def someone(session: str | None = "one") -> Any:
    return SimpleNamespace(session_hash=session)


def ready(engine: ScriptedEngine | None = None, **model: Any) -> CompareHandlers:
    host = ModelHost(lambda _report: scripted_model(engine or ScriptedEngine(), **model))
    host.load()
    return CompareHandlers(host)


def is_kept(value: object) -> bool:
    return value == gr.skip()


def run(handlers: CompareHandlers, session: str | None = "one", **changes: Any) -> Iterator[tuple[Any, Any]]:
    return handlers.judge(**{**FORM, **changes}, request=someone(session))


def outcome(steps: Iterator[tuple[Any, Any]]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the last result and the last message that a run left on the page."""
    result, message = None, None
    for drawn, said in steps:
        result = result if is_kept(drawn) else drawn
        message = message if is_kept(said) else said
    return result, message
