"""What a stream costs a page in headless Chromium: its main thread, the wire and the time."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from rrm_ui.engines.scripted import ScriptedEngine
from rrm_ui.values import JudgeSettings
from tests.browser.harness import judge_with, launch_browser, ready_host, serve

WATCH = """() => {
  window.benchmark = {tasks: [], lags: []};
  new PerformanceObserver((list) => list.getEntries().forEach((e) => benchmark.tasks.push(e.duration)))
    .observe({entryTypes: ['longtask']});
  let last = performance.now();
  setInterval(() => { const now = performance.now(); benchmark.lags.push(now - last - 50); last = now; }, 50);
}"""


class Wire:
    """Counts what the page receives."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes = 0
        session.send("Network.enable")
        session.on("Network.dataReceived", self._add)

    def _add(self, event: dict[str, Any]) -> None:
        self.bytes += event["dataLength"]


@dataclass(frozen=True)
class WatchedPage:
    """A browser's page beside the server that it belongs to."""

    page: Page
    url: str
    browser: str
    wire: Wire

    def cost(self, button: str, finished: str, timeout_ms: float) -> dict[str, Any]:
        """Press ``button``, wait until ``finished`` (JavaScript) holds, and return what that cost the page."""
        page = self.page
        page.wait_for_timeout(1000)
        page.evaluate(WATCH)
        before, started = self.wire.bytes, time.monotonic()
        page.click(button)
        page.wait_for_function(finished, timeout=timeout_ms)
        seconds = time.monotonic() - started
        page.wait_for_timeout(500)
        seen = page.evaluate("window.benchmark")
        return {
            "long_tasks": len(seen["tasks"]),
            "long_task_max_ms": round(max(seen["tasks"], default=0)),
            "lag_max_ms": round(max(seen["lags"])),
            "wire_mb": round((self.wire.bytes - before) / 1e6, 2),
            "seconds": round(seconds, 1),
            "browser": self.browser,
            "machine": f"{os.cpu_count()} CPU cores, {platform.machine()}",
        }


@contextmanager
def watched_page(engine: ScriptedEngine, defaults: JudgeSettings) -> Iterator[WatchedPage]:
    """Serve a scripted judge and open a desktop's page, on which nothing is loaded yet."""
    host = ready_host(lambda: judge_with(engine, defaults))
    with serve(host, engine) as served, sync_playwright() as playwright:
        browser = launch_browser(playwright)
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        page = context.new_page()
        yield WatchedPage(page, served.url, browser.version, Wire(context.new_cdp_session(page)))
        browser.close()
