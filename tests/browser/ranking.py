"""What a person does on the Rank page."""

from __future__ import annotations

import json

from playwright.sync_api import Page

WORTHS = (3, 7, 1, 5, 2, 8, 6, 4)
RESPONSES = [f"This one is worth {worth}, as one sees." for worth in WORTHS]


def fill(page: Page, responses: list[str] = RESPONSES, method: str = "round-robin") -> None:
    page.fill("#query textarea", "Which is worth the most?")
    page.click("#paste-responses")
    page.fill(".paste-dialog textarea", "\n".join(map(json.dumps, responses)))
    page.click("#take-responses")
    page.locator(f"#method input[value={method}]").check()


def ranked(page: Page, phase: str = "finished") -> None:
    page.click("#start-rank")
    page.wait_for_function(f"document.body.dataset.rrmRank === '{phase}'", timeout=30_000)
