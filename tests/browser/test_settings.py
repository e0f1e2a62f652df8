"""What was set on a page stays set when its tab is loaded anew, and is what is asked for."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from tests.browser.conftest import Evaluate, OpenPage
from tests.browser.harness import ServedPage
from tests.browser.steps import judge, type_comparison


def set_number(page: Page, name: str, value: str) -> None:
    page.fill(f"#{name} input[type=number]", value)
    page.keyboard.press("Tab")


def test_settings_outlive_a_reload_and_are_asked_for(page: Page, served: ServedPage) -> None:
    expect(page.locator("#votes input[type=number]")).to_have_value("4")
    set_number(page, "votes", "3")
    set_number(page, "budget", "96")
    page.locator("#both-orders input").uncheck()
    page.locator("#stopping input[type=radio]").nth(1).check()
    page.click(".disclosure")
    set_number(page, "temperature", "0.3")
    set_number(page, "seed", "7")
    page.reload()
    expect(page.locator("#votes input[type=number]")).to_have_value("3")
    expect(page.locator("#both-orders input")).not_to_be_checked()
    type_comparison(page)
    judge(page)
    request = served.engine.requests[-1]
    assert (len(request.rows), request.thinking_budget, request.temperature) == (3, 96, 0.3)
    assert len({tuple(row.prompt.ids) for row in request.rows}) == 1  # one order
    page.reload()
    for name, value in (("votes", "3"), ("budget", "96"), ("temperature", "0.3"), ("seed", "7")):
        expect(page.locator(f"#{name} input[type=number]")).to_have_value(value)
    expect(page.locator("#stopping input[type=radio]").nth(1)).to_be_checked()


def test_what_nobody_has_set_follows_the_model(page: Page) -> None:
    expect(page.locator("#votes input[type=number]")).to_have_value("4")
    page.reload()
    expect(page.locator("#votes input[type=number]")).to_have_value("4")
    expect(page.locator("#budget input[type=number]")).to_have_value("256")


def test_what_a_model_has_set_is_not_kept_for_another(page: Page) -> None:
    set_number(page, "votes", "3")
    page.reload()
    expect(page.locator("#votes input[type=number]")).to_have_value("3")
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    kept = json.loads(page.evaluate("sessionStorage['rrm-draft-compare-settings']"))
    assert kept["votes"] == "3"
    assert "budget" not in kept  # nobody has set it


def test_a_method_outlives_a_reload(rank_page: OpenPage) -> None:
    page = rank_page()
    page.locator("#method input[value=knockout]").check()
    set_number(page, "votes", "5")
    page.reload()
    expect(page.locator("#method input[value=knockout]")).to_be_checked()
    expect(page.locator("#votes input[type=number]")).to_have_value("5")


def test_an_evaluations_settings_outlive_a_reload(evaluate: Evaluate) -> None:
    page = evaluate()
    expect(page.locator("#votes input[type=number]")).to_have_value("4")
    set_number(page, "votes", "2")
    set_number(page, "limit", "9")
    page.reload()
    expect(page.locator("#votes input[type=number]")).to_have_value("2")
    expect(page.locator("#limit input[type=number]")).to_have_value("9")
