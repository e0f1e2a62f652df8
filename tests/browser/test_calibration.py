"""P(A) at the temperature that was fitted for the judge, shown when a reader asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rrm_ui.engines.scripted import ScriptedEngine
from rrm_ui.evaluation.calibration_store import StoredCalibration, apply_temperature, fit_calibration, store_calibration
from rrm_ui.evaluation.runner import run_evaluation
from rrm_ui.evaluation.sources import load_items
from rrm_ui.scripted_model import scripted_model
from rrm_ui.settings import get_settings
from rrm_ui.values import JudgeSettings
from tests.browser.conftest import OpenPage
from tests.browser.steps import judge, type_comparison

SAMPLE = Path(__file__).parents[2] / "assets" / "sample-comparisons.jsonl"


@pytest.fixture
def fitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoredCalibration]:
    """A temperature fitted on a run of the judge that the page has."""
    monkeypatch.setenv("RRM_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    settings = JudgeSettings(thinking_budget=64, votes=4)
    run = run_evaluation(load_items(str(SAMPLE)), settings, scripted_model(ScriptedEngine()), tmp_path / "run")
    yield store_calibration(fit_calibration(run), tmp_path)
    get_settings.cache_clear()


def shown(page: Page) -> str:
    return page.locator(".fact", has=page.locator("#calibrate")).locator("dd").first.text_content() or ""


def test_a_switch_shows_the_calibrated_probability_and_says_where_it_is_from(
    open_page: OpenPage, fitted: StoredCalibration
) -> None:
    page = open_page()
    type_comparison(page)
    judge(page)
    before = float(shown(page))
    page.click("#calibrate")
    expect(page.locator("#calibrate")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".facts")).to_contain_text(f"fitted on {fitted.n} comparisons of sample-comparisons")
    assert float(shown(page)) == pytest.approx(apply_temperature(before, fitted.temperature), abs=0.011)
    page.reload()
    type_comparison(page)
    judge(page)
    expect(page.locator("#calibrate")).to_have_attribute("aria-pressed", "true")  # the wish is kept
    page.click("#calibrate")
    assert float(shown(page)) == before


def test_without_a_fit_there_is_no_switch(open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRM_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    page = open_page()
    type_comparison(page)
    judge(page)
    expect(page.locator(".facts")).to_be_visible()
    expect(page.locator("#calibrate")).to_have_count(0)
    get_settings.cache_clear()


def test_a_fit_that_cannot_be_read_is_told_and_keeps_nobody_from_judging(
    open_page: OpenPage, fitted: StoredCalibration, tmp_path: Path
) -> None:
    for path in (tmp_path / "calibrations").iterdir():
        path.write_text("{", encoding="utf-8")
    page = open_page()
    type_comparison(page)
    judge(page)
    expect(page.locator(".facts")).to_contain_text("cannot be read")
    expect(page.locator("#calibrate")).to_have_count(0)
    page.click("[data-language=zh-CN]")
    expect(page.locator(".facts")).to_contain_text("无法读取此模型的校准")
    for path in (tmp_path / "calibrations").iterdir():
        path.write_text('{"format": 0}', encoding="utf-8")
    judge(page)
    expect(page.locator(".facts")).to_contain_text("由另一版本的程序写出")
