"""Languages, dark mode, phones, keyboards and hostile texts: every reader gets the page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedRow
from rrm_ui.scripted_model import scripted_model
from tests.browser.conftest import OpenPage
from tests.browser.harness import ServedPage, ready_host, serve
from tests.browser.steps import box, headline, judge, phase, start, type_comparison

HOSTILE = (
    "<img src=x onerror=\"window.hacked='img'\">",
    "${window.hacked='template'}",
    r"\underline{x} \x41 `tick`",
    "<script>window.hacked='script'</script>",
    "{{value}} {{#each value}}{{this}}{{/each}}",
    "</script><svg onload=\"window.hacked='svg'\">",
    '__i18n__{"__type__":"translation_metadata","key":"judge"}',
)


@pytest.mark.parametrize(
    ("locale", "judge_label", "intro"),
    [
        ("en-GB", "Judge", "thinks aloud"),
        ("fr", "Judge", "thinks aloud"),
        ("zh-CN", "评判", "边想边写"),
        ("zh", "评判", "边想边写"),
        ("zh-SG", "评判", "边想边写"),
        ("zh-TW", "評判", "邊想邊寫"),
        ("zh-HK", "評判", "邊想邊寫"),
    ],
)
def test_the_page_speaks_its_readers_language(open_page: OpenPage, locale: str, judge_label: str, intro: str) -> None:
    page = open_page(locale=locale)
    expect(page.locator("#judge")).to_have_text(judge_label)
    expect(page.locator(".intro")).to_contain_text(intro)


def test_changing_the_language_changes_everything_and_is_kept(page: Page) -> None:
    type_comparison(page)
    judge(page)
    page.click("[data-language='zh-CN']")
    expect(page.locator("#judge")).to_have_text("评判")
    expect(page.locator("#response_a label")).to_contain_text("回答 A")
    expect(headline(page)).to_contain_text("更好")
    expect(page.locator(".pane h3").first).to_have_text("第 1 票")
    expect(page.locator(".pane-state .sr").first).to_have_text(re.compile("^支持 [AB]$"))
    expect(page.locator("#example-select option").first).to_contain_text("示例")
    assert not re.search(r"[A-Za-z]{4,}", page.locator(".facts").inner_text())
    expect(box(page, "query")).to_have_value("What is 2 + 2?")
    page.click("[data-language='zh-TW']")
    expect(page.locator("#judge")).to_have_text("評判")
    expect(page.locator("#count-query .count")).to_contain_text("詞元")
    page.reload()
    expect(page.locator("#judge")).to_have_text("評判")
    page.click("[data-language='en']")
    expect(page.locator("#judge")).to_have_text("Judge")


def test_chinese_has_its_own_punctuation(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    page.evaluate("document.body.dataset.rrmAdvanced = 'open'")
    type_comparison(page)
    judge(page)
    shown = [page.locator(place).first.inner_text() for place in ("#model-line", ".facts", ".pane-ending")]
    shown.append(page.locator(".tally").get_attribute("aria-label") or "")
    assert all(shown)
    assert not re.findall("[\u4e00-\u9fff][,:;] .*|。 .*", "\n".join(shown))
    assert shown[0].startswith("模型：")


@pytest.mark.parametrize("path", ["", "rank", "evaluate"])
def test_a_slider_has_no_english_in_its_name(open_page: OpenPage, served: ServedPage, path: str) -> None:
    page = open_page(f"{served.url}{path}", locale="zh-CN")
    page.evaluate("document.body.dataset.rrmAdvanced = 'open'")
    for language, budget, reset in (("zh-CN", "思考预算", "恢复默认值"), ("zh-TW", "思考預算", "恢復預設值")):
        page.click(f"[data-language={language}]")
        expect(page.get_by_role("slider", name=budget, exact=True)).to_be_visible()
        expect(page.get_by_role("spinbutton", name=budget, exact=True)).to_be_visible()
        for button in page.locator(".reset-button").all():
            expect(button).to_have_accessible_name(re.compile(rf"^{reset} \S+$"))


@pytest.mark.parametrize(
    ("quantization", "head", "line"),
    [
        ("nf4, head int8", "NF4 · 输出层 int8", "NF4 · 输出层 int8"),
        ("none", "", "未量化"),
        ("none, head int8", "输出层", "输出层 int8"),
    ],
)
def test_the_form_of_the_weights_is_told_in_the_readers_language(
    open_page: OpenPage, quantization: str, head: str, line: str
) -> None:
    model = scripted_model()
    model = replace(model, details=replace(model.details, quantization=quantization))
    with serve(ready_host(lambda: model)) as served:
        page = open_page(served.url, locale="zh-CN")
        shown = page.locator("#page-header .model")
        expect(shown).to_contain_text(head)
        expect(shown).not_to_contain_text("none", ignore_case=True)
        page.click(".disclosure")
        expect(page.locator("#model-line")).to_contain_text(f"scripted · {line} · cpu")
        page.close()


def test_every_page_has_a_title_of_its_own(page: Page) -> None:
    expect(page).to_have_title("Compare · RRM judge")
    page.get_by_role("link", name="Rank").click()
    expect(page).to_have_title("Rank · RRM judge")
    page.click("[data-language=zh-TW]")
    expect(page).to_have_title("排名 · RRM 評判")


def test_what_broke_is_told_in_the_readers_language(open_page: OpenPage, served: ServedPage) -> None:
    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        return ScriptedRow(("想 ",) * 20, fails_after=10 if row else None, breaks_engine=True)

    served.engine.script = script
    page = open_page(locale="zh-CN")
    type_comparison(page)
    judge(page)
    expect(page.locator(".notices li").first).to_contain_text("引擎在评判中途出错")
    expect(page.locator(".pane[data-state=failed] .pane-ending").first).to_contain_text("引擎在评判中途出错")
    page.click("[data-language='en']")
    expect(page.locator(".notices li").first).to_contain_text("The engine failed during this judgment")


def test_dark_mode_follows_the_system(open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    type_comparison(page)
    judge(page)
    colours = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('.verdict')).color]"
    )
    ground, ink = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours)
    assert ground < 150
    assert ink > 600


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_a_phone_gets_one_column_and_a_bar(open_page: OpenPage, locale: str) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, locale=locale, has_touch=True, is_mobile=True)
    no_overflow = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(no_overflow)
    type_comparison(page)
    judge(page)
    assert page.evaluate(no_overflow)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    bar = page.locator("#actions")
    expect(bar.locator(".bar-verdict")).to_have_text(re.compile("is better|更好"))
    for button in ("#judge", "#stop"):
        place = page.locator(button).bounding_box()
        assert place is not None
        assert 844 - 120 < place["y"] < 844 - place["height"] + 1
        assert place["height"] >= 44
        assert place["width"] >= 60
    a, b = (page.locator(f"#{name}").bounding_box() for name in ("response_a", "response_b"))
    assert a is not None
    assert b is not None
    assert a["x"] == b["x"]


def test_keys_judge_and_stop(page: Page, served: ServedPage) -> None:
    served.engine.script = lambda _request, _row: ScriptedRow(("word ",) * 5000)
    type_comparison(page)
    page.fill("#budget input[type=number]", "8192")
    box(page, "query").press("Control+Enter")
    phase(page, "running")
    page.keyboard.press("Escape")
    phase(page, "stopped")
    assert box(page, "query").input_value() == "What is 2 + 2?"


def test_a_key_that_ends_an_input_methods_word_is_not_ours(page: Page, served: ServedPage) -> None:
    type_comparison(page)
    box(page, "query").evaluate(
        "(e) => e.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'Enter', ctrlKey: true, isComposing: true, bubbles: true}))"
    )
    box(page, "query").press("Control+Enter")
    phase(page, "finished")
    assert len(served.engine.requests) == 1


NAMELESS = """[...document.querySelectorAll('button, input, select, textarea')].filter((e) => e.checkVisibility() &&
  !(e.ariaLabel || e.ariaLabelledByElements?.length || e.textContent.trim() || e.labels?.length || e.title ||
    e.closest('label'))).map((e) => e.outerHTML.slice(0, 120))"""


def test_everything_has_a_name(page: Page) -> None:
    type_comparison(page)
    judge(page)
    assert page.evaluate(NAMELESS) == []


def test_everything_has_a_name_on_the_rank_page(open_page: OpenPage, served: ServedPage) -> None:
    page = open_page(f"{served.url}rank")
    expect(page.locator("#paste-responses")).to_be_visible()
    assert page.evaluate(NAMELESS) == []
    page.click("#paste-responses")
    expect(page.get_by_role("textbox", name="Paste many")).to_be_focused()
    assert page.evaluate(NAMELESS) == []
    page.keyboard.press("Escape")
    page.locator("#choose-responses").focus()
    page.keyboard.press("Tab")
    expect(page.locator("#clear-responses")).to_be_focused()


def test_everything_has_a_name_on_the_models_page(page: Page) -> None:
    page.get_by_role("link", name="Models").click()
    expect(page.locator("table.models")).to_be_visible(timeout=30_000)
    assert page.evaluate(NAMELESS) == []


def test_hostile_text_is_text_everywhere(page: Page, served: ServedPage) -> None:
    text = "\n".join(HOSTILE)

    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        return ScriptedRow(tuple(text) + ("end ",) * 16, "first", 0.95, answer=text)

    served.engine.script, served.engine.tokens_per_second = script, 2000
    type_comparison(page, text, text + "a", text + "b")
    page.locator("#budget input[type=number]").fill("4096")
    page.locator("#budget input[type=number]").blur()
    judge(page)
    thought, answer = (page.locator(f".pane-{part}").first.text_content() or "" for part in ("thought", "answer"))
    assert text in thought
    assert text in answer
    page.locator(".pane button").first.click()
    expect(page.locator("dialog .dialog-answer")).to_contain_text("</script><svg")
    page.keyboard.press("Escape")
    page.click("[data-language='zh-CN']")
    expect(page.locator("#judge")).to_have_text("评判")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#result img, #result script, dialog img").count() == 0
    assert box(page, "response_a").input_value() == text + "a"


def test_hostile_failures_are_text_too(page: Page, served: ServedPage) -> None:
    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        raise RuntimeError(HOSTILE[0])

    served.engine.script = script
    type_comparison(page)
    page.click("#judge")
    expect(page.locator("#message .message")).to_contain_text("broke off unexpectedly")
    assert page.evaluate("window.hacked") is None


def test_reduced_motion_is_respected(open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")
    type_comparison(page)
    start(page)
    moving = page.evaluate("document.getAnimations().filter((a) => a.playState === 'running').length")
    assert moving == 0
    phase(page, "finished")
