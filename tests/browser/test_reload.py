"""What outlives a reload: Gradio reloads the page when a lost connection comes back."""

from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedRow
from rrm_ui.ui import rank_handlers
from rrm_ui.ui.rank_store import RankStore
from tests.browser.conftest import OpenPage
from tests.browser.harness import ServedPage
from tests.browser.ranking import RESPONSES, fill, goes_on_to_its_end, ranked, slowly
from tests.browser.steps import box, headline, judge, phase, start, thought, type_comparison


def test_what_was_typed_outlives_a_reload(page: Page) -> None:
    type_comparison(page, query="几点了？\n<b>now</b>", a="9 o'clock", b="I don't know.")
    page.reload()
    expect(box(page, "query")).to_have_value("几点了？\n<b>now</b>")
    expect(box(page, "response_a")).to_have_value("9 o'clock")
    expect(page.locator("#count-response_b .count")).to_contain_text("tokens")
    start(page)  # Gradio knows the texts as well
    phase(page, "finished")
    page.click("#clear")
    expect(box(page, "query")).to_have_value("")
    page.reload()
    expect(page.locator("#count-query")).to_be_attached()
    expect(box(page, "query")).to_have_value("")


def test_a_verdict_outlives_a_reload(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    type_comparison(page)
    judge(page)
    verdict, thoughts = headline(page).text_content(), [thought(page, vote) for vote in range(4)]
    assert all(thoughts)
    for _ in range(2):
        page.reload()
        expect(headline(page)).to_have_text(verdict or "")
        assert [thought(page, vote) for vote in range(4)] == thoughts
    page.click("#copy-result")
    expect(page.locator("#copy-result")).to_have_text("Copied")
    assert thoughts[3].strip() in page.evaluate("navigator.clipboard.readText()")
    page.click("#clear")
    phase(page, "idle")
    page.reload()
    expect(page.locator(".example-card").first).to_be_visible()
    expect(headline(page)).to_be_hidden()
    type_comparison(page)
    start(page)  # and another one can be judged in its place
    phase(page, "finished")
    expect(page.locator(".pane[data-state=finished]")).to_have_count(4)


def test_on_a_phone_the_bar_tells_a_verdict_of_before_a_reload(open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    type_comparison(page)
    judge(page)
    for _ in range(2):
        expect(page.locator("#actions .bar-verdict")).to_contain_text("is better")
        page.reload()
    expect(page.locator("#actions .bar-verdict")).to_contain_text("is better")


def questions(page: Page) -> list[str]:
    """Return what ``page`` will have asked; every question is answered with yes."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    return asked


def first_vote_is_short(_request: GenerationRequest, row: int) -> ScriptedRow:
    return ScriptedRow(("word ",) * (200 if row else 5), "first", 0.9)


def test_a_judgment_that_is_left_in_its_middle_comes_back_as_stopped(page: Page, served: ServedPage) -> None:
    served.engine.script, served.engine.tokens_per_second = first_vote_is_short, 20
    type_comparison(page)
    start(page)
    expect(page.locator(".pane[data-state=finished]")).to_have_count(1)
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.accept())  # leaving ends the judgment, and the page asks
        page.reload()
    assert asked.value.type == "beforeunload"
    phase(page, "stopped")
    expect(headline(page)).to_contain_text("A is better")
    expect(page.locator(".notices li")).to_contain_text(
        ["left in the middle of the judgment: 1 of 4 votes had finished"]
    )
    expect(page.locator(".pane[data-state=cancelled]")).to_have_count(3)
    assert thought(page, 3).startswith("word word")
    expect(page.locator("#copy-result")).to_be_hidden()  # there is no judgment to save
    box(page, "query").fill("Another?")
    expect(page.locator(".notices li").first).to_contain_text("The texts have changed since")
    served.engine.tokens_per_second = None
    judge(page)
    expect(page.locator(".pane[data-state=finished]")).to_have_count(4)
    asked_again = questions(page)
    page.reload()  # nothing is lost by leaving now
    phase(page, "finished")
    assert asked_again == []


def test_a_judgment_whose_reader_stays_is_judged_anew(page: Page, served: ServedPage) -> None:
    served.engine.tokens_per_second = 10
    type_comparison(page)
    page.fill("#votes input[type=number]", "3")
    start(page)
    with page.expect_event("dialog") as asked:
        page.once("dialog", stay)
        page.locator(".pages a").nth(1).click(no_wait_after=True)
    assert asked.value.type == "beforeunload"
    served.engine.tokens_per_second = 150
    phase(page, "finished")  # Gradio has closed its connection and loaded the page anew
    expect(page.locator(".pane[data-state=finished]")).to_have_count(3)
    first, second = served.engine.requests
    assert [row.seed for row in first.rows] == [row.seed for row in second.rows]


def handed_to_a_new_tab(page: Page) -> Page:
    """Hand texts on from the Compare page, as a report does, and return the tab that got them."""
    handed = {"query": "Which?", "response_a": "this", "response_b": "that"}
    page.evaluate("(texts) => (window.rrm.handOn = () => texts)", handed)
    with page.context.expect_page() as opened:
        page.evaluate("() => void window.open(location.href)")
    other: Page = opened.value
    expect(box(other, "response_b")).to_have_value("that")
    return other


def test_texts_that_another_page_hands_on_come_without_an_earlier_verdict(page: Page) -> None:
    type_comparison(page)
    judge(page)
    other = handed_to_a_new_tab(page)
    expect(other.locator(".example-card").first).to_be_visible()
    page.evaluate("window.rrm.handOn = null")  # as it is once it has been asked
    other.reload()
    expect(box(other, "response_b")).to_have_value("that")
    phase(other, "idle")


def test_a_tab_that_texts_are_handed_to_leaves_a_ranking_to_its_own(rank_page: OpenPage) -> None:
    page = rank_page()
    fill(page, RESPONSES[:3])
    ranked(page)
    page.locator(".pages a").first.click()  # the ranking's key lies in storage until the Rank page is loaded again
    expect(box(page, "query")).to_be_visible()
    other = handed_to_a_new_tab(page)
    other.locator(".pages a").nth(1).click()
    expect(other.locator(".responses textarea").nth(1)).to_have_value(RESPONSES[1])
    other.wait_for_timeout(1000)  # longer than a ranking that is asked for takes to come
    expect(other.locator(".rank-winner")).not_to_have_text("#2 is the best")
    page.locator(".pages a").nth(1).click()
    expect(page.locator(".rank-winner")).to_have_text("#2 is the best")


def test_texts_that_storage_does_not_hold_leave_no_older_ones(page: Page) -> None:
    type_comparison(page)
    page.reload()
    expect(box(page, "query")).to_have_value("What is 2 + 2?")
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    box(page, "query").fill("Another?")
    page.reload()
    expect(box(page, "query")).to_be_visible()
    page.wait_for_timeout(500)  # as long as texts of before would take to come
    expect(box(page, "query")).to_have_value("")


def test_a_judgment_that_takes_too_much_room_leaves_it_to_what_was_typed(page: Page, served: ServedPage) -> None:
    served.engine.script = lambda *_: ScriptedRow((f"{'long ' * 600}\n",) * 250)
    served.engine.tokens_per_second = None
    type_comparison(page)
    judge(page)
    assert len(thought(page, 0)) * 4 > 2_000_000
    page.reload()
    expect(box(page, "query")).to_have_value("What is 2 + 2?")
    expect(page.locator(".example-card").first).to_be_visible()
    phase(page, "idle")


@pytest.mark.parametrize("broken", ["getItem", "setItem"])
def test_without_a_tabs_storage_a_reload_begins_anew(page: Page, broken: str) -> None:
    page.context.add_init_script(f"Storage.prototype.{broken} = () => {{ throw new Error('full'); }}")
    page.reload()
    type_comparison(page)
    judge(page)
    page.reload()
    expect(page.locator(".example-card").first).to_be_visible()
    type_comparison(page)
    judge(page)


def test_the_responses_outlive_a_reload(rank_page: OpenPage) -> None:
    page = rank_page()
    fill(page)
    page.reload()
    expect(page.locator(".responses textarea")).to_have_count(len(RESPONSES))
    expect(page.locator(".responses textarea").nth(7)).to_have_value(RESPONSES[7])
    expect(page.locator("#query textarea")).to_have_value("Which is worth the most?")
    ranked(page)
    expect(page.locator(".rank-winner")).to_have_text("#6 is the best")


def test_a_ranking_outlives_a_reload(rank_page: OpenPage) -> None:
    page = rank_page()
    fill(page, RESPONSES[:3])
    ranked(page)
    for _ in range(2):
        page.reload()
        expect(page.locator(".rank-winner")).to_have_text("#2 is the best")
    page.locator(".rank-list summary").click()
    page.locator(".rank-list button").first.click()
    expect(page.locator(".match-votes li")).to_have_count(2)
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.click(".rank-head [data-save=json]")
    assert json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["finished"] is True
    fill(page, ["worth 9"])
    ranked(page)
    expect(page.locator(".rank-winner")).to_have_text("#4 is the best")


def test_a_ranking_that_a_reload_ended_goes_on(rank_page: OpenPage, served: ServedPage) -> None:
    page = rank_page()
    with slowly(served):
        fill(page, RESPONSES[:5])
        page.click("#start-rank")
        expect(page.locator(".rank-figures")).to_have_text(re.compile(r"^[1-9] of 10 matches"))
        page.once("dialog", lambda dialog: dialog.accept())  # leaving ends the ranking, and the page asks
        page.reload()
        page.wait_for_function("document.body.dataset.rrmRank === 'stopped'")
        expect(page.locator(".rank-figures")).to_have_text(re.compile(r"^[1-9] of 10 matches"))
    goes_on_to_its_end(page)


def stay(dialog: Dialog) -> None:
    time.sleep(7)  # longer than a page takes a silent server for a lost one
    dialog.dismiss()


def test_a_ranking_whose_reader_stays_goes_on(rank_page: OpenPage, served: ServedPage) -> None:
    page = rank_page()
    with slowly(served):
        fill(page, RESPONSES[:4])
        page.click("#start-rank")
        expect(page.locator(".rank-figures")).to_have_text(re.compile(r"^[1-9] of 6 matches"))
        with page.expect_event("dialog") as asked:
            page.once("dialog", stay)
            page.locator(".pages a").first.click(no_wait_after=True)
        assert asked.value.type == "beforeunload"
    page.wait_for_function("document.body.dataset.rrmRank === 'finished'")
    expect(page.locator(".rank-figures")).to_contain_text("6 of 6 matches")


def test_a_page_whose_server_is_silent_loads_anew_without_asking(rank_page: OpenPage, served: ServedPage) -> None:
    page = rank_page()
    served.engine.tokens_per_second = 0.01
    asked = questions(page)
    fill(page, RESPONSES[:3])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rank_handlers, "DRAWING_SECONDS", 15.0)
        page.click("#start-rank")
        expect(page.locator(".rank-head .message")).to_contain_text("The server does not answer", timeout=12_000)
        page.reload()
        page.wait_for_function("document.body.dataset.rrmRank === 'stopped'")
    assert asked == []
    served.engine.tokens_per_second = 150
    page.click("#go-on-rank")
    page.wait_for_function("document.body.dataset.rrmRank === 'finished'")


def test_a_ranking_that_the_server_no_longer_keeps_is_said_to_be_gone(rank_page: OpenPage) -> None:
    page = rank_page(locale="zh-CN")
    page.context.add_init_script(
        "if (!window.name) sessionStorage.setItem('rrm-ranking', '\"unknown\"'); window.name = 'was here';"
    )
    page.reload()
    expect(page.locator("#message .message")).to_have_text("这里原有的排名已不再保留，请重新排名。")
    page.reload()
    expect(page.locator("#paste-responses")).to_be_visible()
    expect(page.locator("#message .message")).to_be_hidden()


def test_what_another_version_of_the_page_left_does_not_stand_in_the_way(page: Page) -> None:
    page.context.add_init_script(
        "if (!window.name) sessionStorage.setItem('rrm-judgment', '[1]'); window.name = 'was here';"
    )
    page.reload()
    expect(page.locator(".example-card").first).to_be_visible()
    type_comparison(page)
    judge(page)
    expect(headline(page)).to_contain_text("is better")


def test_a_ranking_is_not_lost_if_the_page_goes_again_before_it_is_back(
    rank_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = rank_page()
    fill(page, RESPONSES[:3])
    ranked(page)
    asked, answer = threading.Event(), threading.Event()
    session_of = RankStore.session_of

    def slow(store: RankStore, key: object) -> str | None:
        asked.set()
        assert answer.wait(20)
        return session_of(store, key)

    monkeypatch.setattr(RankStore, "session_of", slow)
    page.reload()
    assert asked.wait(20)
    monkeypatch.setattr(RankStore, "session_of", session_of)
    page.reload()
    expect(page.locator(".rank-winner")).to_have_text("#2 is the best")
    answer.set()
