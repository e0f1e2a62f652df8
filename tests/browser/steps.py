"""What a person does on the page, and what they see."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

ANY_PHASE = "finished|failed|stopped"


def box(page: Page, name: str) -> Locator:
    return page.locator(f"#{name} textarea")


def type_comparison(page: Page, query: str = "What is 2 + 2?", a: str = "It is 4.", b: str = "It is 5.") -> None:
    for name, text in (("query", query), ("response_a", a), ("response_b", b)):
        box(page, name).fill(text)


def phase(page: Page, wanted: str) -> None:
    """Wait until the judgment is in one of the phases ``wanted`` (alternatives separated by bars)."""
    page.wait_for_function(f"/^({wanted})$/.test(document.body.dataset.rrmPhase)", timeout=15_000)


def judge(page: Page) -> None:
    """Judge, and wait for the end of this judgment: an earlier one may stand on the page until it is taken up."""
    page.evaluate("document.body.dataset.rrmPhase = 'asked'")
    page.click("#judge")
    phase(page, ANY_PHASE)


def start(page: Page) -> None:
    page.click("#judge")
    phase(page, "running")


def thought(page: Page, vote: int) -> str:
    return page.locator(".pane-thought").nth(vote).text_content() or ""


def headline(page: Page) -> Locator:
    return page.locator(".headline")


def message(page: Page, text: str) -> None:
    expect(page.locator("#message .message")).to_contain_text(text)
