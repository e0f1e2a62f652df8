"""Training runs on the Evaluate page: listed beside the evaluations, their curves drawn."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from rrm_ui.evaluation.training_curves import CONFIGURATION, CURVES
from tests.browser.evaluating import NO_OVERFLOW, Evaluate, report


def put_curves(folder: Path) -> None:
    folder.mkdir(parents=True)
    asked = {"kind": "grpo", "base": "embedded", "comparisons": 640}
    (folder / CONFIGURATION).write_text(json.dumps(asked))
    rows = [
        {"step": step, "reward": step / 40, "thought_tokens": 60 + step % 7}
        | ({"accuracy": 0.7 + step / 200, "low": 0.6, "high": 0.95, "orders_agree": 0.9} if step % 10 == 0 else {})
        for step in range(31)
    ]
    (folder / CURVES).write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_a_training_run_is_listed_and_its_curves_are_drawn(evaluate: Evaluate, data_folder: Path) -> None:
    put_curves(data_folder / "training" / "first")
    page = evaluate()
    row = page.locator(".trainings .run-open").filter(has_text="GRPO · embedded · 30 steps")  # others ship
    row.click()
    expect(report(page).locator("figure.chart")).to_have_count(4)
    expect(page.locator("#rule")).to_have_count(0)  # there is nothing to score
    assert "run=training%3Afirst" in page.url
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate(NO_OVERFLOW)
    with page.expect_download() as download:
        page.locator(".report-downloads button").first.click()
    assert download.value.suggested_filename == "first.html"
