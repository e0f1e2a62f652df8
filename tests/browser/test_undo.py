"""What a press takes out of the boxes can be had again, until something else is typed."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from rrm_ui.ui.examples import load_examples
from tests.browser.conftest import OpenPage
from tests.browser.ranking import RESPONSES, fill
from tests.browser.steps import box, headline, judge, phase, type_comparison


def undo(page: Page) -> Locator:
    return page.get_by_role("button", name="Undo")


def test_what_clear_takes_away_comes_back(page: Page) -> None:
    type_comparison(page, query="Mine?")
    judge(page)
    verdict = headline(page).inner_text()
    page.click("#clear")
    phase(page, "idle")
    expect(box(page, "query")).to_have_value("")
    undo(page).click()
    expect(box(page, "query")).to_have_value("Mine?")
    expect(box(page, "query")).to_be_focused()
    expect(box(page, "response_b")).to_have_value("It is 5.")
    expect(headline(page)).to_have_text(verdict, use_inner_text=True)
    expect(undo(page)).to_be_hidden()
    judge(page)  # Gradio knows the texts as well
    expect(page.locator(".pane[data-state=finished]")).to_have_count(4)


def test_texts_that_an_example_replaces_come_back(page: Page) -> None:
    first, second = load_examples()[:2]
    for example in (first, second):
        page.select_option("#example-select", example.id)
        expect(box(page, "query")).to_have_value(example.comparison.query)
    expect(undo(page)).to_be_hidden()  # an example can be picked again
    type_comparison(page, query="Mine?")
    page.select_option("#example-select", first.id)
    expect(box(page, "query")).to_have_value(first.comparison.query)
    expect(page.locator(".undo-line")).to_contain_text("The texts that stood here were taken out.")
    page.click("[data-language=zh-CN]")
    page.get_by_role("button", name="撤销").click()
    expect(box(page, "query")).to_have_value("Mine?")


def test_what_is_typed_meanwhile_is_not_lost_to_an_undo(page: Page) -> None:
    type_comparison(page, query="Mine?")
    page.click("#clear")
    expect(box(page, "query")).to_have_value("")
    expect(undo(page)).to_be_visible()
    box(page, "response_a").fill("Something new")
    expect(undo(page)).to_be_hidden()
    page.click("[data-language=zh-CN]")
    expect(page.locator(".undo-line")).to_be_hidden()


def test_responses_come_back_to_their_places(rank_page: OpenPage) -> None:
    page = rank_page()
    boxes = page.locator(".responses textarea")
    fill(page, RESPONSES[:4])
    page.locator(".remove-response").nth(1).click()
    expect(page.locator(".undo-line")).to_contain_text("1 response was removed.")
    undo(page).click()
    assert [one.input_value() for one in boxes.all()] == RESPONSES[:4]
    page.click("#clear-responses")
    expect(page.locator(".undo-line")).to_contain_text("4 responses were removed.")
    undo(page).click()
    assert [one.input_value() for one in boxes.all()] == RESPONSES[:4]
    page.click("#clear-responses")
    boxes.first.fill("Something new")
    expect(undo(page)).to_be_hidden()
    page.locator(".remove-response").nth(1).click()  # an empty box is no loss
    expect(undo(page)).to_be_hidden()


def test_a_query_that_a_file_replaces_comes_back(rank_page: OpenPage, tmp_path: Path) -> None:
    page = rank_page()
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"query": "Theirs?", "responses": ["one", "two"]}), encoding="utf-8")
    page.set_input_files("#responses-file", path)
    expect(box(page, "query")).to_have_value("Theirs?")
    expect(undo(page)).to_be_hidden()
    box(page, "query").fill("Mine?")
    page.set_input_files("#responses-file", path)
    expect(box(page, "query")).to_have_value("Theirs?")
    undo(page).click()
    expect(box(page, "query")).to_have_value("Mine?")
