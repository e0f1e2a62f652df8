"""What a person does on the Rank page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.browser.harness import ServedPage

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


@contextmanager
def slowly(served: ServedPage) -> Iterator[None]:
    """Let the engine write one match at a time meanwhile, and as slowly as a person can follow."""
    served.engine.capacity, served.engine.tokens_per_second = 2, 4
    try:
        yield
    finally:
        served.engine.capacity, served.engine.tokens_per_second = 64, 150


def goes_on_to_its_end(page: Page) -> None:
    """Go on with a stopped ranking of the first five responses."""
    page.click("#go-on-rank")
    page.wait_for_function("document.body.dataset.rrmRank === 'finished'")
    expect(page.locator(".rank-winner")).to_have_text("#2 is the best")
