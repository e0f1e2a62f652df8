"""Everything that ``demo.launch(...)`` must get for the page to look and behave as it was built."""

from __future__ import annotations

import json
from typing import Any

from rrm_ui.ui.static_files import read_static
from rrm_ui.ui.texts import load_texts, translations
from rrm_ui.ui.theme import build_theme, token_css

SCRIPTS = ("locale", "dom", "flow", "curve", "pane", "dialog", "verdict", "exports", "result", "form", "header")
"""Our scripts in the order in which they use each other."""
STYLES = ("base", "form", "verdict", "curve", "board", "dialog", "phone")


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
    }


def page_head() -> str:
    """Return the styles and scripts, inline: the page asks no other host, and needs no further request.

    The styles stand here rather than in ``css=`` because that rewrites every selector.
    """
    styles = "\n".join((token_css(), *(read_static(f"css/{name}.css") for name in STYLES)))
    scripts = "\n".join(read_static(f"js/{name}.js") for name in SCRIPTS)
    return f"<style>\n{styles}\n</style>\n<script>\n(() => {{\n{_texts_script()}\n{scripts}\n}})();\n</script>"


def _texts_script() -> str:
    texts = json.dumps(load_texts(), ensure_ascii=False).replace("<", "\\u003c")
    return f"window.rrmTexts = {texts};"
