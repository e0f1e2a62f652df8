"""The Compare page where something is wrong: the form, a vote, the engine, or a model that is not there yet."""

from __future__ import annotations

import threading

from playwright.sync_api import Page, expect

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.judge import JudgeModel
from rrm_ui.model_host import ModelHost
from rrm_ui.progress import Progress, ProgressCallback
from rrm_ui.values import JudgeSettings
from tests.browser.conftest import OpenPage
from tests.browser.harness import ServedPage, judge_with, serve
from tests.browser.steps import box, headline, judge, message, phase, start, type_comparison


def test_a_second_judge_gets_an_answer_and_harms_nothing(page: Page, served: ServedPage) -> None:
    type_comparison(page)
    for _ in range(2):
        served.engine.tokens_per_second = 20  # still running when the second press comes, however slow the browser is
        start(page)
        page.click("#judge")
        message(page, "running on this page already")
        served.engine.tokens_per_second = 150
        phase(page, "finished")
        expect(page.locator(".pane[data-state=finished]")).to_have_count(4)
        expect(page.locator("#message .message")).to_be_hidden()  # it is no longer true


def test_bad_input_is_a_sentence_and_loses_nothing(page: Page, served: ServedPage) -> None:
    type_comparison(page, query="")
    page.click("#judge")
    message(page, "The query is empty")
    assert box(page, "response_a").input_value() == "It is 4."
    type_comparison(page, a="long " * 8000)
    expect(page.locator("#count-total .total")).to_contain_text("too many")
    expect(page.locator("#count-total [role=status]")).to_contain_text("too many")
    page.click("#judge")
    message(page, "Shorten them by")
    assert len(box(page, "response_a").input_value()) == 40_000
    assert served.engine.requests == []


def test_a_refused_judgment_leaves_the_last_verdict(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    type_comparison(page)
    judge(page)
    verdict = headline(page).text_content()
    page.locator(".disclosure").click()
    for seed in ("", "-3", "99999999999999999999"):
        page.locator("#seed input").fill(seed)
        page.locator("#seed input").blur()
        page.click("#judge")
        message(page, "随机种子：请填写 0 到 9,223,372,036,854,775,807 之间的整数。")
        expect(headline(page)).to_have_text(verdict or "")
        page.locator("#seed input").fill("0")
        page.locator("#seed input").blur()
        start(page)
        expect(page.locator("#message .message")).to_be_hidden()
        phase(page, "finished")


def test_no_verdict_and_failures_are_not_hidden(page: Page, served: ServedPage) -> None:
    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        return ScriptedRow(("word ",) * 20, None, fails_after=10 if row == 3 else None, answer="I cannot say.")

    served.engine.script = script
    type_comparison(page)
    judge(page)
    expect(headline(page)).to_contain_text("No verdict")
    expect(page.locator(".pane[data-state=failed] .pane-ending")).to_contain_text("broke off")
    expect(page.locator(".notices")).to_contain_text("1 vote failed")


def test_a_broken_engine_keeps_what_finished(page: Page, served: ServedPage) -> None:
    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        return ScriptedRow(
            ("word ",) * (10 if row < 3 else 200), fails_after=None if row < 3 else 60, breaks_engine=True
        )

    served.engine.script = script
    type_comparison(page)
    judge(page)
    expect(page.locator(".pane[data-state=finished]")).to_have_count(3)
    expect(page.locator(".notices")).to_contain_text("The engine failed")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#copy-result")
    expect(page.locator("#copy-result")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.index("The engine failed during this judgment") < copied.index("1 vote failed")


def test_the_page_is_up_while_the_model_is_prepared(open_page: OpenPage) -> None:
    release = threading.Event()

    def load(report: ProgressCallback) -> JudgeModel:
        report(Progress("fetching", 450_000_000, 900_000_000, "bytes"))
        release.wait(20)
        return judge_with(ScriptedEngine(), JudgeSettings(thinking_budget=192, votes=2))

    host = ModelHost(load)
    host.start()
    with serve(host) as served:
        page = open_page(served.url)
        expect(page.locator("#page-header")).to_contain_text("fetching the model · 450 of 900 MB")
        expect(page.locator("[role=progressbar]")).to_have_attribute("aria-valuenow", "50")
        type_comparison(page)
        page.click("#judge")
        message(page, "still being made ready: fetching the model")
        assert box(page, "query").input_value() == "What is 2 + 2?"
        page.wait_for_timeout(1000)  # what is heard sooner counts as the page's beginning
        release.set()
        expect(page.locator("#page-header .model")).to_contain_text("demonstration model")
        expect(page.locator("[role=progressbar]")).to_have_count(0)
        expect(page.locator("#page-header [role=status]")).to_contain_text("The model is ready")
        expect(page.locator("#message .message")).to_be_hidden()
        expect(page.locator("#budget input[type=number]")).to_have_value("192")
        expect(page.locator("#count-query .count")).to_have_text("14 tokens")
        judge(page)
        expect(page.locator(".pane")).to_have_count(2)
        page.close()


def test_the_pages_head_can_be_used_while_the_model_is_prepared(open_page: OpenPage) -> None:
    release = threading.Event()

    def load(report: ProgressCallback) -> JudgeModel:
        done = 0
        while not release.wait(0.1):
            done += 1_000_000
            report(Progress("fetching", done, 900_000_000, "bytes"))
        return judge_with(ScriptedEngine(), JudgeSettings())

    host = ModelHost(load)
    host.start()
    with serve(host) as served:
        page = open_page(served.url)
        button, steps = page.locator("[data-language=en]"), page.locator(".preparation p").first
        expect(steps).to_contain_text("of 900 MB")
        button.focus()
        for _ in range(3):
            shown = steps.text_content() or ""
            expect(steps).not_to_have_text(shown)
            expect(button).to_be_focused()
        release.set()
        expect(page.locator("#page-header .model")).to_contain_text("demonstration model")
        page.close()


def test_a_model_that_failed_says_what_to_do(open_page: OpenPage) -> None:
    def load(report: ProgressCallback) -> JudgeModel:
        raise RuntimeError("no such <b>file</b>")

    host = ModelHost(load)
    host.load()
    with serve(host) as served:
        page = open_page(served.url)
        expect(page.locator("#page-header [role=alert]")).to_contain_text("no such <b>file</b>")
        type_comparison(page)
        page.click("#judge")
        message(page, "Loading the model failed")
        page.click("[data-language=zh-CN]")
        expect(page.locator("#page-header [role=alert]")).to_contain_text("加载模型失败：RuntimeError")
        message(page, "加载模型失败")
        page.close()
