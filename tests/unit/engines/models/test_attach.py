"""An adapter on any model: merged where weights are whole, beside them where they are quantized."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from rrm_ui.engines.models import attach
from rrm_ui.engines.models.adapter_files import CONFIG_FILE, adapter_hash
from rrm_ui.engines.models.load import LoadedModel, load_model
from rrm_ui.errors import ModelUnavailable
from rrm_ui.settings import Settings
from tests.unit.engines.models.conftest import Recorder
from tests.unit.engines.models.test_adapter import write_adapter

IDS = torch.arange(12).unsqueeze(0)


@pytest.fixture(scope="module")
def adapter(plain_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_adapter(plain_folder, tmp_path_factory.mktemp("adapter"))


def load(folder: Path, settings: Settings, quantization: str, adapter: Path | str) -> LoadedModel:
    asked = {"model": str(folder), "quantization": quantization, "adapter": str(adapter), "device": "cpu"}
    asked |= {"head_quantization": "none"}  # what an adapter does is to be seen, not what a packed head adds to it
    return load_model(settings.model_copy(update=asked), Recorder())


def logits(loaded: LoadedModel) -> torch.Tensor:
    with torch.inference_mode():
        return loaded.model(IDS).logits.float()


@pytest.mark.parametrize(("quantization", "error"), [("none", 0.02), ("int8", 0.08), ("int4", 0.3), ("nf4", 0.3)])
def test_an_adapter_does_what_peft_says(
    quantization: str, error: float, plain_folder: Path, adapter: Path, settings: Settings
) -> None:
    from peft import PeftModel

    whole = AutoModelForCausalLM.from_pretrained(plain_folder, dtype=torch.float32)
    with torch.inference_mode():
        base = whole(IDS).logits
        adapted = PeftModel.from_pretrained(whole, adapter).merge_and_unload()(IDS).logits
    loaded = load(plain_folder, settings, quantization, adapter)
    assert loaded.details.quantization == quantization
    assert loaded.details.adapter_hash == adapter_hash(adapter)
    ours = logits(loaded)
    assert (ours - adapted).norm() / adapted.norm() < error
    assert (ours - adapted).norm() < (ours - base).norm()
    assert ("beside" if quantization == "nf4" else "merged") in loaded.setup


def test_no_adapter_leaves_no_trace(plain_folder: Path, settings: Settings) -> None:
    loaded = load(plain_folder, settings, "none", "auto")
    assert loaded.details.adapter_hash is None
    assert "adapter" not in loaded.setup


@pytest.mark.parametrize("quantization", ["none", "nf4"])
def test_an_adapter_of_another_model_is_refused(
    quantization: str, plain_folder: Path, adapter: Path, settings: Settings, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(adapter / "adapter_model.safetensors")
    renamed = {name.replace("layers.1.", "layers.7."): tensor for name, tensor in tensors.items()}
    save_file(renamed, tmp_path / "adapter_model.safetensors")
    (tmp_path / CONFIG_FILE).write_text((adapter / CONFIG_FILE).read_text())
    with pytest.raises(ModelUnavailable, match=r"The adapter in .* cannot be used"):
        load(plain_folder, settings, quantization, tmp_path)


def test_without_peft_a_person_is_told_what_to_install(
    plain_folder: Path, adapter: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attach, "find_spec", lambda _: None)
    with pytest.raises(ModelUnavailable, match=r"needs the library peft; install requirements-train\.txt"):
        load(plain_folder, settings, "nf4", adapter)
    assert load(plain_folder, settings, "none", adapter).details.adapter_hash == adapter_hash(adapter)


@pytest.mark.parametrize("quantization", ["none", "nf4"])
@pytest.mark.parametrize("beginning", ["pissa", "olora"])
def test_an_adapter_that_took_a_part_of_the_weights_is_refused(
    beginning: str, quantization: str, plain_folder: Path, settings: Settings, tmp_path: Path
) -> None:
    from peft import LoraConfig, get_peft_model

    whole = AutoModelForCausalLM.from_pretrained(plain_folder, dtype=torch.float32)
    begun = LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=beginning)  # type: ignore[arg-type]
    get_peft_model(whole, begun).save_pretrained(str(tmp_path))
    with pytest.raises(
        ModelUnavailable, match=f"it began with '{beginning}', which may have changed the model's own weights"
    ):
        load(plain_folder, settings, quantization, tmp_path)


def test_a_broken_adapter_is_refused(plain_folder: Path, adapter: Path, settings: Settings, tmp_path: Path) -> None:
    config = json.loads((adapter / CONFIG_FILE).read_text())
    (tmp_path / CONFIG_FILE).write_text(json.dumps(config))
    (tmp_path / "adapter_model.safetensors").write_bytes(b"no tensors")
    for quantization in ("none", "nf4"):
        with pytest.raises(ModelUnavailable, match="cannot be used"):
            load(plain_folder, settings, quantization, tmp_path)
