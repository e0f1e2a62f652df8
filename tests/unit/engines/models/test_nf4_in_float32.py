"""NF4 on a CPU that only emulates bfloat16: the rest computes in float32, its largest matrices stay in 16 bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    BitsAndBytesConfig,
    OlmoConfig,
    PreTrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen3MoeConfig,
)

from rrm_ui.engines.models import devices
from rrm_ui.engines.models.cpu_speed import LayerSpeed
from rrm_ui.engines.models.devices import Placement, suit_layers
from rrm_ui.engines.models.load import load_model
from rrm_ui.engines.models.packed_layers import activation_dtype
from rrm_ui.settings import Settings
from tests.unit.engines.models.conftest import Recorder

IDS = torch.tensor([[5, 9, 200, 31]])
SIZES: dict[str, Any] = {
    "vocab_size": 512,
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "tie_word_embeddings": False,
}
IN_FLOAT32 = Placement("cpu", torch.float32, "nf4", "asked for")


@pytest.fixture(autouse=True)
def _lesser_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "computes_in_bf16", lambda: False)
    monkeypatch.setattr("rrm_ui.engines.models.cpu_speed.computes_in_bf16", lambda: False)
    monkeypatch.setattr(devices, "layer_speeds", lambda _: (LayerSpeed("nf4", "float32", 1.0, 1.0),))


def stored(config: PreTrainedConfig, folder: Path, **options: Any) -> tuple[PreTrainedModel, torch.Tensor]:
    """Return a model that was stored in NF4, as it is read here, and the logits of its whole weights."""
    torch.manual_seed(0)
    whole = AutoModelForCausalLM.from_config(config).bfloat16()
    whole.save_pretrained(folder / "whole")
    quantization = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", **options)
    read: dict[str, Any] = {"dtype": IN_FLOAT32.loading_dtype, "device_map": {"": "cpu"}}
    AutoModelForCausalLM.from_pretrained(folder / "whole", quantization_config=quantization, **read).save_pretrained(
        folder / "nf4"
    )
    with torch.inference_mode():
        logits = whole.float()(IDS).logits
    return AutoModelForCausalLM.from_pretrained(folder / "nf4", **read).eval().requires_grad_(False), logits


def test_the_largest_matrices_stay_in_16_bits(
    plain_folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = settings.model_copy(update={"model": str(plain_folder), "quantization": "nf4", "device": "cpu"})
    loaded = load_model(asked, Recorder())
    monkeypatch.setattr(devices, "computes_in_bf16", lambda: True)
    in_bf16 = load_model(asked, Recorder())
    assert loaded.setup.startswith("NF4, computing in float32")
    assert "head read in int8" in loaded.setup
    assert abs(loaded.weights_bytes - in_bf16.weights_bytes) < 0.02 * in_bf16.weights_bytes
    with torch.inference_mode():
        output, wanted = loaded.model(IDS), in_bf16.model(IDS).logits
    assert output.past_key_values.layers[0].keys.dtype == activation_dtype(loaded.model) == torch.float32
    assert (output.logits - wanted).norm() < 0.05 * wanted.norm()


@pytest.mark.parametrize(
    "options",
    [{}, {"llm_int8_skip_modules": ["none"]}, {"bnb_4bit_quant_storage": torch.bfloat16}],
    ids=["usual", "its head too", "stored as bfloat16"],
)
def test_codes_stay_what_they_are(options: dict[str, Any], tmp_path: Path) -> None:
    model, wanted = stored(Qwen2Config(**SIZES), tmp_path, **options)
    assert suit_layers(model, IN_FLOAT32) == IN_FLOAT32
    with torch.inference_mode():
        logits = model(IDS).logits.float()
    assert (logits - wanted).norm() < 0.3 * wanted.norm()


def test_what_is_left_of_a_model_of_experts_stays_in_16_bits(tmp_path: Path) -> None:
    experts: dict[str, Any] = {"moe_intermediate_size": 64, "num_experts": 8, "num_experts_per_tok": 2, "head_dim": 32}
    model, _ = stored(Qwen3MoeConfig(**SIZES, **experts), tmp_path)
    held = model.get_memory_footprint()
    placed = suit_layers(model, IN_FLOAT32)
    assert placed.describe().startswith("NF4, computing in bfloat16")
    assert model.get_memory_footprint() == held
    with torch.inference_mode():
        assert model(IDS).logits.isfinite().all()


@pytest.mark.parametrize("placed", [IN_FLOAT32, Placement("cpu", torch.bfloat16, "nf4", "asked for")])
def test_the_numbers_of_keys_are_known_without_norms_and_biases(placed: Placement, tmp_path: Path) -> None:
    model, _ = stored(OlmoConfig(**{**SIZES, "num_key_value_heads": 4}), tmp_path)
    suit_layers(model, placed)
    with torch.inference_mode():
        keys = model(IDS).past_key_values.layers[0].keys
    assert keys.dtype == activation_dtype(model) == placed.dtype
