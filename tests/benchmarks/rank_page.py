"""What a ranking of 64 responses costs the page: ``python -m tests.benchmarks.rank_page``.

A scripted judge plays all 2,016 matches of a round robin, as fast as the page can be told of them, into headless
Chromium. The last line of output is one JSON object; the target is no main-thread task over 50 ms.
"""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import replace
from typing import Any

from playwright.sync_api import Page, sync_playwright

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.values import JudgeSettings
from tests.benchmarks.page import WATCH, Wire
from tests.browser.harness import judge_with, launch_browser, ready_host, serve
from tests.unit.ranking.judges import by_worth

RESPONSES = 64
TOKENS_PER_SECOND = 300
"""Of each row; with its thirty tokens a match takes a tenth of a second, and many are played side by side."""


def thirty_tokens(request: GenerationRequest, row: int) -> ScriptedRow:
    """Prefer the response that is worth more, after thirty tokens."""
    return replace(by_worth(request, row), thinking=("so ",) * 30)


def measure(page: Page, wire: Wire) -> dict[str, Any]:
    """Rank once and return what it cost."""
    page.fill("#query textarea", "Which is worth the most?")
    page.click("#paste-responses")
    page.fill(".paste-dialog textarea", "\n".join(json.dumps(f"worth {n}, as one sees") for n in range(RESPONSES)))
    page.click("#take-responses")
    page.wait_for_timeout(1000)
    page.evaluate(WATCH)
    before, started = wire.bytes, time.monotonic()
    page.click("#start-rank")
    page.wait_for_function("document.body.dataset.rrmRank === 'finished'", timeout=480_000)
    seconds = time.monotonic() - started
    page.wait_for_timeout(500)
    seen = page.evaluate("window.benchmark")
    return {
        "responses": RESPONSES,
        "matches": RESPONSES * (RESPONSES - 1) // 2,
        "winner": page.locator(".rank-winner").text_content(),
        "long_tasks": len(seen["tasks"]),
        "long_task_max_ms": round(max(seen["tasks"], default=0)),
        "lag_max_ms": round(max(seen["lags"])),
        "wire_mb": round((wire.bytes - before) / 1e6, 2),
        "seconds": round(seconds, 1),
    }


def main() -> None:
    """Measure and print."""
    engine = ScriptedEngine(thirty_tokens, tokens_per_second=TOKENS_PER_SECOND)
    host = ready_host(lambda: judge_with(engine, JudgeSettings(thinking_budget=64)))
    with serve(host, engine) as served, sync_playwright() as playwright:
        browser = launch_browser(playwright)
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        page = context.new_page()
        wire = Wire(context.new_cdp_session(page))
        page.goto(f"{served.url}rank")
        page.wait_for_selector(".responses textarea")
        result = measure(page, wire)
        result["browser"] = browser.version
        browser.close()
    result["machine"] = f"{os.cpu_count()} CPU cores, {platform.machine()}"
    print(json.dumps(result))


if __name__ == "__main__":
    main()
