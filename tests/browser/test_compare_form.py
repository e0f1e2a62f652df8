"""The form of the Compare page, and what stands around it: examples, counts, refusals, paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from rrm_ui.engines.scripted import ScriptedRow
from rrm_ui.settings import get_settings
from rrm_ui.ui.examples import load_examples
from tests.browser.conftest import OpenPage
from tests.browser.harness import ServedPage
from tests.browser.steps import box, judge, message, type_comparison


def test_examples_fill_the_form(page: Page) -> None:
    page.locator(".example-card", has_text="the last word").click()
    expect(box(page, "query")).to_have_value(
        "Write a Python function last_word(text) that returns the last word of a text."
    )
    expect(page.locator("#count-query .count")).to_contain_text("tokens")
    page.select_option("#example-select", "arithmetic")
    expect(box(page, "response_b")).to_have_value("10 % of 60 euros is 6 euros, so it costs 54 euros.")


def test_the_list_of_examples_can_be_used_with_the_keyboard(page: Page) -> None:
    type_comparison(page)
    page.focus("#example-select")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(box(page, "query")).to_have_value("What is 2 + 2?")  # looking at them takes nothing away
    page.keyboard.press("Enter")
    expect(box(page, "query")).to_have_value(load_examples()[1].comparison.query)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.locator("#example-select")).to_have_value("")  # it names none that the boxes do not hold


def test_counts_follow_what_is_typed(page: Page) -> None:
    type_comparison(page, "abc", "de", "f")
    expect(page.locator("#count-query .count")).to_have_text("3 tokens")
    expect(page.locator("#count-response_a .count")).to_have_text("2 tokens")
    expect(page.locator("#count-total .total")).to_contain_text("6 tokens of the 32,768")
    expect(page.locator("#count-total [role=status]")).to_have_text("")  # nobody wants to hear that at every pause


def test_a_text_that_is_not_counted_leaves_no_total(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRM_MAX_TEXT_CHARACTERS", "50")
    get_settings.cache_clear()
    type_comparison(page, "abc", "de", "f")
    expect(page.locator("#count-total .total")).to_contain_text("6 tokens")
    box(page, "response_a").fill("long " * 20)
    expect(page.locator("#count-response_a .count")).to_have_text("")
    expect(page.locator("#count-total .total")).to_have_text("")


def test_on_a_phone_a_refusal_stands_above_the_bar(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 390, "height": 700})
    page.click("#judge")
    message(page, "The query is empty")
    told, bar = page.locator("#message .message").bounding_box(), page.locator("#actions").bounding_box()
    assert told is not None
    assert bar is not None
    assert told["y"] + told["height"] <= bar["y"]


def test_on_a_phone_focus_is_never_under_the_bar(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 390, "height": 500})
    bar = page.locator("#actions").bounding_box()
    assert bar is not None
    page.focus("#query textarea")
    for _ in range(12):
        page.keyboard.press("Tab")
        focused = page.locator(":focus").first
        inside = focused.evaluate("(element) => Boolean(element.closest('#actions'))")
        low = focused.evaluate("(element) => element.getBoundingClientRect().bottom")
        assert inside or low <= bar["y"]


@pytest.mark.parametrize("path", ["", "rank", "evaluate"])
def test_on_a_phone_the_thumb_of_a_slider_is_whole(open_page: OpenPage, served: ServedPage, path: str) -> None:
    page = open_page(f"{served.url}{path}", viewport={"width": 360, "height": 740})
    for name in ("budget", "votes"):
        slider = page.locator(f"#{name} input[type=range]")
        clipping = "(one) => getComputedStyle(one.closest('.block')).overflow"
        assert slider.evaluate(clipping) == "visible"


def test_on_paper_dark_mode_writes_in_dark_ink(open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for place in ("#query label > span", "#query textarea", "#result .intro"):
        colour = page.locator(place).first.evaluate("(element) => getComputedStyle(element).color")
        assert sum(map(int, re.findall(r"\d+", colour)[:3])) < 300, place


def test_on_paper_thoughts_are_whole_and_no_bar_covers_them(page: Page, served: ServedPage) -> None:
    served.engine.script = lambda *_: ScriptedRow(tuple(f"line {number}\n" for number in range(60)))
    served.engine.tokens_per_second = None
    type_comparison(page)
    judge(page)
    page.emulate_media(media="print")
    expect(page.locator("#actions")).to_be_hidden()
    cut = "() => [...document.querySelectorAll('.pane-text')].map((one) => one.scrollHeight - one.clientHeight)"
    assert max(page.evaluate(cut)) <= 1


def test_on_paper_the_texts_that_were_judged_are_whole(page: Page) -> None:
    long = "\n".join(f"line {number}" for number in range(60))
    type_comparison(page, long, f"{long} a", f"{long} b")
    page.emulate_media(media="print")
    cut = "(box) => box.scrollHeight - box.clientHeight"
    for name in ("query", "response_a", "response_b"):
        assert box(page, name).evaluate(cut) <= 1
    page.emulate_media(media="screen")
    expect(page.locator(".print-texts")).to_be_hidden()
    judge(page)
    box(page, "query").fill("Another one?")
    page.emulate_media(media="print")
    expect(page.locator(".print-text")).to_have_text([long, f"{long} a", f"{long} b"])
    expect(page.locator(".print-text").last).to_be_visible()
    expect(box(page, "query")).to_be_hidden()  # the verdict is not of these
    page.emulate_media(media="screen")
    page.click("#clear")
    expect(page.locator(".example-card").first).to_be_visible()
    page.emulate_media(media="print")
    expect(box(page, "query")).to_be_visible()


def test_on_paper_nothing_looks_chosen_that_is_not(open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for place in ("#stopping input:not(:checked)", "#close-when-sure input"):
        ground = page.locator(place).evaluate("(input) => getComputedStyle(input).backgroundColor")
        assert sum(map(int, re.findall(r"\d+", ground)[:3])) > 700, place
