"""What the Evaluate page shows of a run: figures, charts, comparisons and votes, in every language and width."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedRow
from rrm_ui.evaluation.items import Item
from rrm_ui.evaluation.patterns import find_patterns
from rrm_ui.evaluation.record import JudgedItem
from tests.browser.conftest import OpenPage
from tests.browser.evaluating import NO_OVERFLOW, OPEN_ALL, Evaluate, report, upload
from tests.browser.harness import ServedPage
from tests.browser.steps import box, judge, type_comparison
from tests.browser.test_reader import HOSTILE
from tests.unit.evaluation.folders import put_run
from tests.unit.evaluation.made_runs import RunShape, made_run


def test_a_link_leads_to_a_run_and_rules_change_its_figures(evaluate: Evaluate, data_folder: Path) -> None:
    run = made_run(1, RunShape(items=40, unreadable_share=0.3), name="linked")
    put_run(run, data_folder / "runs" / "linked")
    page = evaluate("?run=linked")
    figure = report(page).locator(".accuracy .figure")
    expect(figure).to_be_visible()
    strict = figure.inner_text()
    page.select_option("#rule", "lenient")
    expect(report(page).locator(".accuracy")).to_contain_text("lenient rule")
    assert figure.inner_text() != strict
    page.reload()
    expect(report(page).locator(".accuracy")).to_contain_text("lenient rule")


def test_focus_stays_where_a_control_is_made_anew(evaluate: Evaluate, data_folder: Path) -> None:
    put_run(made_run(1, RunShape(items=8), name="focus"), data_folder / "runs" / "focus")
    page = evaluate("?run=focus")
    rule = page.locator("#rule")
    expect(report(page).locator(".accuracy")).to_contain_text("strict rule")
    rule.focus()
    for name in ("lenient", "probability"):
        page.keyboard.press("ArrowDown")
        expect(report(page).locator(".accuracy")).to_contain_text(f"{name} rule")
        expect(rule).to_be_focused()
    language = page.locator("[data-language=zh-TW]")
    language.focus()
    page.keyboard.press("Enter")
    expect(language).to_have_attribute("aria-pressed", "true")
    expect(language).to_be_focused()


@pytest.mark.parametrize(("motion", "behavior"), [("no-preference", "smooth"), ("reduce", "auto")])
def test_a_run_that_is_pressed_comes_into_view(
    evaluate: Evaluate, data_folder: Path, motion: str, behavior: str
) -> None:
    put_run(made_run(1, RunShape(items=8), name="pressed"), data_folder / "runs" / f"pressed-{behavior}")
    page = evaluate(viewport={"width": 1366, "height": 768}, reduced_motion=motion)
    page.evaluate(
        """() => {
            const own = Element.prototype.scrollIntoView;
            Element.prototype.scrollIntoView = function (how) { window.scrolled = how; own.call(this, how); };
        }"""
    )
    page.locator(f"[data-run=pressed-{behavior}] .run-open").click()
    heading = report(page).locator("h1")
    expect(heading).to_be_in_viewport()
    expect(heading).to_be_focused()
    expect(page.locator("#rule")).to_be_in_viewport()
    assert page.evaluate("window.scrolled.behavior") == behavior
    page.focus("#rule")
    page.keyboard.press("ArrowDown")
    expect(report(page).locator(".accuracy")).to_contain_text("lenient rule")
    expect(page.locator("#rule")).to_be_focused()  # only what was pressed in the list takes the focus along


def test_two_runs_are_compared_on_the_page(evaluate: Evaluate, data_folder: Path) -> None:
    for seed in (1, 2):
        put_run(made_run(seed, name="twice", items="twice"), data_folder / "runs" / f"twice-{seed}")
    put_run(made_run(3, name="other", items="other"), data_folder / "runs" / "elsewhere")
    put_run(made_run(4, RunShape(items=25), name="twice", items="twice"), data_folder / "runs" / "twice-limited")
    put_run(made_run(5, name="twice", items="of another file"), data_folder / "runs" / "twice-by-name")
    page = evaluate("?run=twice-1")
    expect(page.locator("#second-run option")).to_have_count(4)
    page.select_option("#second-run", "twice-limited")
    expect(report(page).locator(".two-runs")).to_contain_text("over 25 comparisons")
    page.select_option("#second-run", "twice-by-name")
    expect(page.locator("#report .message")).to_contain_text("share no comparison")
    page.select_option("#second-run", "twice-2")
    expect(page.locator("#report .message")).to_be_hidden()
    expect(report(page).locator(".two-runs")).to_contain_text("over 40 comparisons")
    report(page).locator(".flips summary").first.click()
    with page.context.expect_page() as opened:
        report(page).locator(".flips button[data-item]").first.click()
    expect(box(opened.value, "query")).to_have_value(re.compile("Question .* of twice"))


def test_runs_can_be_told_apart(evaluate: Evaluate, data_folder: Path) -> None:
    for key, seed, limit in (("apart-all", 1, None), ("apart-six", 1, 6), ("apart-twin", 1, None)):
        run = made_run(seed, name="apart", items="apart")
        spec = replace(run.spec, limit=limit, created="2026-03-01T12:00:00+00:00")
        put_run(replace(run, spec=spec), data_folder / "runs" / key)
    page = evaluate("?run=apart-six", timezone_id="UTC")
    words = {key: page.locator(f"[data-run={key}] .run-words") for key in ("apart-all", "apart-six", "apart-twin")}
    expect(words["apart-six"]).to_contain_text("6 of 40 comparisons")
    expect(words["apart-six"]).not_to_contain_text("apart-six")
    expect(words["apart-all"]).to_have_text(re.compile(r"· 40 comparisons · Seed \d+ · apart-all$"))
    expect(words["apart-twin"]).to_have_text(re.compile("apart-twin$"))
    others = page.locator("#second-run option:not([value=''])")
    expect(others.first).to_have_text(re.compile(r"^Mar 1, 2026, 12:00 PM · .* · apart-(all|twin)$"))
    assert len({option.inner_text() for option in others.all()}) == 2


def test_a_wrong_comparison_opens_in_compare_and_can_be_judged(evaluate: Evaluate, data_folder: Path) -> None:
    put_run(made_run(1, name="to open", items="open"), data_folder / "runs" / "to-open")
    page = evaluate("?run=to-open")
    item = report(page).locator(".group.wrong .item").first
    item.locator("summary").click()
    query = item.locator(".text.query p").inner_text()
    with page.context.expect_page() as opened:
        item.locator("button[data-item]").click()
    compare = opened.value
    expect(box(compare, "query")).to_have_value(query)
    expect(box(compare, "response_b")).not_to_have_value("")
    judge(compare)
    box(compare, "query").fill("Another question?")
    compare.reload()
    expect(box(compare, "query")).to_have_value("Another question?")  # handed on once: it does not come back
    expect(report(page).locator("h1")).to_have_text("to open")


def test_that_a_comparison_cannot_be_opened_is_said(evaluate: Evaluate, data_folder: Path) -> None:
    put_run(made_run(1, name="not to open", items="open"), data_folder / "runs" / "not-to-open")
    page = evaluate("?run=not-to-open")
    page.evaluate("window.open = () => null")
    item = report(page).locator(".group.wrong .item").first
    item.locator("summary").click()
    item.locator("button[data-item]").click()
    expect(page.locator("#report .message")).to_contain_text("The Compare page could not be opened")


def test_pages_link_each_other_and_say_where_one_is(evaluate: Evaluate) -> None:
    page = evaluate()
    links = page.locator(".pages a")
    expect(links).to_have_text(["Compare", "Rank", "Evaluate", "Models"])
    expect(page.locator(".pages a[aria-current=page]")).to_have_text("Evaluate")
    links.first.click()
    expect(page.locator("#judge")).to_be_visible()
    expect(page.locator(".pages a[aria-current=page]")).to_have_text("Compare")
    expect(page.get_by_text("Home", exact=True)).to_be_hidden()


def test_reports_can_be_taken_along(evaluate: Evaluate, data_folder: Path, tmp_path: Path, open_page: OpenPage) -> None:
    put_run(made_run(1, name="to take"), data_folder / "runs" / "to-take")
    page = evaluate("?run=to-take")
    expect(report(page)).to_be_visible()
    for button, suffix in (("Download report", ".html"), ("Download JSON", ".json")):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=button).click()
        assert waiting.value.suggested_filename == f"to-take{suffix}"
        waiting.value.save_as(tmp_path / f"report{suffix}")
    assert json.loads((tmp_path / "report.json").read_text())["findings"]["n"] == 40
    context = page.context.browser.new_context()  # type: ignore[union-attr]
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    alone = context.new_page()
    alone.goto((tmp_path / "report.html").as_uri())
    expect(alone.locator("svg.plot").first).to_be_visible()
    expect(alone.locator("h1")).to_have_text("to take")
    assert len(asked) == 1
    context.close()


@pytest.mark.parametrize(("locale", "words"), [("zh-CN", "准确率"), ("zh-TW", "準確率")])
def test_the_report_follows_the_language(evaluate: Evaluate, data_folder: Path, locale: str, words: str) -> None:
    put_run(made_run(1, name="spoken"), data_folder / "runs" / f"spoken-{locale}")
    page = evaluate(f"?run=spoken-{locale}")
    expect(report(page)).to_contain_text("Accuracy")
    page.click(f"[data-language='{locale}']")
    expect(report(page)).to_contain_text(words)
    expect(report(page)).to_have_attribute("lang", locale)
    assert "Accuracy" not in report(page).inner_text()
    left = page.evaluate(
        """[...document.querySelectorAll('#data-row label, #dials label, #actions button, #desk h2, .report-bar span,'
          + '.report-bar button, .run-state, .report button')].map((e) => e.innerText).join(' ')"""
    )
    assert set(re.findall(r"[A-Za-z]{4,}", left)) == {"JSON"}


@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_shows_it_all_without_scrolling_sideways(evaluate: Evaluate, data_folder: Path, width: int) -> None:
    for seed in (1, 2):
        run = made_run(seed, RunShape(items=40, votes=8, tie_share=0.2), name="on a phone", items="phone")
        put_run(run, data_folder / "runs" / f"phone-{width}-{seed}")
    page = evaluate(
        f"?run=phone-{width}-1&second=phone-{width}-2",
        viewport={"width": width, "height": 780},
        locale="zh-CN",
        has_touch=True,
        is_mobile=True,
    )
    expect(report(page)).to_be_visible()
    page.evaluate(OPEN_ALL)
    assert page.evaluate(NO_OVERFLOW)
    letters = page.evaluate(
        "[...document.querySelectorAll('.report svg.plot text')].map((e) => e.getBoundingClientRect().height)"
    )
    assert min(letters) > 9


def test_charts_can_be_read_in_the_dark(evaluate: Evaluate, data_folder: Path) -> None:
    put_run(made_run(1, name="dark"), data_folder / "runs" / "dark")
    page = evaluate("?run=dark", color_scheme="dark")
    expect(report(page)).to_be_visible()
    fill = page.evaluate("getComputedStyle(document.querySelector('.report svg.plot text')).fill")
    line = page.evaluate("getComputedStyle(document.querySelector('.report .line.main')).stroke")
    for colour in (fill, line):
        assert sum(map(int, re.findall(r"\d+", colour)[:3])) > 400


def test_hostile_data_is_text_everywhere(evaluate: Evaluate, served: ServedPage, tmp_path: Path) -> None:
    text = "\n".join(HOSTILE)

    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        return ScriptedRow((text,) * 3, "second", 0.1, answer=text)

    served.engine.script, served.engine.tokens_per_second = script, None
    rows = [
        {
            "query": text,
            "response_a": f"{n}{text}",
            "response_b": text,
            "label": "A",
            "subset": text,
            "id": f"{n}{text}",
        }
        for n in range(12)
    ]
    file = tmp_path / "<img src=x onerror=hacked=1>.jsonl"
    file.write_text("\n".join([*map(json.dumps, rows), "<script>hacked=1</script>"]) + "\n")
    page = evaluate()
    upload(page, file)
    page.click("#start")
    expect(report(page)).to_be_visible(timeout=15_000)
    page.evaluate(OPEN_ALL)
    expect(report(page).locator(".text.query p").first).to_contain_text("</script><svg")
    page.click("[data-language='zh-CN']")
    expect(report(page)).to_contain_text("准确率")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#evaluate img, #evaluate script").count() == 0
    page.evaluate(OPEN_ALL)
    with page.context.expect_page() as opened:
        report(page).locator("button[data-item]").first.click()
    expect(box(opened.value, "query")).to_have_value(text)
    assert opened.value.evaluate("window.hacked") is None


def test_a_stored_vote_can_be_read_with_the_keyboard_and_is_text(evaluate: Evaluate, data_folder: Path) -> None:
    text = "\n".join(HOSTILE)
    run = made_run(1, RunShape(items=6, skill=-3.0, unreadable_share=0.3), name="to read")
    votes = tuple(replace(vote, thinking=f"Wait, {text}", answer=text, error=text) for vote in run.judged[0].votes)
    hostile = JudgedItem(replace(run.judged[0].item, id=text), votes)
    put_run(replace(run, judged=(hostile, *run.judged[1:])), data_folder / "runs" / "to-read")
    page = evaluate("?run=to-read")
    expect(report(page)).to_be_visible()
    page.evaluate(OPEN_ALL)
    item = report(page).locator(".item").filter(has_text="onerror").first
    opener = item.locator("button.vote-opener").nth(1)
    expect(item.locator("button.vote-opener")).to_have_count(4)
    expect(opener).to_have_accessible_name(
        re.compile(r"^Vote 2, [AB] first, \d+ thinking tokens: (A|B|no verdict); read it$")
    )
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("h2")).to_have_text("Vote 2")
    expect(dialog.locator(".dialog-thought")).to_have_text(f"Wait, {text}")
    expect(dialog.locator(".dialog-answer")).to_have_text(text)
    vote = votes[1]
    note = dialog.locator(".note").first
    expect(note).to_contain_text({"AB": "A first", "BA": "B first"}[vote.order])
    expect(note).to_contain_text(f"{vote.thinking_tokens} of 256")
    if vote.p_a is not None:
        expect(note).to_contain_text("P(A)")
    page.check("#mark-patterns")
    expect(dialog.locator(".dialog-thought mark.pattern")).to_have_text(["Wait"])
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert page.evaluate("document.activeElement.dataset.vote") == "1"
    assert item.evaluate("(e) => e.open")
    page.click("[data-language='zh-TW']")
    expect(report(page)).to_contain_text("點按字母")
    page.evaluate(OPEN_ALL)
    report(page).locator(".item").filter(has_text="onerror").first.locator("button.vote-opener").first.click()
    expect(dialog.locator("h2")).to_have_text("第 1 票")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#evaluate img, #evaluate script, dialog img, dialog script").count() == 0


def test_a_tampered_report_builds_nothing(evaluate: Evaluate, data_folder: Path) -> None:
    run = made_run(1, RunShape(items=4), name="tampered")
    items = [Item(f'"><script>{n}</script>', "q", "a", "b", "A") for n in range(4)]
    judged = tuple(JudgedItem(item, one.votes) for item, one in zip(items, run.judged, strict=True))
    put_run(replace(run, judged=judged), data_folder / "runs" / "tampered")
    page = evaluate("?run=tampered&second=../../etc&rule=%3Cimg%3E")
    expect(page.locator("#report .message")).to_contain_text("no such run")
    page = evaluate("?run=%3Cimg%20src%3Dx%20onerror%3Dhacked%3D1%3E")
    expect(page.locator("#report .message")).to_contain_text("no such run")
    assert page.evaluate("window.hacked") is None


def test_everything_has_a_name(evaluate: Evaluate, data_folder: Path) -> None:
    put_run(made_run(1, name="named"), data_folder / "runs" / "named")
    page = evaluate("?run=named")
    expect(report(page)).to_be_visible()
    nameless = page.evaluate(
        """[...document.querySelectorAll('#evaluate button, #evaluate input, #evaluate select')].filter((e) =>
          e.checkVisibility() && !(e.ariaLabel || e.textContent.trim() || e.labels?.length || e.closest('label')))
          .map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []


def test_reasoning_patterns_are_marked_on_demand(page: Page, served: ServedPage) -> None:
    # The first keyword lies on the edge of two blocks, the second begins within another pattern's.
    thought = (
        f"{'a' * 1496} on the\nother hand. I keep going back to begin with.\n"
        "First, I add.\nWait, let me check: <b>2</b>. Awaiting nothing. On the other hand it is whereas. 等等，再检查。"
    )

    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        return ScriptedRow(tuple(re.findall(r"\S+\s*", thought)), "first", 0.9)

    served.engine.script = script
    type_comparison(page)
    judge(page)
    page.locator(".pane button").first.click()
    body = page.locator(".dialog-thought")
    before = body.text_content()
    expect(page.locator(".dialog-thought mark.pattern")).to_have_count(0)
    page.check("#mark-patterns")
    marked = page.locator(".dialog-thought mark.pattern")
    found = {(mark.inner_text(), mark.get_attribute("title")) for mark in marked.all()}
    assert page.locator(".dialog-thought .rrm-block").count() > 1
    assert {("First,", "breakdown"), ("Wait", "reflection"), ("On the other hand", "transition")} <= found
    assert {("whereas", "comparison"), ("等等", "reflection"), ("再检查", "reflection")} <= found
    assert not [text for text, _ in found if "await" in text.lower()]
    counts = Counter(span.name for span in find_patterns(thought))
    expect(page.locator(".pattern-legend > span")).to_have_text(
        [f"{name} {counts[name]}" for name in ("transition", "reflection", "comparison", "breakdown")]
    )
    assert body.text_content() == before
    page.uncheck("#mark-patterns")
    expect(marked).to_have_count(0)
    assert body.text_content() == before
