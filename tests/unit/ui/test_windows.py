from __future__ import annotations

import random
from typing import Any

import pytest

from rrm_ui.ui import windows
from rrm_ui.ui.windows import TextWindows


def view_of(texts: list[str], state: str = "thinking") -> dict[str, Any]:
    panes = [{"index": index, "state": state, "thinking": text, "choice": None} for index, text in enumerate(texts)]
    return {"phase": "running", "panes": panes}


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def take(shown: bytes, pane: dict[str, Any]) -> bytes:
    """Add what a page adds: it counts in UTF-16 units and knows only what it was sent."""
    have, start = len(shown) // 2, pane["start"]
    assert start <= have, "a gap"
    return shown + utf16(pane["tail"])[(have - start) * 2 :]


@pytest.fixture(autouse=True)
def _small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "WINDOW_CHARACTERS", 400)
    monkeypatch.setattr(windows, "LEAST_WINDOW", 100)


def test_a_page_puts_the_whole_text_together_again() -> None:
    draw, narrow, shown = random.Random(1), TextWindows(), b""
    text = ""
    for _ in range(300):
        text += "".join(draw.choice("ab 中🙂\n") for _ in range(draw.randint(0, 20)))
        pane = narrow.narrow(view_of([text]))["panes"][0]
        assert len(pane["tail"]) < 460
        shown = take(shown, pane)
        assert shown == utf16(text)


def test_a_skipped_update_is_made_good_by_the_next() -> None:
    narrow, shown, text = TextWindows(), b"", ""
    for step in range(200):
        text += f"{step:05d}🙂 "
        pane = narrow.narrow(view_of([text]))["panes"][0]
        if step % 5 == 0:
            shown = take(shown, pane)
    assert shown == utf16(text[: len(text) - 4 * 7])


def test_a_burst_loses_nothing() -> None:
    narrow, burst = TextWindows(), "x" * 5000
    shown = take(b"", narrow.narrow(view_of([burst]))["panes"][0])
    assert shown == utf16(burst)
    small = narrow.narrow(view_of([burst + "y"]))["panes"][0]
    assert len(small["tail"]) < 200
    assert take(shown, small) == utf16(burst + "y")


def test_many_panes_share_the_room() -> None:
    narrow = TextWindows()
    for length in range(0, 1000, 10):
        panes = narrow.narrow(view_of(["z" * length] * 4))["panes"]
        assert all(len(pane["tail"]) <= 120 for pane in panes)


def test_a_pane_that_is_over_says_how_long_its_text_is() -> None:
    assert TextWindows().narrow(view_of(["ab🙂"]))["panes"][0]["length"] is None
    assert TextWindows().narrow(view_of(["ab🙂"], "finished"))["panes"][0]["length"] == 4


def test_every_judgment_is_told_apart() -> None:
    one, other = TextWindows(), TextWindows()
    assert one.narrow(view_of([]))["run"] == one.narrow(view_of([]))["run"] != other.narrow(view_of([]))["run"]
