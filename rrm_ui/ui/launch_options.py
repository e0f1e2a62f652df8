"""Everything that ``demo.launch(...)`` must get for the page to look and behave as it was built."""

from __future__ import annotations

import json
from typing import Any

from rrm_ui.evaluation.patterns import PATTERNS_FILE
from rrm_ui.evaluation.report.document import report_styles
from rrm_ui.settings import get_settings
from rrm_ui.ui.static_files import read_static
from rrm_ui.ui.texts import load_texts, translations
from rrm_ui.ui.theme import build_theme, token_css

SCRIPTS = (
    "locale",
    "dom",
    "draft",
    "leaving",
    "settings",
    "flow",
    "curve",
    "pane",
    "patterns",
    "dialog",
    "calibration",
    "verdict",
    "exports",
    "result",
    "undo",
    "form",
    "message",
    "tree",
    "chosen",
    "upload",
    "runs",
    "report",
    "responses",
    "rank_cost",
    "match",
    "rank_pictures",
    "rank_words",
    "rank",
    "models",
    "header",
)
"""Our scripts in the order in which they use each other."""
MAX_UPLOAD = 100 * 1024**2
"""Largest file that a person may upload to evaluate on: many times the largest benchmark."""
STYLES = ("base", "form", "verdict", "curve", "board", "dialog", "evaluate", "rank", "models", "phone", "print")


def launch_options() -> dict[str, Any]:
    """Return the keyword arguments of ``launch`` that belong to the page; the server adds its own."""
    return {
        "theme": build_theme(),
        "head": page_head(),
        "i18n": translations(),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "strict_cors": True,
        "show_error": False,
        "pwa": False,
        "ssr_mode": False,
        "max_file_size": MAX_UPLOAD,
    }


def page_head() -> str:
    """Return the styles and scripts, inline: the page asks no other host, and needs no further request.

    The styles stand here rather than in ``css=`` because that rewrites every selector.
    """
    own = (read_static(f"css/{name}.css") for name in STYLES)
    styles = "\n".join((token_css(), report_styles(standalone=False), *own))
    scripts = "\n".join(read_static(f"js/{name}.js") for name in SCRIPTS)
    return f"<style>\n{styles}\n</style>\n<script>\n(() => {{\n{_texts_script()}\n{scripts}\n}})();\n</script>"


def _texts_script() -> str:
    """Return the page's words, the keywords of the reasoning patterns and the names of the pages, as data."""
    patterns = json.loads(PATTERNS_FILE.read_text(encoding="utf-8"))
    data = {"rrmTexts": load_texts(), "rrmPatterns": patterns, "rrmPages": served_pages()}
    return "\n".join(f"window.{name} = {_as_script(value)};" for name, value in data.items())


def served_pages() -> list[str]:
    """Return the names of the pages that are served and linked."""
    return ["compare", "rank", *(["evaluate"] if get_settings().evaluate_page else []), "models"]


def _as_script(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
