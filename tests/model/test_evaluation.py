"""Runs with the embedded model: real votes are the same after a stop, and probes say what real budgets would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rrm_ui.assembly import load_judge_model
from rrm_ui.evaluation.analysis import find
from rrm_ui.evaluation.items import ItemSet
from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.runner import RunProgress, run_evaluation
from rrm_ui.evaluation.sources import load_items
from rrm_ui.judge import JudgeModel
from rrm_ui.settings import Settings
from rrm_ui.values import JudgeSettings

SAMPLE = Path(__file__).parents[2] / "assets" / "sample-comparisons.jsonl"
SETTINGS = JudgeSettings(thinking_budget=24, votes=2, probe_every=12)

same_to_the_bit = pytest.mark.skipif(
    not torch.cpu._is_avx512_bf16_supported(), reason="this CPU has no bf16 products, and others round by their shape"
)


@pytest.fixture(scope="module")
def embedded(embedded_dir: Path) -> Iterator[JudgeModel]:
    assert embedded_dir.is_dir()
    model = load_judge_model(Settings(model="embedded"), lambda _: None)
    yield model
    model.engine.stop()


@pytest.fixture(scope="module")
def items() -> ItemSet:
    return load_items(str(SAMPLE))


@pytest.fixture(scope="module")
def whole(embedded: JudgeModel, items: ItemSet, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_evaluation(items, SETTINGS, embedded, tmp_path_factory.mktemp("whole"), limit=5)


def test_a_run_records_who_judged_and_what_came_out(whole: Run, form_of_embedded: str) -> None:
    assert whole.state == "finished"
    assert whole.spec.model.quantization == form_of_embedded
    assert {"torch", "transformers", "bitsandbytes"} <= set(whole.spec.versions)
    assert ("onnxruntime" in whole.spec.versions) == form_of_embedded.startswith("int4")
    figures = find(whole)
    assert figures.n == figures.scores.n == 5
    assert figures.tokens > 0
    assert [point.budget for point in figures.curves.by_budget] == [0, 12, 24]


@same_to_the_bit
def test_a_run_that_was_stopped_ends_with_the_same_votes(
    embedded: JudgeModel, items: ItemSet, whole: Run, tmp_path: Path
) -> None:
    cancel = threading.Event()

    def stop(progress: RunProgress) -> None:
        if progress.votes_done >= 2:
            cancel.set()

    stopped = run_evaluation(items, SETTINGS, embedded, tmp_path, limit=5, report=stop, cancel=cancel)
    kept = sum(len(judged.votes) for judged in stopped.judged)
    assert 2 <= kept <= 10
    again = run_evaluation(items, SETTINGS, embedded, tmp_path, limit=5)
    assert [judged.votes for judged in again.judged] == [judged.votes for judged in whole.judged]
    assert find(again) == find(whole)


@same_to_the_bit
def test_probes_read_what_runs_at_their_budgets_end_with(
    embedded: JudgeModel, items: ItemSet, whole: Run, tmp_path: Path
) -> None:
    for budget in (0, 12):
        settings = replace(SETTINGS, thinking_budget=budget)
        real = run_evaluation(items, settings, embedded, tmp_path / str(budget), limit=5)
        for judged, probed in zip(real.judged, whole.judged, strict=True):
            for vote, other in zip(judged.votes, probed.votes, strict=True):
                expected = next((probe.p_a for probe in other.probes if probe.tokens == budget), other.p_a)
                assert vote.p_a == pytest.approx(expected, abs=1e-6)
                assert other.thinking.startswith(vote.thinking)
        point = next(point for point in find(whole).curves.by_budget if point.budget == budget)
        assert point.accuracy == find(real).scores.strict
