"""Linear layers in 8 bits, near to those they were made from for few rows and for many; models whose layers are packed.

The products themselves have tests of their own (``test_onnx_product.py`` and ``test_int8_product.py``).
"""

from __future__ import annotations

import weakref
from typing import Any

import pytest
import torch
from torch import nn
from transformers import AutoModelForCausalLM, Qwen3MoeConfig

from rrm_ui.engines.models import packed_layers
from rrm_ui.engines.models.packed_layers import (
    FEW_ROWS,
    INPUT_BLOCK,
    Int4Linear,
    Int8Linear,
    Int8WeightLinear,
    PackedForm,
    activation_dtype,
    is_mostly_packed,
    layer_kind,
    pack_layers,
    packed_form,
)
from tests.model.tiny import random_qwen2

FORMS = pytest.mark.parametrize("form", ["int4", "int8"])


def layer(*, bias: bool) -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(192, 1100, bias=bias).bfloat16().requires_grad_(False)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("rows", [1, FEW_ROWS, FEW_ROWS + 1, 300])
def test_a_product_is_near_to_that_of_the_whole_weights(rows: int, bias: bool) -> None:
    plain = layer(bias=bias)
    hidden = torch.randn(2, rows, 192).bfloat16()[:1]
    product = Int8WeightLinear(plain)(hidden)
    exact = nn.functional.linear(hidden.double(), plain.weight.double(), plain.bias.double() if bias else None)
    assert (product.shape, product.dtype) == (exact.shape, torch.bfloat16)
    assert (product.double() - exact).norm() < 0.01 * exact.norm()


def test_a_row_of_a_step_does_not_depend_on_its_company() -> None:
    packed = Int8WeightLinear(layer(bias=True))
    rows = torch.randn(FEW_ROWS, 192).bfloat16()
    together = packed(rows)
    assert all(torch.equal(packed(rows[place : place + 1]), together[place : place + 1]) for place in range(FEW_ROWS))


def test_a_row_of_zeros_stays_zero() -> None:
    plain = layer(bias=False)
    plain.weight[5] = 0
    assert not Int8WeightLinear(plain)(torch.randn(70, 192).bfloat16())[:, 5].any()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_a_layer_of_whole_numbers_gives_what_it_gets(dtype: torch.dtype) -> None:
    plain = layer(bias=True)
    hidden = torch.randn(2, 5, 192).to(dtype)
    product = Int8Linear(plain)(hidden)
    exact = nn.functional.linear(hidden.double(), plain.weight.double(), plain.bias.double())
    assert (product.shape, product.dtype) == (exact.shape, dtype)
    assert (product.double() - exact).norm() < 0.02 * exact.norm()


def test_where_nothing_multiplies_whole_numbers_weights_alone_are_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_layers, "largest_code", lambda: 63)
    assert layer_kind("int8") is Int8Linear
    monkeypatch.setattr(packed_layers, "largest_code", lambda: None)
    assert layer_kind("int8") is Int8WeightLinear
    model = random_qwen2(300, layers=1).bfloat16().requires_grad_(False)
    pack_layers(model, "int8", torch.float32)
    assert packed_form(model) == "int8"
    assert activation_dtype(model) == torch.bfloat16  # the only numbers that its product takes
    assert model(torch.tensor([[5, 7]])).logits.isfinite().all()


@FORMS
def test_a_layer_whose_inputs_are_no_whole_blocks_stays_as_it_is(form: PackedForm) -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(5, 2 * INPUT_BLOCK)
            self.whole, self.odd = nn.Linear(2 * INPUT_BLOCK, 7), nn.Linear(2 * INPUT_BLOCK + 4, 7)
            self.head = nn.Linear(2 * INPUT_BLOCK, 5)

        def get_input_embeddings(self) -> nn.Module:
            return self.embedding

        def get_output_embeddings(self) -> nn.Module:
            return self.head

    model = Model().bfloat16()
    pack_layers(model, form)  # type: ignore[arg-type]
    assert [type(layer) for layer in model.children()] == [nn.Embedding, layer_kind(form), nn.Linear, nn.Linear]


@FORMS
def test_a_layer_in_other_numbers_stays_as_it_is_too(form: PackedForm) -> None:
    model = random_qwen2(300, layers=1).requires_grad_(False)
    pack_layers(model, form)
    assert packed_form(model) is None


@FORMS
def test_weights_are_let_go_of_layer_by_layer(form: PackedForm, monkeypatch: pytest.MonkeyPatch) -> None:
    model = random_qwen2(300, layers=2).bfloat16().requires_grad_(False)
    weights = [weakref.ref(layer) for layer in model.model.modules() if type(layer) is nn.Linear]
    alive: list[int] = []
    packed = layer_kind(form)

    def pack(layer: nn.Linear) -> nn.Module:
        alive.append(sum(weight() is not None for weight in weights))
        return packed(layer)

    monkeypatch.setattr(packed_layers, "layer_kind", lambda _: pack)
    monkeypatch.setattr(packed_layers, "packed_form", lambda _: form)
    pack_layers(model, form)
    assert alive == [*range(14, 0, -1)]


@pytest.mark.parametrize(("form", "bytes_of_a_weight"), [("int4", 0.89), ("int8", 1.0)])
def test_all_layers_are_packed_but_the_head(form: PackedForm, bytes_of_a_weight: float) -> None:
    model = random_qwen2(300, layers=2).bfloat16().requires_grad_(False)
    plain = {name: layer for name, layer in model.named_modules() if type(layer) is nn.Linear}
    pack_layers(model, form)
    assert packed_form(model) == form
    packed = {name: layer for name, layer in model.named_modules() if isinstance(layer, layer_kind(form))}
    assert [name for name, layer in model.named_modules() if type(layer) is nn.Linear] == ["lm_head"]
    assert packed.keys() == plain.keys() - {"lm_head"}
    assert len(packed) == 14
    for name, module in packed.items():
        assert not list(module.parameters())
        bias = 0 if plain[name].bias is None else 4 * plain[name].out_features
        assert isinstance(module, Int4Linear | Int8Linear)
        held = module.nbytes - bias - (8 * module.out_features if form == "int8" else 0)
        assert held == pytest.approx(bytes_of_a_weight * plain[name].weight.numel(), rel=0.01)


def test_most_of_a_model_of_experts_stays_as_it_is() -> None:
    sizes: dict[str, Any] = {"vocab_size": 300, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 1}
    sizes |= {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16}
    experts = Qwen3MoeConfig(**sizes, moe_intermediate_size=64, num_experts=8)
    model = AutoModelForCausalLM.from_config(experts).bfloat16()
    assert not is_mostly_packed(model)
    assert is_mostly_packed(random_qwen2(300, layers=1).bfloat16())


@pytest.mark.parametrize(("form", "asked"), [("int4", torch.bfloat16), ("int8", torch.float32)])
def test_the_rest_of_the_model_may_compute_in_float32_but_its_largest_matrices(
    form: PackedForm, asked: torch.dtype
) -> None:
    model = random_qwen2(300, layers=2).bfloat16().requires_grad_(False)
    ids = torch.tensor([[5, 7, 9]])
    before = model(ids).logits.float()
    pack_layers(model, form, asked)
    kept = {name for name, weight in model.named_parameters() if weight.dtype == torch.bfloat16}
    assert kept == {"model.embed_tokens.weight", "lm_head.weight"}
    output = model(ids, use_cache=True)
    assert output.past_key_values.layers[0].keys.dtype == activation_dtype(model) == torch.float32
    assert output.logits.dtype == torch.bfloat16
    assert (output.logits.float() - before).norm() < 0.3 * before.norm()  # NF4 is as far off
