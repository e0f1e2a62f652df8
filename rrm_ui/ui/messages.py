"""What went wrong, in a form that the page words in its reader's language."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rrm_ui.errors import PlatformRefused, UserError
from rrm_ui.model_host import ModelStatus
from rrm_ui.values import Comparison

Message = dict[str, Any]


def message(key: str, text: str = "", **values: int | float | str | None) -> Message:
    """Return a message; a page without words for ``key`` shows ``text``."""
    return {"key": key, "text": text, "values": values}


def message_of(error: UserError) -> Message:
    """Return the message of an error that was meant for its reader."""
    return error.failure.to_dict()


def error_for_client(error: UserError) -> Exception:
    """Return what to raise for a program that called: the sentence, or the platform's own error as it is."""
    return error.original if isinstance(error, PlatformRefused) else gr.Error(error.message, print_exception=False)


def not_ready_message(status: ModelStatus, text: str) -> Message:
    """Return what the model is waiting for, as a message."""
    progress = status.progress
    if progress is None:
        return message("not_ready", text)
    return message(
        "not_ready", text, stage=progress.stage, done=progress.done, total=progress.total, unit=progress.unit
    )


def problem_with_texts(comparison: Comparison, most_characters: int) -> Message | None:
    """Return what is wrong with what was typed, or None; the model is not needed to see it."""
    for name, text in comparison.to_dict().items():
        if isinstance(text, str) and not text.strip():
            return message(f"empty_{name}")
        if isinstance(text, str) and len(text) > most_characters:
            return message("text_limit", characters=len(text), limit=most_characters)
    return None
