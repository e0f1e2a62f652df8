"""What a page gets of texts that grow: their ends. It keeps what it has, so the rest need not be sent again.

Gradio compares and serializes a component's whole value several times for every update. With whole texts in it
that costs a long judgment more than everything else together; with windows it costs the same at any length.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from rrm_ui.reducer import utf16_offset

WINDOW_CHARACTERS = 64_000
"""How much text all panes' windows may hold together before they move on."""
LEAST_WINDOW = 2_000
KEPT_SHARE = 0.25
"""How much of a window stays when it moves on: updates that a browser skips within it lose nothing."""


@dataclass
class _Window:
    start: int = 0
    """Where the window begins, in characters."""
    units: int = 0
    """The same in UTF-16 units, in which a browser counts."""
    sent: int = 0
    """Characters sent so far. The window never moves past them."""


class TextWindows:
    """The windows of one judgment's panes."""

    def __init__(self) -> None:
        self._run = uuid.uuid4().hex
        self._windows: dict[int, _Window] = {}

    def narrow(self, view: dict[str, Any]) -> dict[str, Any]:
        """Return ``view`` with each pane's thinking replaced by its end (``tail``) and where that begins (``start``).

        A pane that is over also says how long its text is: a page that lacks some of it takes it from the judgment.
        """
        room = max(LEAST_WINDOW, WINDOW_CHARACTERS // max(1, len(view["panes"])))
        return {**view, "run": self._run, "panes": [self._narrow_pane(pane, room) for pane in view["panes"]]}

    def _narrow_pane(self, pane: dict[str, Any], room: int) -> dict[str, Any]:
        text = pane["thinking"]
        window = self._windows.setdefault(pane["index"], _Window())
        if len(text) - window.start > room:
            start = max(window.start, window.sent - int(room * KEPT_SHARE))
            passed = text[window.start : start]
            window.start, window.units = start, window.units + utf16_offset(passed, len(passed))
        window.sent = len(text)
        over = pane["state"] not in ("waiting", "thinking", "answering")
        row = {name: value for name, value in pane.items() if name != "thinking"}
        row |= {"start": window.units, "tail": text[window.start :]}
        row["length"] = utf16_offset(text, len(text)) if over else None
        return row
