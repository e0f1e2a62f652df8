"""What was set on a page stays set when its tab is loaded anew, and is what is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from rrm_ui.ui import following
from tests.browser.conftest import Evaluate, OpenPage
from tests.browser.evaluating import idle, report, upload
from tests.browser.harness import ServedPage
from tests.browser.steps import judge, message, type_comparison


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


def test_the_data_that_was_chosen_outlives_a_reload_and_is_what_runs(
    evaluate: Evaluate, served: ServedPage, file: Path
) -> None:
    page = evaluate()
    upload(page, file)
    page.locator("#columns").locator("input, textarea").fill("query=query")
    set_number(page, "limit", "3")
    expect(page.locator("#preview p").first).to_contain_text("3 of 12 comparisons")
    page.reload()
    expect(page.locator("#data input")).to_have_value("My own file")
    expect(page.locator("#file .filename")).to_contain_text("sums")
    expect(page.locator("#columns").locator("input, textarea")).to_have_value("query=query")
    expect(page.locator("#preview p").first).to_contain_text("3 of 12 comparisons")
    served.engine.tokens_per_second = None
    page.click("#start")
    expect(report(page).locator("h1")).to_have_text("sums.jsonl", timeout=15_000)
    expect(report(page).locator(".accuracy")).to_contain_text("over 3 comparisons")
    idle(page)


def test_a_file_that_the_server_no_longer_has_is_to_be_chosen_again(evaluate: Evaluate, file: Path) -> None:
    page = evaluate()
    upload(page, file)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    kept = json.loads(page.evaluate("sessionStorage['rrm-draft-evaluate-data']"))
    Path(kept["file"]["path"]).unlink()
    page.reload()
    expect(page.locator("#data input")).to_have_value("My own file")
    gone = page.locator("#preview .message")
    expect(gone).to_have_text("The uploaded file is not there any more; choose it again.")
    page.click("#start")
    expect(page.locator("#message .message")).to_contain_text("Choose a file first")
    page.set_input_files("#file input[type=file]", file)
    expect(page.locator("#preview p").first).to_contain_text("12")
    expect(gone).to_have_count(0)


def looks_after_the_model(response: Response) -> bool:
    """Whether ``response`` is that of the page's timer, which sends the sliders and what the header shows."""
    return response.request.method == "POST" and '"state":"ready"' in (response.request.post_data or "")


@pytest.mark.parametrize(("value", "in_force"), [("99999", "8192"), ("-5", "0"), ("", "0")])
def test_a_box_that_holds_what_its_slider_does_not_breaks_nothing(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, value: str, in_force: str
) -> None:
    monkeypatch.setattr(following, "CALM_SECONDS", 0.2)
    page = open_page()
    budget = page.locator("#budget input[type=number]")
    budget.fill(value)
    for _ in range(3):  # the first may have been sent before
        with page.expect_response(looks_after_the_model) as looked:
            pass
        assert looked.value.ok
    expect(budget).to_have_value(value)  # who types is not disturbed
    budget.blur()
    expect(budget).to_have_value(in_force)


def test_a_seed_that_is_no_whole_number_is_refused(page: Page, rank_page: OpenPage, evaluate: Evaluate) -> None:
    page.click(".disclosure")
    set_number(page, "seed", "1.5")
    type_comparison(page)
    page.click("#judge")
    message(page, "Seed: give a whole number from")
    ranking = rank_page()
    set_number(ranking, "seed", "1.5")
    for index, text in enumerate(("worth 1", "worth 2")):
        ranking.locator(".responses textarea").nth(index).fill(text)
    ranking.fill("#query textarea", "Which?")
    ranking.click("#start-rank")
    message(ranking, "Seed: give a whole number from")
    evaluation = evaluate()
    set_number(evaluation, "seed", "1.5")
    evaluation.click("#start")
    message(evaluation, "Seed: give a whole number from")


@pytest.mark.parametrize("limit", ["-3", "2.5"])
def test_a_limit_that_is_none_is_refused_with_a_sentence(evaluate: Evaluate, limit: str) -> None:
    page = evaluate()
    set_number(page, "limit", limit)
    expect(page.locator("#preview .message")).to_contain_text("The limit must be a whole number from 1 on")
    page.click("#start")
    message(page, "The limit must be a whole number from 1 on")
    set_number(page, "limit", "3")
    expect(page.locator("#preview p").first).to_contain_text("3 of 24")
