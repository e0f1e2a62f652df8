"""The Rank page in a browser."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedRow
from tests.browser.conftest import OpenPage
from tests.browser.evaluating import NO_OVERFLOW
from tests.browser.harness import ServedPage
from tests.browser.ranking import RESPONSES, fill, goes_on_to_its_end, ranked, slowly
from tests.unit.ranking.judges import by_worth, shown


def test_votes_that_were_reset_stay_so(rank_page: OpenPage) -> None:
    page = rank_page()
    votes = page.locator("#votes input[type=number]")
    votes.fill("8")
    page.reload()
    expect(votes).to_have_value("8")
    page.locator("#votes button").click()
    page.wait_for_timeout(1000)  # longer than what a model sets takes to be set back
    expect(votes).to_have_value("2")
    page.reload()
    expect(votes).to_have_value("2")


def test_what_is_wrong_with_pasted_lines_is_told_in_the_language_that_is_chosen(rank_page: OpenPage) -> None:
    page = rank_page()
    page.click("#paste-responses")
    page.fill(".paste-dialog textarea", '"a"\n{broken')
    page.click("#take-responses")
    told = page.locator(".responses-bar + .message")
    expect(told).to_have_text("1 line holds no response and was left out: 2.")
    page.get_by_role("button", name="简").click()
    expect(told).not_to_contain_text("line")
    expect(told).to_be_visible()


def test_eight_responses_are_ranked_and_every_match_can_be_read(rank_page: OpenPage) -> None:
    page = rank_page()
    fill(page)
    chosen = page.locator("#rank-cost .chosen")
    expect(chosen).to_have_text(re.compile(r"^Round robin285614,336$"))
    expect(page.locator("#rank-cost tbody tr")).to_have_count(3)
    page.click("#ask-rank-estimate")
    heights = page.locator("#actions button:visible").evaluate_all("all => all.map((one) => one.scrollHeight)")
    assert len({*heights}) == 1  # no button's words take two lines
    expect(chosen).to_have_text(re.compile(r"^Round robin285614,336\d+ (s|min)$"))
    page.locator("#method input[value=knockout]").check()
    expect(chosen).to_have_text(re.compile(r"^Knockout7143,584\d+ (s|min)$"))
    page.fill("#votes input[type=number]", "4")
    expect(chosen).to_have_text("Knockout7287,168")
    page.locator("#votes button").click()  # Gradio's reset tells no script
    expect(page.locator("#votes input[type=number]")).to_have_value("2")
    page.locator("#method input[value=round-robin]").check()
    expect(chosen).to_have_text(re.compile(r"^Round robin285614,336\d+ (s|min)$"))
    ranked(page)
    expect(page.locator(".rank-winner")).to_have_text("#6 is the best")
    assert page.locator(".ratings g text:nth-of-type(2)").first.text_content().startswith("#6")  # type: ignore[union-attr]
    expect(page.locator(".rank-list summary")).to_have_text("All 28 matches")
    page.locator(".rank-list summary").click()
    expect(page.locator(".rank-list li")).to_have_count(28)
    page.locator(".rank-list button").first.click()
    dialog = page.locator(".match-dialog")
    expect(dialog).to_contain_text("This one is worth 3")
    expect(dialog.locator(".match-votes li")).to_have_count(2)
    dialog.locator(".match-votes button").first.click()
    expect(page.locator(".rrm-dialog").last).to_contain_text("so.")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    table = page.locator(".rank-picture.table")
    table.scroll_into_view_if_needed()
    place = table.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + 34 + 1.5 * 34, place["y"] + 34 + 0.5 * 34)
    expect(page.locator("#match-title")).to_have_text("#1 – #2")


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_bracket_fills_and_its_picture_can_be_saved(rank_page: OpenPage, kind: str, tmp_path: Path) -> None:
    page = rank_page()
    fill(page, method="knockout")
    ranked(page)
    expect(page.locator(".rank-winner")).to_have_text("#6 is the best")
    expect(page.locator(".bracket-match.over")).to_have_count(7)
    expect(page.locator(".rank-bracket .note")).not_to_contain_text("even")  # votes decided every match
    with page.expect_download() as download:
        page.click(f"[data-save=bracket-{kind}]")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    content = path.read_bytes()
    assert content.startswith(b"<svg" if kind == "svg" else b"\x89PNG")
    assert len(content) > 5000
    page.locator(".bracket-match.over").first.click()
    expect(page.locator(".match-dialog")).to_be_visible()


def test_on_paper_pictures_and_lists_are_whole(rank_page: OpenPage) -> None:
    page = rank_page()
    fill(page)
    ranked(page)
    page.locator(".rank-list summary").click()
    expect(page.locator(".rank-list li")).to_have_count(28)
    page.set_viewport_size({"width": 500, "height": 700})
    page.emulate_media(media="print")
    for place in page.locator(".rank-place, .rank-list ul").all():
        assert place.evaluate("(one) => one.scrollHeight - one.clientHeight") <= 1
    for picture in page.locator(".rank-picture").all():
        assert picture.evaluate("(one) => one.getBoundingClientRect().right <= innerWidth")


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_the_result_can_be_saved(rank_page: OpenPage, kind: str) -> None:
    page = rank_page()
    fill(page, RESPONSES[:3])
    ranked(page)
    with page.expect_download() as download:
        page.click(f".rank-head [data-save={kind}]")
    assert re.fullmatch(rf"ranking-\d{{4}}-\d\d-\d\d-\d{{6}}\.{kind}", download.value.suggested_filename)
    text = Path(download.value.path()).read_text(encoding="utf-8")
    if kind == "json":
        assert json.loads(text)["order"] == [1, 0, 2]
    else:
        assert text.startswith("\ufeff")  # Excel on a Chinese Windows takes any other file for GBK
        assert len(text.splitlines()) == 4


def test_stop_keeps_what_is_known_and_go_on_finishes(rank_page: OpenPage, served: ServedPage) -> None:
    page = rank_page()
    with slowly(served):
        fill(page, RESPONSES[:5])
        page.click("#start-rank")
        expect(page.locator(".rank-running li").first).to_be_visible()
        expect(page.locator(".rank-figures")).to_have_text(re.compile(r"^[1-9] of 10 matches"))
        page.click("#start-rank")
        refusal = page.locator("#message .message")
        expect(refusal).to_contain_text("A ranking is running on this page already")
        page.click("#stop-rank")
        page.wait_for_function("document.body.dataset.rrmRank === 'stopped'")
        expect(refusal).to_be_hidden()
    goes_on_to_its_end(page)


def test_a_ranking_of_other_texts_than_the_boxes_hold_says_so(rank_page: OpenPage, served: ServedPage) -> None:
    page = rank_page()
    fill(page, RESPONSES[:3])
    ranked(page)
    note = page.locator(".rank-head .stale")
    expect(note).to_be_hidden()
    first = page.locator(".responses textarea").first
    first.fill("Another text")
    expect(note).to_contain_text("The boxes hold other texts now")
    first.fill(RESPONSES[0])
    expect(note).to_be_hidden()
    page.fill("#query textarea", "Another question?")
    expect(note).to_be_visible()
    page.fill("#query textarea", "Which is worth the most?")
    expect(note).to_be_hidden()
    page.locator(".remove-response").first.click()
    expect(note).to_be_visible()
    page.reload()
    expect(note).to_be_visible()  # the server knows what it ranked


def test_responses_are_added_removed_and_read_from_a_file(rank_page: OpenPage, tmp_path: Path) -> None:
    page = rank_page()
    boxes = page.locator(".responses textarea")
    expect(boxes).to_have_count(3)
    boxes.first.fill("the first")
    page.click("#add-response")
    expect(boxes).to_have_count(4)
    page.locator(".remove-response").nth(1).click()
    expect(boxes).to_have_count(3)
    path = tmp_path / "more.jsonl"
    path.write_text('"second"\n{"response": "third"}\n{"other": 1}\n{"cut\n', encoding="utf-8")
    page.set_input_files("#responses-file", path)
    expect(boxes).to_have_count(3)
    assert [box.input_value() for box in boxes.all()] == ["the first", "second", "third"]
    problem = page.locator("#responses-editor .message")
    expect(problem).to_contain_text("2 lines hold no response and were left out: 3, 4.")
    path.write_text(json.dumps([f"number {n}" for n in range(70)]), encoding="utf-8")
    page.set_input_files("#responses-file", path)
    expect(boxes).to_have_count(64)
    expect(problem).to_contain_text("9 responses were left out")


def test_a_match_opens_in_compare_beside_the_ranking(rank_page: OpenPage) -> None:
    page = rank_page()
    fill(page, RESPONSES[:3])
    ranked(page)
    page.locator(".rank-list summary").click()
    page.locator(".rank-list button").first.click()
    second = page.locator(".match-sides .match-text").nth(1).text_content() or ""
    with page.context.expect_page() as opened:
        page.locator(".match-dialog header button").first.click()
    expect(opened.value.locator("#response_b textarea")).to_have_value(second)
    assert second in RESPONSES
    expect(page.locator(".rank-winner")).to_have_text("#2 is the best")


def test_what_nothing_tells_apart_is_not_called_the_best(rank_page: OpenPage, served: ServedPage) -> None:
    served.engine.script = lambda *_: ScriptedRow(("so. ",), "first", 0.9)
    page = rank_page()
    fill(page, RESPONSES[:3])
    ranked(page)
    expect(page.locator(".rank-winner")).to_have_text("The matches do not tell them apart")
    expect(page.locator(".rank-figures")).to_contain_text("3 without a majority")


@pytest.mark.parametrize(
    ("p_of_better", "figure", "told"),
    [
        (0.9, "P 0.65 · 4", "#2 goes on with the higher mean probability, 0.65"),
        (0.6, "= 4", "#1 goes on as the one given first"),
    ],
)
def test_a_knockout_says_what_decides_where_votes_do_not(
    rank_page: OpenPage, served: ServedPage, p_of_better: float, figure: str, told: str
) -> None:
    def whoever_is_first(request: GenerationRequest, row: int) -> ScriptedRow:
        first, second = shown(request, row)
        return ScriptedRow(("so. ",), "first", p_of_better if first > second else 0.6)

    page = rank_page()
    served.engine.script = whoever_is_first
    fill(page, ["worth 2", "worth 3"], method="knockout")
    ranked(page)
    expect(page.locator(".bracket-match .votes", has_text=figure)).to_have_count(1)
    expect(page.locator(".rank-bracket .note")).to_contain_text("Where the votes are even")
    page.locator(".rank-list summary").click()
    expect(page.locator(".rank-list button")).to_contain_text(told)
    page.locator(".rank-list button").click()
    expect(page.locator(".match-dialog > .note")).to_contain_text(told)
    expect(page.locator(".match-dialog .match-text").first).to_have_text("Which is worth the most?")


def test_what_is_wrong_is_said(rank_page: OpenPage) -> None:
    page = rank_page()
    page.click("#start-rank")
    expect(page.locator("#message .message")).to_contain_text("Response 1 is empty")
    fill(page, ["worth 1", "worth 1"])
    ranked(page)
    expect(page.locator(".rank-notes")).to_contain_text("Equal responses are ranked as one: #1 = #2")


def test_what_could_not_be_judged_is_missing_and_told(rank_page: OpenPage, served: ServedPage) -> None:
    def failing(request: GenerationRequest, row: int) -> ScriptedRow:
        plain = by_worth(request, row)
        return replace(plain, fails_after=0) if min(shown(request, row)) == 1 else plain

    served.engine.script = failing
    page = rank_page()
    fill(page, ["worth 2", "worth 3", "worth 1"])
    ranked(page, "stopped")
    expect(page.locator(".rank-winner")).to_have_text("#2 leads")
    expect(page.locator(".rank-figures")).to_contain_text("2 could not be judged")
    expect(page.locator(".rank-notes li")).not_to_have_count(0)
    served.engine.script = by_worth
    page.click("#go-on-rank")
    page.wait_for_function("document.body.dataset.rrmRank === 'finished'")
    expect(page.locator(".rank-figures")).not_to_contain_text("could not")


def test_a_response_that_is_too_long_is_left_out_and_told(rank_page: OpenPage) -> None:
    page = rank_page()
    fill(page, ["worth 2", "worth 3", "worth 9 " + "long " * 7000])
    ranked(page)
    expect(page.locator(".rank-winner")).to_have_text("#2 is the best")
    expect(page.locator(".rank-notes")).to_contain_text("#3 is left out")


def test_what_went_wrong_is_told_in_the_readers_language(rank_page: OpenPage, served: ServedPage) -> None:
    def breaking(request: GenerationRequest, row: int) -> ScriptedRow:
        plain = by_worth(request, row)
        return replace(plain, fails_after=0, breaks_engine=True) if min(shown(request, row)) == 1 else plain

    served.engine.script = breaking
    page = rank_page(locale="zh-CN")
    fill(page, ["worth 2", "worth 3", "worth 1", "worth 9 " + "long " * 7000])
    ranked(page, "stopped")
    notes = page.locator(".rank-notes")
    expect(notes).to_contain_text(re.compile(r"#4 未参加：连同提示词共 [\d,]+ 词元，[^{]+请缩短 [\d,]+ 词元。"))
    expect(notes).to_contain_text("引擎在评判中途出错")
    page.locator(".rank-list summary").click()
    page.get_by_role("button", name="失败").first.click()
    expect(page.locator(".match-dialog > .message")).to_contain_text("引擎在评判中途出错")


def test_the_board_shows_what_the_votes_of_a_match_named(rank_page: OpenPage, served: ServedPage) -> None:
    def second_vote_thinks_on(request: GenerationRequest, row: int) -> ScriptedRow:
        plain = by_worth(request, row)
        return replace(plain, thinking=("on and ",) * 400) if row == 1 else plain

    served.engine.script = second_vote_thinks_on
    page = rank_page()
    fill(page, ["worth 2", "worth 3"])
    page.click("#start-rank")
    expect(page.locator(".rank-running .vote.over")).to_have_text("#2")
    page.click("#stop-rank")
    page.wait_for_function("document.body.dataset.rrmRank === 'stopped'")


def test_markup_in_responses_stays_text(rank_page: OpenPage) -> None:
    page = rank_page()
    hostile = '<img src=x onerror="window.hit=1"></text><script>window.hit=1</script> worth 9'
    fill(page, [hostile, "worth 1"])
    ranked(page)
    assert page.evaluate("window.hit") is None
    assert hostile[:30] in (page.locator(".ratings").text_content() or "")
    page.locator(".rank-list summary").click()
    page.locator(".rank-list button").first.click()
    expect(page.locator(".match-dialog")).to_contain_text(hostile)
    assert page.evaluate("window.hit") is None


def test_a_phone_that_is_turned_gets_new_pictures(rank_page: OpenPage) -> None:
    page = rank_page(viewport={"width": 800, "height": 390})
    fill(page)
    ranked(page)
    wide = page.locator(".rank-picture.ratings").bounding_box()
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("document.querySelector('.rank-picture.ratings').getBoundingClientRect().width < 390")
    assert wide is not None
    assert wide["width"] > 390
    expect(page.locator(".rank-winner")).to_have_text("#6 is the best")


@pytest.mark.parametrize("method", ["round-robin", "knockout"])
def test_a_phone_shows_it_without_scrolling_sideways(rank_page: OpenPage, method: str) -> None:
    page = rank_page(viewport={"width": 390, "height": 800}, locale="zh-CN", color_scheme="dark")
    page.click("#start-rank")
    expect(page.locator("#message .message")).to_have_text("回答 1 为空；请填写或删去。")
    fill(page, method=method)
    ranked(page)
    expect(page.locator(".rank-winner")).to_have_text("#6 最好")
    assert page.evaluate(NO_OVERFLOW)


def test_empty_boxes_do_not_look_filled(rank_page: OpenPage) -> None:
    page = rank_page()
    expect(page.locator("#query textarea")).to_have_attribute("placeholder", "What the responses answer")
    colours = "(one) => [getComputedStyle(one, '::placeholder').color, getComputedStyle(one).color]"
    for place in ("#query textarea", ".responses textarea"):
        hint, typed = page.locator(place).first.evaluate(colours)
        assert hint != typed
    page.click("#paste-responses")
    hint, typed = page.locator(".paste-dialog textarea").evaluate(colours)
    assert hint != typed


def test_a_ranking_comes_into_view_once_it_begins(rank_page: OpenPage) -> None:
    page = rank_page(viewport={"width": 1366, "height": 768})
    fill(page)
    page.click("#add-response")
    page.fill("#seed input", "")
    page.click("#start-rank")
    expect(page.locator("#message .message")).to_contain_text("Seed")
    expect(page.locator(".responses textarea")).to_have_count(9)  # nothing is tidied up for what is refused
    expect(page.locator("#start-rank")).to_be_in_viewport()
    page.fill("#seed input", "1")
    ranked(page)
    expect(page.locator(".rank-winner")).to_be_in_viewport()
    expect(page.locator(".responses textarea")).to_have_count(8)
    note = page.locator(".undo-line")
    expect(note).to_have_text("Empty boxes were removed.")
    expect(page.locator("#responses-editor .message")).to_be_hidden()
    page.locator(".responses textarea").first.press_sequentially("!")
    expect(note).to_be_hidden()


def test_on_a_phone_the_bar_tells_the_result(rank_page: OpenPage) -> None:
    page = rank_page(viewport={"width": 360, "height": 740})
    fill(page, RESPONSES[:3])
    ranked(page)
    page.evaluate("scrollTo(0, 0)")
    told = page.locator("#actions .bar-verdict")
    expect(told).to_be_in_viewport()
    expect(told).to_have_text("#2 is the best")
    page.locator(".responses textarea").first.fill("Another text")
    expect(told).to_contain_text("of earlier texts")
    told.click()
    expect(page.locator(".rank-winner")).to_be_in_viewport()


def test_sixty_four_responses_are_ranked_and_drawn(rank_page: OpenPage, served: ServedPage) -> None:
    page = rank_page()
    served.engine.tokens_per_second = None
    fill(page, [f"worth {n}" for n in range(64)], method="swiss")
    ranked(page)
    expect(page.locator(".rank-winner")).to_have_text("#64 is the best")
    assert page.locator(".rank-picture.table path").count() == 6
