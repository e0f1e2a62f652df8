"""NF4, int8 and 16 bits on a GPU: each loads, says what it is, and judges."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from rrm_ui.assembly import load_judge_model
from rrm_ui.events import JudgmentFinished
from rrm_ui.judge import judge
from rrm_ui.settings import Quantization, Settings
from rrm_ui.values import Comparison, JudgeSettings
from tests.gpu.conftest import DEVICE


@pytest.mark.parametrize("quantization", ["nf4", "int8", "none"])
def test_every_form_loads_and_judges(quantization: Quantization, folder: Path, tmp_path: Path) -> None:
    settings = Settings(model=str(folder), data_dir=tmp_path, device=DEVICE, quantization=quantization)
    model = load_judge_model(settings, lambda _: None)
    layers, _, head = model.details.quantization.partition(", head ")
    # On a GPU the head stays whole; so it does on a CPU whose own measurement chose weights in float32.
    packed = DEVICE == "cpu" and "bfloat16" in model.setup
    assert (layers, head, model.details.device) == (quantization, "int8" if packed else "", DEVICE)
    asked = JudgeSettings(thinking_budget=24, votes=4)
    events = list(judge(Comparison("What is 17 * 23?", "391", "400"), asked, model))
    model.engine.stop()
    assert isinstance(events[-1], JudgmentFinished)
    votes = events[-1].judgment.votes
    assert len(votes) == 4
    assert all(vote.error is None and vote.thinking_tokens > 0 for vote in votes)
    assert any(vote.p_a is not None for vote in votes)


@pytest.mark.cuda
def test_a_small_model_is_left_whole_on_a_large_gpu(folder: Path, tmp_path: Path) -> None:
    model = load_judge_model(Settings(model=str(folder), data_dir=tmp_path), lambda _: None)
    model.engine.stop()
    assert model.details.device == "cuda"
    assert model.details.quantization == "none"
    assert "they take at most half" in model.setup
    assert torch.cuda.is_bf16_supported(including_emulation=False) == ("bfloat16" in model.setup)
