"""The Compare page from typing to a verdict that is read, copied and saved."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from rrm_ui.engines.interface import GenerationRequest, Position
from rrm_ui.engines.scripted import ScriptedRow
from rrm_ui.judge import vote_seed
from rrm_ui.values import Comparison, JudgeSettings
from tests.browser.conftest import OpenPage
from tests.browser.harness import ServedPage
from tests.browser.steps import box, headline, judge, phase, start, thought, type_comparison
from tests.waiting import until


def orders(page: Page) -> Locator:
    return page.locator(".fact", has_text="Orders").locator("dd").first


def endless(request: GenerationRequest, row: int) -> ScriptedRow:
    """Row 0 ends soon, the others only when they are stopped."""
    return ScriptedRow(("quick ",) * 8) if row == 0 else ScriptedRow(tuple(f"word{n} " for n in range(8000)))


def test_type_judge_watch_and_read_a_verdict(page: Page, served: ServedPage) -> None:
    served.engine.tokens_per_second = 30  # its thought goes on for longer than a page takes to look twice
    type_comparison(page)
    start(page)
    seen = thought(page, 0)
    page.wait_for_function(
        "(n) => document.querySelector('.pane-thought').textContent.length > n", arg=len(seen), timeout=5_000
    )
    assert thought(page, 0).startswith(seen)
    phase(page, "finished")
    expect(headline(page)).to_contain_text("is better")
    expect(page.locator(".pane")).to_have_count(4)
    expect(page.locator(".pane[data-state=finished]")).to_have_count(4)
    assert page.locator(".curve-line polyline").count() == 4
    expect(page.locator(".facts")).to_contain_text("more votes of this model would confirm the majority")
    expect(page.locator(".verdict [role=status]")).to_contain_text("is better")


def test_nothing_jumps_between_thinking_and_verdict(page: Page) -> None:
    type_comparison(page)
    start(page)
    places = ".verdict, .curve, .board, .pane-text"
    tops = f"[...document.querySelectorAll('{places}')].map((e) => [e.offsetTop, e.offsetHeight])"
    running = page.evaluate(tops)
    phase(page, "finished")
    assert page.evaluate(tops) == running


def test_stop_keeps_what_finished(page: Page, served: ServedPage) -> None:
    served.engine.script = endless
    type_comparison(page)
    page.fill("#budget input[type=number]", "8192")
    start(page)
    expect(page.locator(".pane[data-state=finished]")).to_have_count(1)
    page.click("#stop")
    phase(page, "stopped")
    until(lambda: served.engine.load().rows == 0)
    expect(page.locator(".pane[data-state=cancelled]")).to_have_count(3)
    expect(headline(page)).to_contain_text("is better")
    expect(page.locator(".notices")).to_contain_text("3 votes were cancelled")
    expect(orders(page)).to_have_text("–")  # both were asked, and one has been heard
    assert thought(page, 1), "what a cancelled vote wrote stays"


def test_an_order_that_is_split_in_itself_agrees_with_nothing(page: Page, served: ServedPage) -> None:
    served.engine.script = lambda _, row: ScriptedRow(("so ",) * 8, position="first" if row < 2 else "second")
    type_comparison(page)
    judge(page)
    expect(headline(page)).to_contain_text("Undecided")
    expect(orders(page)).to_have_text("undecided")


@pytest.mark.parametrize("leave", ["close", "reload"])
def test_leaving_frees_the_engine(open_page: OpenPage, served: ServedPage, leave: str) -> None:
    served.engine.script = endless
    page = open_page()
    type_comparison(page)
    page.fill("#budget input[type=number]", "8192")
    start(page)
    assert served.engine.load().rows > 0
    if leave == "close":
        page.close()
    else:
        page.reload(wait_until="commit")
    until(lambda: served.engine.load().rows == 0)


def test_a_number_beyond_a_sliders_end_is_brought_back_before_judging(page: Page, served: ServedPage) -> None:
    type_comparison(page)
    page.fill("#votes input[type=number]", "999")
    page.keyboard.press("Control+Enter")
    phase(page, "running")
    page.click("#stop")
    assert len(served.engine.requests[-1].rows) == 64


def test_every_vote_can_be_opened_however_it_ended(page: Page, served: ServedPage) -> None:
    served.engine.script = endless
    type_comparison(page)
    page.fill("#budget input[type=number]", "8192")
    start(page)
    expect(page.locator(".pane[data-state=finished]")).to_have_count(1)
    page.click("#stop")
    phase(page, "stopped")
    outside = """() => [...document.querySelectorAll(".pane")].filter((pane) => {
        const button = pane.querySelector("header button").getBoundingClientRect();
        return button.right > pane.getBoundingClientRect().right;
    }).length"""
    assert page.evaluate(outside) == 0
    cut = "[...document.querySelectorAll('.pane-state')].filter((e) => e.scrollWidth > e.clientWidth).length"
    assert page.evaluate(cut) == 0
    assert page.locator("#swap").get_attribute("aria-label") == "Swap A and B"


def test_advanced_settings_say_which_model_judges(page: Page, served: ServedPage) -> None:
    expect(page.locator("#seed")).to_be_hidden()
    page.get_by_role("button", name="Advanced").click()
    expect(page.locator("#model-line")).to_contain_text("scripted · unquantized · cpu · rrm · context 32,768 tokens")
    page.locator("#seed input").fill("7")
    page.locator("#seed input").blur()
    type_comparison(page)
    judge(page)
    seed = vote_seed(Comparison("What is 2 + 2?", "It is 4.", "It is 5."), JudgeSettings(seed=7), 0)
    assert served.engine.requests[0].rows[0].seed == seed


def test_swap_and_clear(page: Page) -> None:
    type_comparison(page)
    page.click("#swap")
    expect(box(page, "response_a")).to_have_value("It is 5.")
    expect(box(page, "response_b")).to_have_value("It is 4.")
    judge(page)
    page.click("#clear")
    phase(page, "idle")
    for name in ("query", "response_a", "response_b"):
        expect(box(page, name)).to_have_value("")
    expect(page.locator(".example-card").first).to_be_visible()


def test_a_verdict_on_other_texts_than_the_boxes_hold_says_so(page: Page) -> None:
    type_comparison(page)
    judge(page)
    notices = page.locator(".notices")
    expect(notices).not_to_contain_text("verdict")
    page.click("#swap")
    expect(notices).to_contain_text("A and B have been swapped since")
    page.click("#swap")
    expect(notices).not_to_contain_text("A and B have been swapped since")
    box(page, "query").press_sequentially(" Please.")
    expect(notices).to_contain_text("The texts have changed since")
    judge(page)
    expect(notices).not_to_contain_text("The texts have changed since")


def test_the_sliders_that_a_model_sets_have_no_reset_to_another_place(page: Page) -> None:
    expect(page.locator("#temperature button")).to_have_count(1)
    for dial in ("budget", "votes"):
        expect(page.locator(f"#{dial} input[type=number]")).to_be_visible()
        expect(page.locator(f"#{dial} button")).to_have_count(0)


def test_direct_verdict_marks_what_the_model_did_not_write(page: Page) -> None:
    type_comparison(page)
    page.locator("#budget input[type=number]").fill("0")
    page.locator("#budget input[type=number]").blur()
    judge(page)
    expect(page.locator(".pane-answer .forced").first).to_contain_text("boxed")
    expect(page.locator(".pane-answer").first).to_contain_text("not written by the model")
    expect(page.locator(".pane-use").first).to_have_text("direct")
    expect(page.locator(".notices")).to_contain_text("repeat the same reading")


def test_an_even_split_is_undecided_and_says_where_it_leans(page: Page, served: ServedPage) -> None:
    served.engine.script = lambda _request, _row: ScriptedRow(("word ",) * 20, "first", 0.8)
    type_comparison(page)
    judge(page)
    expect(headline(page)).to_contain_text("Undecided")
    expect(page.locator(".detail")).to_contain_text("split evenly")
    expect(page.locator(".facts")).to_contain_text("differ")


def test_a_reader_who_scrolls_up_is_left_alone(page: Page, served: ServedPage) -> None:
    served.engine.script, served.engine.tokens_per_second = endless, 1500
    type_comparison(page)
    page.locator("#budget input[type=number]").fill("8192")
    page.locator("#budget input[type=number]").blur()
    start(page)
    text = page.locator(".pane-text")
    overflows = "document.querySelectorAll('.pane-text')[%d].scrollHeight > 600"
    page.wait_for_function(overflows % 1, timeout=8_000)
    text.nth(1).evaluate("(e) => { e.scrollTop = 0; }")
    grown = len(thought(page, 1))
    page.wait_for_function(
        "(n) => document.querySelectorAll('.pane-thought')[1].textContent.length > n + 2000", arg=grown, timeout=8_000
    )
    assert text.nth(1).evaluate("(e) => e.scrollTop") == 0
    page.wait_for_function(
        "(() => { const e = document.querySelectorAll('.pane-text')[2];"
        " return e.scrollTop + e.clientHeight > e.scrollHeight - 60; })()"
    )
    page.keyboard.press("Escape")
    phase(page, "stopped")


def test_one_long_line_is_shown_whole(page: Page, served: ServedPage) -> None:
    pieces = tuple("字🙂" for _ in range(4000))
    served.engine.script, served.engine.tokens_per_second = lambda _request, _row: ScriptedRow(pieces), None
    type_comparison(page)
    page.locator("#budget input[type=number]").fill("8192")
    page.locator("#budget input[type=number]").blur()
    judge(page)
    assert thought(page, 0) == "".join(pieces)
    assert page.locator(".pane-thought").first.locator(".rrm-block").count() >= 4


def test_a_vote_opens_in_full_with_its_decisive_passages(page: Page, served: ServedPage) -> None:
    served.engine.script = lambda _request, _row: ScriptedRow(tuple(f"w{n} " for n in range(40)), "first", 0.98)
    type_comparison(page)
    judge(page)
    opener = page.locator(".pane button").first
    opener.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    marked = dialog.locator("mark.passage")
    assert marked.count() >= 1
    expect(marked.first.locator(".passage-figure")).to_contain_text("→")
    expect(dialog.locator(".note").first).to_contain_text("Assistant 1 is ")
    shown = dialog.locator(".dialog-thought").text_content() or ""
    for figure in dialog.locator(".passage-figure").all_text_contents():
        shown = shown.replace(figure, "")
    assert shown == thought(page, 0)
    dialog.locator(".passage-link").first.click()
    expect(marked.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(opener).to_be_focused()
    phase(page, "finished")


def test_a_vote_can_be_read_on_a_low_screen(page: Page, served: ServedPage) -> None:
    served.engine.script = lambda _request, _row: ScriptedRow(tuple(f"w{n} " for n in range(200)), "first", 0.98)
    type_comparison(page)
    judge(page)
    page.set_viewport_size({"width": 640, "height": 300})
    page.locator(".pane button").first.click()
    text = page.locator("dialog .dialog-text")
    assert text.evaluate("(e) => e.clientHeight") > 120
    text.scroll_into_view_if_needed()
    last = page.locator("dialog .dialog-answer").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()


@pytest.mark.parametrize(("position", "said"), [("first", ["vote for A", "vote for B"]), (None, ["no verdict"] * 2)])
def test_an_opened_vote_tells_its_verdict_in_words(
    page: Page, served: ServedPage, position: Position | None, said: list[str]
) -> None:
    served.engine.script = lambda _request, _row: ScriptedRow(("word ",) * 4, position, answer="So it is.")
    type_comparison(page)
    judge(page)
    heard = []
    for vote in range(2):
        page.locator(".pane button").nth(vote).click()
        heard.append(page.locator("dialog header").aria_snapshot())
        page.keyboard.press("Escape")
    assert all(any(words in one for one in heard) for words in said), heard


def test_copy_and_download(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"], accept_downloads=True)
    type_comparison(page)
    judge(page)
    page.click("#copy-result")
    expect(page.locator("#copy-result")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "is better" in copied
    assert thought(page, 0).strip() in copied
    with page.expect_download() as waiting:
        page.click("#download-result")
    assert re.fullmatch(r"judgment-\d{4}-\d\d-\d\d-\d{6}\.json", waiting.value.suggested_filename)
    target = tmp_path / "judgment.json"
    waiting.value.save_as(target)
    judgment = json.loads(target.read_text(encoding="utf-8"))
    assert judgment["comparison"] == {"query": "What is 2 + 2?", "response_a": "It is 4.", "response_b": "It is 5."}
    assert [vote["thinking"] for vote in judgment["votes"]] == [thought(page, vote) for vote in range(4)]
    seeds = [vote_seed(Comparison(**judgment["comparison"]), JudgeSettings(), index) for index in range(4)]
    assert [vote["seed"] for vote in judgment["votes"]] == seeds, "not rounded to what a browser can count"
    assert max(seeds) > 2**53
