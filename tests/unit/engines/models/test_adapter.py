"""Merging an adapter, against peft's own merge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from rrm_ui.engines.models.adapter import read_adapter
from rrm_ui.engines.models.adapter_files import adapter_folder, adapter_hash
from rrm_ui.engines.models.checkpoint import Recipe
from rrm_ui.engines.models.convert import convert
from rrm_ui.errors import ModelUnavailable
from tests.unit.engines.models.conftest import Recorder

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


@pytest.fixture(scope="module")
def base(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    convert(gguf, folder, Recipe("bf16"), None, Recorder())
    return folder


def write_adapter(base: Path, folder: Path, **options: Any) -> Path:
    """Let peft write an adapter with random weights."""
    torch.manual_seed(1)
    settings: dict[str, Any] = {
        "r": 8,
        "lora_alpha": 16,
        "target_modules": TARGETS,
        "task_type": "CAUSAL_LM",
        **options,
    }
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), LoraConfig(**settings))
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    model.save_pretrained(str(folder))
    return folder


@pytest.mark.parametrize("option", ["", "rslora", "gaussian", "orthogonal", "mica"])
def test_the_merge_is_that_of_peft(option: str, gguf: Path, base: Path, tmp_path: Path) -> None:
    begun = {} if option in ("", "rslora") else {"init_lora_weights": option}
    folder = write_adapter(base, tmp_path / "adapter", use_rslora=option == "rslora", **begun)
    # The reference goes another way: transformers' own reading of the file, and peft's own merge, in fp32.
    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    expected = PeftModel.from_pretrained(model, folder).merge_and_unload().state_dict()
    (tmp_path / "model").mkdir()
    convert(gguf, tmp_path / "model", Recipe("bf16"), read_adapter(folder), Recorder())
    written, before = load_file(tmp_path / "model" / "model.safetensors"), load_file(base / "model.safetensors")
    for name, tensor in written.items():
        changed = "_proj.weight" in name
        assert torch.equal(tensor, before[name]) is not changed, name
        if changed:
            torch.testing.assert_close(tensor.float(), expected[name], rtol=2**-8, atol=1e-6, msg=name)


def test_the_hash_names_weights_and_settings(base: Path, tmp_path: Path) -> None:
    folder = write_adapter(base, tmp_path / "adapter")
    first = adapter_hash(folder)
    assert read_adapter(folder).sha256 == first
    edit(folder, lora_alpha=17)
    assert adapter_hash(folder) != first


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"use_dora": True}, "it uses use_dora, which is not supported"),
        ({"rank_pattern": {"q_proj": 4}}, "it uses rank_pattern, which is not supported"),
        ({"modules_to_save": ["lm_head"]}, "it uses modules_to_save"),
        ({"an_option_of_tomorrow": 3}, "it uses an_option_of_tomorrow"),
        ({"bias": "all"}, "it changes biases"),
        (
            {"init_lora_weights": "pissa_niter_16"},
            "it began with 'pissa_niter_16', which may have changed",
        ),
        ({"init_lora_weights": "loftq"}, "it began with 'loftq'"),
        ({"corda_config": {"corda_method": "ipm"}}, "it uses corda_config"),
        ({"peft_type": "IA3"}, "its type is 'IA3' and only LORA is supported"),
        ({"r": 4}, "is incomplete or of another rank"),
        ({"lora_alpha": None}, "its rank or alpha is missing"),
    ],
)
def test_what_is_not_plain_lora_is_refused(changes: dict[str, Any], reason: str, base: Path, tmp_path: Path) -> None:
    folder = write_adapter(base, tmp_path / "adapter")
    edit(folder, **changes)
    with pytest.raises(ModelUnavailable) as caught:
        read_adapter(folder)
    assert reason in caught.value.message
    assert caught.value.message.endswith("; export it as plain LoRA, or remove it.")


def test_a_real_dora_adapter_is_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="use_dora"):
        read_adapter(write_adapter(base, tmp_path / "adapter", use_dora=True))


def test_half_an_update_is_refused(base: Path, tmp_path: Path) -> None:
    folder = write_adapter(base, tmp_path / "adapter")
    tensors = load_file(folder / "adapter_model.safetensors")
    del tensors[next(key for key in tensors if "lora_B" in key)]
    save_file(tensors, folder / "adapter_model.safetensors")
    with pytest.raises(ModelUnavailable, match="is incomplete or of another rank"):
        read_adapter(folder)


def test_a_damaged_file_is_refused(base: Path, tmp_path: Path) -> None:
    folder = write_adapter(base, tmp_path / "adapter")
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(ModelUnavailable, match="its files are damaged"):
        read_adapter(folder)
    weights.unlink()
    with pytest.raises(ModelUnavailable, match=r"its adapter_model\.safetensors cannot be read"):
        read_adapter(folder)


def test_an_adapter_for_another_model_is_refused(gguf: Path, base: Path, tmp_path: Path) -> None:
    folder = write_adapter(base, tmp_path / "adapter")
    weights = folder / "adapter_model.safetensors"
    renamed = {key.replace("layers.1.", "layers.9."): tensor for key, tensor in load_file(weights).items()}
    save_file(renamed, weights)
    with pytest.raises(ModelUnavailable, match=r"The adapter changes model\.layers\.9\.\S+, which this model lacks"):
        convert(gguf, tmp_path, Recipe("bf16"), read_adapter(folder), Recorder())


def test_an_absent_adapter_is_no_adapter(assets: Path) -> None:
    assert adapter_folder("tiny-judge") is None
    assert adapter_folder(None) is None
    (assets / "tiny-judge").mkdir(parents=True)
    assert adapter_folder("tiny-judge") is None  # a card alone, say
    (assets / "tiny-judge" / "adapter_config.json").write_text("{}")
    assert adapter_folder("tiny-judge") == assets / "tiny-judge"
