"""Every word of the page, in English and in both Chinese scripts.

One set of texts serves Gradio's own labels and everything that our scripts draw. Both follow the language that
Gradio's frontend has set on the document, so they always agree.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import gradio as gr

from rrm_ui.evaluation.problems import load_problems
from rrm_ui.languages import LANGUAGES
from rrm_ui.ui.static_files import read_static


@lru_cache(maxsize=1)
def load_texts() -> dict[str, dict[str, str]]:
    """Return the texts of each language by key."""
    problems = load_problems()
    return {name: {**json.loads(read_static(f"texts/{name}.json")), **problems[name]} for name in LANGUAGES}


@lru_cache(maxsize=1)
def translations() -> gr.I18n:
    """Return the texts in the form that labels take and that ``launch`` must get."""
    texts: dict[str, Any] = load_texts()
    return gr.I18n(**texts)
