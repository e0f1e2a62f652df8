"""What a long judgment costs the page: ``python -m tests.benchmarks.page``.

A scripted judge writes 8 votes of 16,000 tokens at ten updates a second into headless Chromium. The last line of
output is one JSON object; the targets are no main-thread task over 50 ms and less than 3 MB on the wire.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any

from rrm_ui.engines.interface import GenerationRequest, Position
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.values import JudgeSettings
from tests.benchmarks.page_load import WatchedPage, watched_page

VOTES, TOKENS, TOKENS_PER_SECOND = 8, 16_000, 540
WORDS = re.findall(
    r"\S+",
    "the so we wait check that response A B compute $x^2+1$ then **claim** value let me think `code` step 3. is wrong "
    "for (x+1) sum equals 42, hence;",
)


def long_thought(request: GenerationRequest, row: int) -> ScriptedRow:
    """Return a thought of ``TOKENS`` tokens of about 4.5 letters, with paragraphs and lists."""
    draw = random.Random(row)

    def token() -> str:
        chance = draw.random()
        return draw.choice(WORDS) + ("\n\n" if chance < 0.02 else "\n- " if chance < 0.03 else " ")

    position: Position = "first" if row % 3 else "second"
    return ScriptedRow(tuple(token() for _ in range(TOKENS)), position, 0.9 if position == "first" else 0.2)


def measure(watched: WatchedPage) -> dict[str, Any]:
    """Judge once and return what it cost."""
    page = watched.page
    page.goto(watched.url)
    page.wait_for_function("document.querySelector('#votes input[type=number]')?.value === '8'")
    for box, text in (("query", "What is 17 + 25?"), ("response_a", "42"), ("response_b", "43, certainly")):
        page.locator(f"#{box} textarea").fill(text)
    cost = watched.cost("#judge", "document.body.dataset.rrmPhase === 'finished'", 240_000)
    letters = page.evaluate("[...document.querySelectorAll('.pane-thought')].map((pane) => pane.textContent.length)")
    return {"votes": len(letters), "tokens": TOKENS, "characters": sum(letters), **cost}


def main() -> None:
    """Measure and print."""
    engine = ScriptedEngine(long_thought, tokens_per_second=TOKENS_PER_SECOND)
    with watched_page(engine, JudgeSettings(thinking_budget=TOKENS + 384, votes=VOTES)) as watched:
        print(json.dumps(measure(watched)))


if __name__ == "__main__":
    main()
