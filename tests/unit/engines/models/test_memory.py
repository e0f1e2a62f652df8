"""Computed memory against what loading takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    MistralConfig,
    PreTrainedConfig,
    Qwen2Config,
    Qwen3Config,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
)

from rrm_ui.engines.local.products import bytes_of_products
from rrm_ui.engines.models.catalogue import CATALOGUE, RRM_7B, RRM_32B
from rrm_ui.engines.models.load import _quantize_while_loading
from rrm_ui.engines.models.memory import FORMATS, ModelShape, WeightFormat, loaded_bytes, shape_of, weight_format
from rrm_ui.engines.models.packed_layers import PackedForm, pack_layers
from tests.loaded_bytes import loaded_bytes as taken_bytes

SIZES: dict[str, Any] = {
    "vocab_size": 8000,
    "hidden_size": 512,
    "intermediate_size": 2048,
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
}
CONFIGS: dict[str, PreTrainedConfig] = {
    "qwen2": Qwen2Config(**SIZES),
    "qwen2-tied": Qwen2Config(**SIZES, tie_word_embeddings=True),
    "qwen3": Qwen3Config(**SIZES, head_dim=128),
    "llama": LlamaConfig(**SIZES, attention_bias=True),
    "mistral": MistralConfig(**SIZES),
}
NAMES = pytest.mark.parametrize("name", list(CONFIGS))


@NAMES
def test_the_parameters_of_a_shape_are_those_of_the_model(name: str) -> None:
    shape = shape_of(CONFIGS[name].to_dict())
    assert shape is not None
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(CONFIGS[name])
    assert shape.parameters == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("weights", FORMATS)
@pytest.mark.parametrize("name", ["qwen2", "qwen3"])
def test_the_computed_bytes_are_what_loading_takes(name: str, weights: WeightFormat, tmp_path: Path) -> None:
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(CONFIGS[name]).bfloat16().save_pretrained(tmp_path)
    model = AutoModelForCausalLM.from_pretrained(
        tmp_path, dtype=torch.bfloat16, device_map={"": "cpu"}, quantization_config=_quantize_while_loading(weights)
    )
    shape = shape_of(CONFIGS[name].to_dict())
    assert shape is not None
    taken = taken_bytes(model)
    assert taken > 15_000_000
    assert abs(shape.weights_bytes(weights) - taken) < 0.02 * taken
    stored = (tmp_path / "model.safetensors").stat().st_size
    assert loaded_bytes(CONFIGS[name].to_dict(), stored, weights) == shape.weights_bytes(weights)


@pytest.mark.parametrize("form", ["int4", "int8"])
@pytest.mark.parametrize("name", ["qwen2", "qwen3"])
def test_the_computed_bytes_are_what_a_cpu_packs(name: str, form: PackedForm) -> None:
    model = AutoModelForCausalLM.from_config(CONFIGS[name]).bfloat16().requires_grad_(False)
    pack_layers(model, form)
    shape = shape_of(CONFIGS[name].to_dict())
    assert shape is not None
    taken = bytes_of_products(model) + taken_bytes(model)
    assert abs(shape.weights_bytes(form) - taken) < 0.02 * taken


def test_a_token_takes_the_keys_and_values_of_every_layer() -> None:
    config = CONFIGS["qwen2"]
    shape = shape_of(config.to_dict())
    assert shape is not None
    model = AutoModelForCausalLM.from_config(config).bfloat16()
    with torch.no_grad():
        cache = model(input_ids=torch.tensor([[1, 2, 3]]), use_cache=True).past_key_values
    held = sum(
        tensor.numel() * tensor.element_size() for layer in cache.layers for tensor in (layer.keys, layer.values)
    )
    assert held == 3 * shape.kv_bytes


def test_published_models_have_their_published_sizes() -> None:
    published = {
        "Reward-Reasoning/RRM-7B": 7_615_616_512,
        "Reward-Reasoning/RRM-32B": 32_763_876_352,
        "gaotang/RM-R1-Qwen2.5-Instruct-14B": 14_770_033_664,
        "Qwen/Qwen3-8B": 8_190_735_360,
        "Qwen/Qwen3-14B": 14_768_307_200,
        "Qwen/Qwen3-32B": 32_762_123_264,
        "embedded": 1_543_714_304,
        "embedded-small": 494_032_768,
    }
    shapes = {entry.name: entry.shape for entry in CATALOGUE}
    assert {name: shapes[name].parameters for name in published} == published
    assert (RRM_7B.shape.kv_bytes, RRM_32B.shape.kv_bytes) == (57_344, 262_144)


def test_what_is_not_known_is_estimated_from_what_is_stored() -> None:
    assert shape_of({"model_type": "mixtral", "hidden_size": 512}) is None
    assert shape_of({"model_type": "qwen2", "hidden_size": 512}) is None
    assert loaded_bytes({"model_type": "mixtral"}, 1000, "none") == 1000
    assert loaded_bytes({"model_type": "cohere"}, 1000, "nf4") == 370
    quantized = {**CONFIGS["qwen2"].to_dict(), "quantization_config": {}}
    assert loaded_bytes(quantized, 1000, "int8") == 1000


@pytest.mark.parametrize("experts", ["num_experts", "num_local_experts", "n_routed_experts"])
def test_experts_stay_as_they_are_stored(experts: str) -> None:
    assert loaded_bytes({"model_type": "qwen3_moe", experts: 128}, 1000, "nf4") == 1000


def test_experts_are_no_layers_that_a_library_quantizes() -> None:
    config = Qwen3MoeConfig(
        vocab_size=64, hidden_size=32, intermediate_size=64, moe_intermediate_size=64, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, num_experts=8, num_experts_per_tok=2,
    )  # fmt: skip
    model = Qwen3MoeForCausalLM(config)
    linear = sum(part.weight.numel() for part in model.model.modules() if isinstance(part, torch.nn.Linear))
    assert linear < 0.2 * sum(weight.numel() for weight in model.model.layers.parameters())


def test_formats_order_by_size() -> None:
    shape: ModelShape = RRM_7B.shape
    sizes = [shape.weights_bytes(weights) for weights in FORMATS]
    assert sizes == sorted(sizes)
    assert weight_format("auto") == "nf4"
