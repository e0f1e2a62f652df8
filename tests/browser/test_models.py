"""The Models page in a browser: the list, and the change of the model while it runs."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from rrm_ui.engines.models import hardware
from rrm_ui.errors import ModelUnavailable
from rrm_ui.judge import JudgeModel
from rrm_ui.model_host import ModelHost
from rrm_ui.progress import Progress, ProgressCallback
from rrm_ui.scripted_model import scripted_model
from rrm_ui.ui.model_state import CALM_SECONDS
from tests.browser.conftest import Watch
from tests.browser.harness import ServedPage, serve

RRM = "Reward-Reasoning/RRM-7B"
OpenModels = Callable[..., Page]


def named(name: str) -> JudgeModel:
    model = scripted_model()
    return replace(model, details=replace(model.details, name=name, demonstration=False))


@dataclass
class Source:
    """Scripted models under the names of others; each is ready when it is let."""

    let: threading.Event = field(default_factory=threading.Event)
    step: int = 0
    """Bytes that come between two looks."""

    def fetch(self, name: str, _held_bytes: int, report: ProgressCallback) -> None:
        done = 3_000_000_000
        deadline = time.monotonic() + 30
        report(Progress("fetching", done, 5_500_000_000, "bytes"))
        while not self.let.wait(0.1):
            assert time.monotonic() < deadline
            done += self.step
            report(Progress("fetching", done, 5_500_000_000, "bytes"))
        if name != RRM:
            raise ModelUnavailable(
                f"There is no model {name} on the Hub; check the id.", code="model_unknown", name=name
            )

    def fits_beside(self, _name: str) -> bool:
        return True

    def load(self, name: str, _report: ProgressCallback) -> JudgeModel:
        return named(name)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def models_server(source: Source, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedPage]:
    monkeypatch.setattr(hardware, "memory_for_weights", lambda _: (24_000_000_000, "GPU memory"))
    host = ModelHost(lambda _report: named("embedded"), source)
    host.load()
    with serve(host) as served:
        yield served


@pytest.fixture
def open_models(browser: Browser, models_server: ServedPage) -> Iterator[OpenModels]:
    contexts: list[tuple[BrowserContext, Watch]] = []

    def open_one(**settings: Any) -> Page:
        options: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "en-US", **settings}
        context = browser.new_context(**options)
        contexts.append((context, Watch(context)))
        page = context.new_page()
        page.goto(f"{models_server.url}models")
        expect(page.locator("table.models")).to_be_visible(timeout=30_000)
        return page

    yield open_one
    for context, watch in contexts:
        context.close()
        assert watch.complaints == []


def test_the_model_is_changed_and_every_page_says_so(open_models: OpenModels, source: Source) -> None:
    page = open_models()
    row = page.locator(f"tr[data-model='{RRM}']")
    expect(row).to_contain_text("5.5 GB")
    expect(row.locator(".fit")).to_have_text("yes")
    expect(page.locator("tr.serving .model-name")).to_have_text("embedded")
    row.get_by_role("button").click()
    expect(page.locator(".preparation")).to_contain_text(f"{RRM} is being made ready", timeout=CALM_SECONDS * 500)
    expect(page.locator(".preparation")).to_contain_text("3,000 of 5,500 MB")
    expect(row.get_by_role("button")).to_be_disabled()
    told = page.locator("#page-header [role=status]")
    expect(told).to_have_text("")
    source.let.set()
    expect(page.locator("#page-header .model")).to_contain_text(RRM)
    expect(told).to_have_text(f"The model is ready: {RRM} judges now.")
    expect(page.locator("tr.serving .model-name")).to_have_text(RRM)
    expect(page.locator(".preparation")).to_have_count(0)


def test_a_model_that_cannot_be_had_is_said_to_be(open_models: OpenModels, source: Source) -> None:
    source.let.set()
    page = open_models()
    page.locator("#other-model textarea, #other-model input").first.fill("nobody/nothing")
    page.click("#use-other")
    expect(page.locator("#models-table .message")).to_contain_text("There is no model nobody/nothing on the Hub")
    expect(page.locator("tr.serving .model-name")).to_have_text("embedded")


def test_why_a_model_cannot_be_had_is_told_in_the_readers_language(open_models: OpenModels, source: Source) -> None:
    source.let.set()
    page = open_models(locale="zh-TW")
    page.locator("#other-model textarea, #other-model input").first.fill("nobody/nothing")
    page.click("#use-other")
    expect(page.locator("#models-table .message")).to_contain_text("Hub 上沒有模型 nobody/nothing")


def test_what_can_be_pressed_outlives_the_steps_of_a_change(
    open_models: OpenModels, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.step = 1_000_000
    free = itertools.count(24_000_000_000, -100_000_000)  # loading takes memory, and the table follows
    monkeypatch.setattr(hardware, "memory_for_weights", lambda _: (next(free), "GPU memory"))
    page = open_models()
    page.locator(f"tr[data-model='{RRM}']").get_by_role("button").click()
    steps, note = page.locator(".preparation p").first, page.locator("#models-table .rrm > .note")
    withdraw, table = page.locator(".model-change button"), page.locator(".models-scroll")
    for kept in (withdraw, table, page.locator("[data-language=en]")):
        kept.focus()
        for _ in range(2):
            told, free_now = steps.text_content() or "", note.text_content() or ""
            expect(steps).not_to_have_text(told)
            expect(note).not_to_have_text(free_now)
            expect(kept).to_be_focused()
    withdraw.click()
    expect(page.locator(".model-change")).to_have_count(0)
    expect(page.locator(".preparation")).to_have_count(0)


def test_a_keyboard_keeps_its_place_when_what_it_pressed_goes(open_models: OpenModels, source: Source) -> None:
    page = open_models()
    use = page.locator(f"tr[data-model='{RRM}']").get_by_role("button")
    use.press("Enter")
    expect(page.locator(".preparation")).to_contain_text(RRM)
    expect(use).to_be_disabled()
    expect(use).to_be_focused()
    use.press("Enter")  # does nothing meanwhile
    expect(page.locator("#message .message")).to_be_hidden()
    page.locator(".model-change button").press("Enter")
    expect(page.locator(".model-change")).to_have_count(0)
    expect(page.locator("#models-table .rrm")).to_be_focused()


def test_a_phone_gets_a_card_for_each_model(open_models: OpenModels) -> None:
    page = open_models(viewport={"width": 390, "height": 800}, is_mobile=True, has_touch=True, locale="zh-CN")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.locator("table.models thead")).to_be_hidden()
    expect(page.locator(f"tr[data-model='{RRM}'] .amount").first).to_be_visible()
