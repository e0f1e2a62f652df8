"""What a long judgment costs the page: ``python -m tests.benchmarks.page``.

A scripted judge writes 8 votes of 16,000 tokens at ten updates a second into headless Chromium. The last line of
output is one JSON object; the targets are no main-thread task over 50 ms and less than 3 MB on the wire.
"""

from __future__ import annotations

import json
import os
import platform
import random
import re
import time
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from rrm_ui.engines.interface import GenerationRequest, Position
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.values import JudgeSettings
from tests.browser.harness import judge_with, launch_browser, ready_host, serve

VOTES, TOKENS, TOKENS_PER_SECOND = 8, 16_000, 540
WORDS = re.findall(
    r"\S+",
    "the so we wait check that response A B compute $x^2+1$ then **claim** value let me think `code` step 3. is wrong "
    "for (x+1) sum equals 42, hence;",
)

WATCH = """() => {
  window.benchmark = {tasks: [], lags: []};
  new PerformanceObserver((list) => list.getEntries().forEach((e) => benchmark.tasks.push(e.duration)))
    .observe({entryTypes: ['longtask']});
  let last = performance.now();
  setInterval(() => { const now = performance.now(); benchmark.lags.push(now - last - 50); last = now; }, 50);
}"""


def long_thought(request: GenerationRequest, row: int) -> ScriptedRow:
    """Return a thought of ``TOKENS`` tokens of about 4.5 letters, with paragraphs and lists."""
    draw = random.Random(row)

    def token() -> str:
        chance = draw.random()
        return draw.choice(WORDS) + ("\n\n" if chance < 0.02 else "\n- " if chance < 0.03 else " ")

    position: Position = "first" if row % 3 else "second"
    return ScriptedRow(tuple(token() for _ in range(TOKENS)), position, 0.9 if position == "first" else 0.2)


class Wire:
    """Counts what the page receives."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes = 0
        session.send("Network.enable")
        session.on("Network.dataReceived", self._add)

    def _add(self, event: dict[str, Any]) -> None:
        self.bytes += event["dataLength"]


def measure(page: Page, wire: Wire) -> dict[str, Any]:
    """Judge once and return what it cost."""
    for box, text in (("query", "What is 17 + 25?"), ("response_a", "42"), ("response_b", "43, certainly")):
        page.locator(f"#{box} textarea").fill(text)
    page.wait_for_timeout(1000)
    page.evaluate(WATCH)
    before, started = wire.bytes, time.monotonic()
    page.click("#judge")
    page.wait_for_function("document.body.dataset.rrmPhase === 'finished'", timeout=240_000)
    seconds = time.monotonic() - started
    page.wait_for_timeout(500)
    seen = page.evaluate("window.benchmark")
    letters = page.evaluate("[...document.querySelectorAll('.pane-thought')].map((pane) => pane.textContent.length)")
    return {
        "votes": len(letters),
        "tokens": TOKENS,
        "characters": sum(letters),
        "long_tasks": len(seen["tasks"]),
        "long_task_max_ms": round(max(seen["tasks"], default=0)),
        "lag_max_ms": round(max(seen["lags"])),
        "wire_mb": round((wire.bytes - before) / 1e6, 2),
        "seconds": round(seconds, 1),
    }


def main() -> None:
    """Measure and print."""
    engine = ScriptedEngine(long_thought, tokens_per_second=TOKENS_PER_SECOND)
    defaults = JudgeSettings(thinking_budget=TOKENS + 384, votes=VOTES)
    host = ready_host(lambda: judge_with(engine, defaults))
    with serve(host, engine) as served, sync_playwright() as playwright:
        browser = launch_browser(playwright)
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        page = context.new_page()
        wire = Wire(context.new_cdp_session(page))
        page.goto(served.url)
        page.wait_for_function("document.querySelector('#votes input[type=number]')?.value === '8'")
        result = measure(page, wire)
        result["browser"] = browser.version
        browser.close()
    result["machine"] = f"{os.cpu_count()} CPU cores, {platform.machine()}"
    print(json.dumps(result))


if __name__ == "__main__":
    main()
