"""The Evaluate page: a run from a file to its figures, whoever leaves in between."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from rrm_ui.evaluation.estimate import estimate
from tests.browser.evaluating import Evaluate, choose, idle, report, start, upload
from tests.browser.harness import ServedPage
from tests.unit.evaluation.folders import put_run
from tests.unit.evaluation.made_runs import made_run

KEEP_WHAT_WORK_SHOWS = """() => {
    const work = document.querySelector("#work");
    window.shownEstimates = [];
    const look = () => window.shownEstimates.push(...(work.textContent.match(/\\d+ votes/) ?? []));
    new MutationObserver(look).observe(work, { subtree: true, childList: true });
}"""


def test_a_file_is_checked_before_anything_runs(evaluate: Evaluate, file: Path) -> None:
    page = evaluate()
    expect(page.locator("#preview p").first).to_contain_text("comparisons")
    upload(page, file)
    expect(page.locator("#preview p").first).to_have_text("12 comparisons, 12 of them labelled")
    expect(page.locator(".broken-rows summary")).to_contain_text("2 rows")
    expect(page.locator(".broken-rows li").first).to_contain_text("Line 13")
    expect(page.locator(".broken-rows li").nth(1)).to_contain_text("Line 14")
    page.locator("#limit input").fill("5")
    page.locator("#limit input").blur()
    expect(page.locator("#preview p").first).to_contain_text("5 of 12 comparisons")
    page.locator("#work [role=status]").evaluate("(line) => (line.dataset.was = 'there')")
    page.click("#ask-estimate")
    expect(page.locator("#work [data-was=there]")).to_contain_text("5 comparisons, 20 votes")
    page.locator("#limit input").fill("6")
    page.locator("#limit input").blur()
    expect(page.locator("#work [role=status]")).to_have_text("")


def test_an_estimate_of_what_was_changed_meanwhile_is_not_shown(
    evaluate: Evaluate, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(*arguments: Any) -> Any:
        asked.set()
        assert answer.wait(20)
        return estimate(*arguments)

    monkeypatch.setattr("rrm_ui.ui.evaluate_handlers.estimate", slow)
    page = evaluate()
    upload(page, file)
    work = page.locator("#work")
    page.evaluate(KEEP_WHAT_WORK_SHOWS)
    page.click("#ask-estimate")
    assert asked.wait(10)
    page.fill("#votes input[type=number]", "8")
    page.locator("#votes input[type=number]").blur()
    with page.expect_response(lambda response: "12" in response.text() and "prompt_tokens" in response.text()):
        answer.set()
    page.click("#ask-estimate")
    expect(work).to_contain_text("12 comparisons, 96 votes")
    assert set(page.evaluate("window.shownEstimates")) == {"96 votes"}


def test_why_rows_cannot_be_used_is_told_in_the_readers_language(evaluate: Evaluate, tmp_path: Path) -> None:
    path = tmp_path / "nothing.csv"
    path.write_text("query,response_a,response_b,label\nq,a,b,maybe\nq,a\n", encoding="utf-8")
    page = evaluate()
    choose(page, path)
    rows = page.locator(".broken-rows li")
    expect(page.locator("#preview .message")).to_have_text(
        "No row of nothing.csv can be used; correct them and try again."
    )
    expect(rows.nth(1)).to_have_text("Line 3 2 cells, but the header has 4")
    page.click("[data-language=zh-CN]")
    expect(page.locator("#preview .message")).to_have_text("nothing.csv 没有一行可用；请更正后再试。")
    expect(rows.nth(0)).to_have_text("第 2 行 标注 'maybe' 无法识别（请用 A、B 或 tie）")
    expect(rows.nth(1)).to_have_text("第 3 行 有 2 个单元格，而表头有 4 个")
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"query": nothing}\n', encoding="utf-8")
    page.locator("#file").get_by_role("button", name="清空").click()
    page.set_input_files("#file input[type=file]", broken)
    expect(rows.first).to_have_text("第 1 行 不是 JSON（第 11 个字符处：缺少值）")


def test_a_run_survives_a_reload_and_goes_on_after_a_stop(
    evaluate: Evaluate, served: ServedPage, file: Path, data_folder: Path
) -> None:
    served.engine.tokens_per_second = 20
    page = evaluate()
    told = page.locator("#page-header [role=status]")
    upload(page, file)
    start(page)
    expect(told).to_have_text("Evaluating sums.jsonl")
    page.wait_for_function("/^[1-9]\\d* of 48 votes/.test(document.querySelector('.running .note').textContent)")
    page.reload()
    expect(page.locator(".running-words")).to_have_text("Evaluating sums.jsonl")
    page.wait_for_function(
        "/\\b[1-9]\\d* of 12 comparisons/.test(document.querySelector('.running .note').textContent)"
    )
    page.click("#stop-run")
    idle(page)
    expect(told).to_have_text("The evaluation of sums.jsonl has ended: stopped")
    expect(report(page).locator(".warning").first).to_contain_text("This run was stopped")
    assert "run=" in page.url
    served.engine.tokens_per_second = None
    page.get_by_role("button", name="Go on").press("Enter")
    expect(page.get_by_role("button", name="Go on")).to_have_count(0)
    expect(page.locator(".run-open").first).to_be_focused()
    expect(page.locator(".state-finished").first).to_be_visible(timeout=15_000)
    expect(report(page).locator(".accuracy")).to_contain_text("over 12 comparisons")
    expect(report(page).locator("svg.plot").first).to_be_visible()
    folder = data_folder / "runs" / page.url.partition("run=")[2].partition("&")[0]
    assert len((folder / "votes.jsonl").read_text().splitlines()) == 48


def test_an_evaluation_outlives_its_page(evaluate: Evaluate, served: ServedPage, file: Path) -> None:
    served.engine.tokens_per_second = 100
    page = evaluate()
    upload(page, file)
    start(page)
    page.goto("about:blank")
    page = evaluate()
    idle(page)
    expect(page.locator(".run").first).to_contain_text("finished")
    page.locator(".run-open").first.click()
    expect(report(page).locator("h1")).to_have_text("sums.jsonl")


def test_a_second_run_waits_for_the_first(evaluate: Evaluate, served: ServedPage, file: Path) -> None:
    served.engine.tokens_per_second = 30
    page, other = evaluate(), evaluate()
    upload(page, file)
    start(page)
    expect(other.locator(".running-words")).to_contain_text("Evaluating")
    refusal = other.locator("#message .message")
    other.click("#start")
    expect(refusal).to_contain_text("running already")
    other.click("#ask-estimate")
    expect(refusal).to_contain_text("a trial beside it would mislead")
    served.engine.tokens_per_second = 1000
    idle(other)
    expect(refusal).to_be_hidden()


def test_the_end_of_a_run_takes_nobody_from_what_they_read(
    evaluate: Evaluate, served: ServedPage, file: Path, data_folder: Path
) -> None:
    served.engine.tokens_per_second = 30
    put_run(made_run(1, name="being read"), data_folder / "runs" / "being-read")
    starter, reader, newcomer = evaluate("?run=being-read"), evaluate("?run=being-read"), evaluate()
    upload(starter, file)
    start(starter)
    expect(reader.locator(".running-words")).to_be_visible()
    expect(newcomer.locator(".running-words")).to_be_visible()
    for page, title in ((starter, "sums.jsonl"), (newcomer, "sums.jsonl"), (reader, "being read")):
        idle(page)
        expect(report(page).locator("h1")).to_have_text(title)
    assert "run=being-read" in reader.url
