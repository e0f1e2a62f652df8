"""One served page and one browser for all browser tests; a fresh context, watched for misdeeds, for each."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from rrm_ui.engines.scripted import ScriptedEngine, default_script
from rrm_ui.settings import get_settings
from rrm_ui.values import JudgeSettings
from tests.browser.harness import BROWSERS, CHROMIUM, ServedPage, judge_with, launch_browser, ready_host, serve
from tests.unit.ranking.judges import by_worth
from tests.waiting import until

expect.set_options(timeout=8_000)

OpenPage = Callable[..., Page]
Evaluate = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is not None or os.environ.get("CI"):  # CI skips nothing: without a browser it fails
        return
    skip = pytest.mark.skip(reason=f"none of {', '.join(BROWSERS)} is on the path")
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = launch_browser(playwright)
        yield running
        running.close()


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared page keeps its runs."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def shared_server(data_folder: Path) -> Iterator[ServedPage]:
    engine = ScriptedEngine()
    host = ready_host(lambda: judge_with(engine, JudgeSettings(thinking_budget=256, votes=4, probe_every=16)))
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:  # later tests have folders of their own
            patch.setenv("RRM_DATA_DIR", str(data_folder))
            get_settings.cache_clear()
            served = stack.enter_context(serve(host, engine))
        yield served


@pytest.fixture
def served(shared_server: ServedPage, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> ServedPage:
    """The shared page, with its engine as new: plain thoughts, at a speed that can be watched."""
    monkeypatch.setenv("RRM_DATA_DIR", str(data_folder))
    get_settings.cache_clear()
    engine = shared_server.engine
    engine.script, engine.tokens_per_second = default_script, 150
    engine.requests.clear()
    return shared_server


class Watch:
    """What a page must never do: fail in a script, complain, or talk to another host."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        context.on("console", lambda said: self._hear(said.type, said.text))
        context.on("request", lambda request: self._check(request.url))

    def _hear(self, kind: str, text: str) -> None:
        # Gradio's client says these two of its own streams when a page is left in the middle of one.
        if kind == "error" and not re.search(r"AbortError|errored out", text):
            self.complaints.append(f"console: {text}")

    def _check(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.complaints.append(f"request: {url}")


@pytest.fixture
def open_page(browser: Browser, served: ServedPage) -> Iterator[OpenPage]:
    """Open the page with the given browser settings; afterwards nothing may have gone wrong in it."""
    contexts: list[tuple[BrowserContext, Watch]] = []

    def open_one(url: str | None = None, **settings: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-US", **settings})
        contexts.append((context, Watch(context)))
        page = context.new_page()
        page.goto(url or served.url)
        expect(page.locator("#judge, #start, #start-rank")).to_be_visible()
        expect(page.locator("#result .rrm > div, #desk .rrm > ul, #ranking .rrm > p").first).to_be_attached()
        return page

    yield open_one
    for context, watch in contexts:
        context.close()
        assert watch.complaints == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture
def rank_page(open_page: OpenPage, served: ServedPage) -> OpenPage:
    """Open the Rank page; its judge prefers what is worth more."""
    served.engine.script = by_worth

    def open_one(**settings: object) -> Page:
        return open_page(f"{served.url}rank", **settings)

    return open_one


@pytest.fixture
def evaluate(open_page: OpenPage, served: ServedPage, data_folder: Path) -> Iterator[Evaluate]:
    """Open the Evaluate page; afterwards nothing may run any more."""

    def open_one(query: str = "", **settings: object) -> Page:
        return open_page(f"{served.url}evaluate{query}", **settings)

    yield open_one
    served.engine.script, served.engine.tokens_per_second = default_script, None
    until(lambda: not any('"running"' in path.read_text() for path in data_folder.glob("runs/*/run.json")), 30)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small labelled file with two broken rows."""
    rows = [
        {
            "query": f"What is {n} + 2?",
            "response_a": str(n + 2),
            "response_b": str(n + 3),
            "label": "A",
            "subset": "sums",
        }
        for n in range(12)
    ]
    lines = [*map(json.dumps, rows), '{"query": "cut', json.dumps({"query": "only this"})]
    path = tmp_path / "sums.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path
