"""What the Evaluate page says of a run that could not judge everything, and of lists that are cut."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants
from playwright.sync_api import expect

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedRow, default_script
from rrm_ui.errors import OutOfMemory
from rrm_ui.ui import evaluate_handlers
from tests.browser.evaluating import Evaluate, choose, upload
from tests.browser.harness import ServedPage
from tests.unit.evaluation.folders import put_run
from tests.unit.evaluation.made_runs import RunShape, made_run


def failing(request: GenerationRequest, row: int) -> ScriptedRow:
    return replace(default_script(request, row), fails_after=2)


def out_of_memory(request: GenerationRequest, row: int) -> ScriptedRow:
    raise OutOfMemory("The machine ran out of memory. Choose fewer votes.")


def test_comparisons_that_could_not_be_judged_are_told_with_the_reason(
    evaluate: Evaluate, served: ServedPage, file: Path
) -> None:
    served.engine.script = failing
    page = evaluate()
    upload(page, file)
    page.click("#start")
    told = page.locator(".running .message")
    expect(told).to_have_text("12 comparisons could not be judged: This vote broke off in the middle of its thinking.")
    expect(page.get_by_role("button", name="Go on").first).to_be_visible()


def test_the_reason_is_told_in_the_readers_language(evaluate: Evaluate, served: ServedPage, file: Path) -> None:
    served.engine.script = out_of_memory
    page = evaluate()
    upload(page, file)
    page.click("#start")
    told = page.locator(".running .message")
    expect(told).to_contain_text("The machine ran out of memory.")
    page.click("[data-language='zh-CN']")
    expect(told).to_contain_text("内存")
    expect(told).not_to_contain_text("memory")


def test_why_a_run_cannot_go_on_is_told_in_the_readers_language(evaluate: Evaluate, data_folder: Path) -> None:
    put_run(made_run(1, RunShape(unfinished=2, state="stopped")), data_folder / "runs" / "of-another-model")
    page = evaluate(locale="zh-CN")
    page.locator("[data-run=of-another-model] .plain").click()
    told = page.locator(".running .message")
    expect(told).to_contain_text("；模型原为 made-up-judge，现为 scripted；")
    expect(told).to_contain_text("torch 的版本原为")
    expect(told).not_to_contain_text("demonstration")
    page.click("[data-language=en]")
    expect(told).to_contain_text("the model was made-up-judge and is scripted")


def test_a_benchmark_that_is_not_there_is_told_in_the_readers_language(
    evaluate: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    page = evaluate(locale="zh-CN")
    page.click("#data input")
    page.get_by_role("option", name="RM-Bench").click()
    told = page.locator("#preview .message")
    expect(told).to_have_text(
        "此服务器上没有 RM-Bench（Hub 已被 HF_HUB_OFFLINE 停用）。请下载 total_dataset.json"
        "（https://huggingface.co/datasets/THU-KEG/RM-Bench），再选择“我的文件”。"
    )
    page.click("[data-language=en]")
    expect(told).to_contain_text(
        "RM-Bench is not on this server, and the Hub is switched off (HF_HUB_OFFLINE). Download"
    )


DROP = """() => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(["x"], "notes.docx"));
    return dropped;
}"""


def test_a_file_that_is_not_taken_is_told_in_the_readers_language(
    evaluate: Evaluate, file: Path, tmp_path: Path
) -> None:
    page = evaluate(locale="zh-CN")
    notes = tmp_path / "notes.docx"
    notes.write_text("x")
    choose(page, notes, "我的文件")
    told, place = page.locator("#preview .message"), page.locator("#file .upload-container")
    refusal = "无法读取 notes.docx 这种文件；请使用 .jsonl、.ndjson、.json、.csv、.tsv、.parquet 之一。"
    expect(told).to_have_text(refusal)
    expect(page.get_by_text("Invalid file type")).to_have_count(0)
    expect(place).to_have_accessible_name("选择文件，或拖放到此处")
    page.click("[data-language=zh-TW]")
    expect(place).to_have_accessible_name("選擇檔案，或拖放到此處")
    page.evaluate("window.gradio_config.max_file_size = 100")
    page.set_input_files("#file input[type=file]", file)
    expect(told).to_have_text("sums.jsonl 有 1 MB，最多接受 1 MB。請從中抽樣。")
    place.dispatch_event("drop", {"dataTransfer": page.evaluate_handle(DROP)})
    expect(told).to_contain_text("notes.docx")
    page.evaluate("window.gradio_config.max_file_size = null")
    page.set_input_files("#file input[type=file]", file)
    expect(page.locator("#preview p").first).to_contain_text("12")
    expect(told).to_have_count(0)
    page.locator("#file").get_by_role("button", name="清空").click()
    expect(place).to_have_accessible_name("選擇檔案，或拖放到此處")


def test_a_list_that_is_cut_says_how_many_more_there_are(
    evaluate: Evaluate, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate_handlers, "MOST_RUNS", 1)
    put_run(made_run(1), data_folder / "runs" / "one-of-many")
    page = evaluate()
    expect(page.locator("ul.runs:not(.trainings) .run")).to_have_count(1)
    more = page.locator(".more-runs")
    expect(more.first).to_have_text(re.compile(r"and \d+ more, older"))
    expect(more.nth(1)).to_have_text(re.compile(r"and \d+ more, older"))  # others ship
