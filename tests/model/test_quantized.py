"""A model in every form that a CPU takes, loaded as the app loads it and judging through the real loop."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import PreTrainedTokenizerFast

from rrm_ui.assembly import load_judge_model
from rrm_ui.engines.models.devices import place
from rrm_ui.events import JudgmentFinished
from rrm_ui.judge import judge
from rrm_ui.settings import Settings
from rrm_ui.values import Comparison, JudgeSettings, Judgment
from tests.benchmarks import forms as forms_benchmark
from tests.benchmarks import head as head_benchmark
from tests.model.tiny import random_qwen2

PAIR = Comparison("What is 17 * 23?", "It is 391.", "It is 400.")


@pytest.fixture(scope="module")
def folder(tokenizer: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("model") / "random"
    random_qwen2(len(tokenizer)).bfloat16().save_pretrained(place)
    tokenizer.save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of this file's tests: the first load keeps there how fast a layer is in each form."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def adapter(folder: Path, tokenizer: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = get_peft_model(
        random_qwen2(len(tokenizer)), LoraConfig(r=4, target_modules=["q_proj", "up_proj"], task_type="CAUSAL_LM")
    )
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    place = tmp_path_factory.mktemp("adapter")
    model.save_pretrained(str(place))
    return place


def judged(folder: Path, data_dir: Path, budget: int = 24, **chosen: Any) -> Judgment:
    settings = Settings(model=str(folder), data_dir=data_dir, device="cpu", **chosen)
    model = load_judge_model(settings, lambda _: None)
    try:
        events = list(judge(PAIR, JudgeSettings(thinking_budget=budget, votes=4), model))
    finally:
        model.engine.stop()
    assert isinstance(events[-1], JudgmentFinished)
    return events[-1].judgment


@pytest.mark.parametrize("head", ["none", "int8", "int4"])
@pytest.mark.parametrize("quantization", ["nf4", "int4", "int8", "none"])
def test_every_form_loads_and_judges(quantization: str, head: str, folder: Path, data: Path) -> None:
    chosen: dict[str, Any] = {"quantization": quantization, "head_quantization": head}
    judgment = judged(folder, data, **chosen)
    asked = Settings(model=str(folder), data_dir=data, device="cpu", **chosen)
    # Only a bfloat16 head is packed, and some processors compute faster in float32.
    packs = head != "none" and place(asked, 1_000_000).loading_dtype == torch.bfloat16
    assert judgment.model.quantization == (f"{quantization}, head {head}" if packs else quantization)
    assert len(judgment.votes) == 4
    for vote in judgment.votes:
        assert vote.p_a is not None
        assert vote.choice in ("A", "B")
        assert vote.thinking_tokens > 0


@pytest.mark.parametrize("quantization", ["nf4", "int4", "int8", "none"])
def test_an_adapter_moves_the_verdict_in_every_form(quantization: str, folder: Path, adapter: Path, data: Path) -> None:
    plain = judged(folder, data, 0, quantization=quantization)
    adapted = judged(folder, data, 0, quantization=quantization, adapter=str(adapter))
    assert plain.model.adapter_hash is None
    assert adapted.model.adapter_hash is not None
    assert [vote.p_a for vote in adapted.votes] != [vote.p_a for vote in plain.votes]
    assert json.dumps(adapted.to_dict())


def test_the_benchmark_of_heads_sees_that_fewer_bits_disturb_more(
    folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RRM_MODEL", str(folder))
    monkeypatch.setenv("RRM_DATA_DIR", str(data))
    arguments = ["--comparisons", "3", "--prompt", "40", "--new-tokens", "3", "--repeats", "1"]
    monkeypatch.setattr(sys, "argv", ["head", *arguments])
    head_benchmark.main()
    heads = json.loads(capsys.readouterr().out.splitlines()[-1])["heads"]
    for name in ("none", "int8", "int4"):
        assert set(heads[name]["step_ms"]) == {"1", "4", "8", "16"}
    changes = {name: heads[name]["p_from_this_head"]["largest_change"] for name in ("none", "int8", "int4")}
    assert changes["none"] < changes["int4"]
    assert changes["int8"] < changes["int4"]


def test_the_benchmark_of_forms_sees_that_fewer_bits_stray_further(
    folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RRM_MODEL", str(folder))
    monkeypatch.setenv("RRM_DATA_DIR", str(data))
    arguments = ["--comparisons", "2", "--prompt", "40", "--new-tokens", "3", "--repeats", "1", "--votes", "1", "2"]
    monkeypatch.setattr(sys, "argv", ["forms", *arguments])
    forms_benchmark.main()
    forms = json.loads(capsys.readouterr().out.splitlines()[-1])["forms"]
    for name in ("nf4", "int4", "int8", "none"):
        assert set(forms[name]["step_ms"]) == {"1", "2"}
        assert forms[name]["prompt_tokens_per_s"] > 0
    assert forms["none"]["divergence"] < forms["int8"]["divergence"] < forms["int4"]["divergence"]
    assert forms["int8"]["divergence"] < forms["nf4"]["divergence"]
