"""What a person does on the Evaluate page, and what they see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

NO_OVERFLOW = "document.documentElement.scrollWidth <= innerWidth"
OPEN_ALL = "document.querySelectorAll('#report details').forEach((e) => (e.open = true))"
Evaluate = Callable[..., Page]
"""Opens the Evaluate page."""


def idle(page: Page) -> None:
    page.wait_for_function("document.body.dataset.rrmRun === 'idle'", timeout=20_000)


def choose(page: Page, file: Path, name: str = "My own file") -> None:
    page.click("#data input")
    page.get_by_role("option", name=name).click()
    page.set_input_files("#file input[type=file]", file)


def upload(page: Page, file: Path, name: str = "My own file") -> None:
    """Choose a file of twelve comparisons, and wait until it has been read."""
    choose(page, file, name)
    expect(page.locator("#preview p").first).to_contain_text("12")


def report(page: Page) -> Locator:
    return page.locator("#report .report")


def start(page: Page) -> None:
    page.click("#start")
    expect(page.locator(".running-words")).to_be_visible()
