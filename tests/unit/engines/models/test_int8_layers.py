"""Linear layers in 8 bits: near to the layer they were made from, row by row, for few rows and for many."""

from __future__ import annotations

import weakref

import pytest
import torch
from torch import nn

from rrm_ui.engines.models import int8_layers
from rrm_ui.engines.models.int8_layers import FEW_ROWS, INPUT_BLOCK, Int8Linear, pack_layers
from tests.model.tiny import random_qwen2


def layer(*, bias: bool) -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(192, 1100, bias=bias).bfloat16().requires_grad_(False)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("rows", [1, FEW_ROWS, FEW_ROWS + 1, 300])
def test_a_product_is_near_to_that_of_the_whole_weights(rows: int, bias: bool) -> None:
    plain = layer(bias=bias)
    hidden = torch.randn(2, rows, 192).bfloat16()[:1]
    product = Int8Linear(plain)(hidden)
    exact = nn.functional.linear(hidden.double(), plain.weight.double(), plain.bias.double() if bias else None)
    assert (product.shape, product.dtype) == (exact.shape, torch.bfloat16)
    assert (product.double() - exact).norm() < 0.01 * exact.norm()


def test_a_row_of_a_step_does_not_depend_on_its_company() -> None:
    packed = Int8Linear(layer(bias=True))
    rows = torch.randn(FEW_ROWS, 192).bfloat16()
    together = packed(rows)
    assert all(torch.equal(packed(rows[place : place + 1]), together[place : place + 1]) for place in range(FEW_ROWS))


def test_a_row_of_zeros_stays_zero() -> None:
    plain = layer(bias=False)
    plain.weight[5] = 0
    assert not Int8Linear(plain)(torch.randn(70, 192).bfloat16())[:, 5].any()


def test_a_layer_whose_inputs_are_no_whole_blocks_stays_as_it_is() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.whole, self.odd = nn.Linear(2 * INPUT_BLOCK, 7), nn.Linear(2 * INPUT_BLOCK + 4, 7)

        def get_output_embeddings(self) -> None: ...

    model = Model().bfloat16()
    pack_layers(model)  # type: ignore[arg-type]
    assert [type(layer) for layer in model.children()] == [Int8Linear, nn.Linear]


def test_a_layer_in_other_numbers_stays_as_it_is_too() -> None:
    model = random_qwen2(300, layers=1).requires_grad_(False)
    pack_layers(model)
    assert not [layer for layer in model.modules() if isinstance(layer, Int8Linear)]


def test_weights_are_let_go_of_layer_by_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    model = random_qwen2(300, layers=2).bfloat16().requires_grad_(False)
    weights = [weakref.ref(layer) for layer in model.model.modules() if type(layer) is nn.Linear]
    alive: list[int] = []

    def pack(layer: nn.Linear) -> Int8Linear:
        alive.append(sum(weight() is not None for weight in weights))
        return Int8Linear(layer)

    monkeypatch.setattr(int8_layers, "Int8Linear", pack)
    pack_layers(model)
    assert alive == [*range(14, 0, -1)]


def test_all_layers_are_packed_but_the_head_and_take_a_byte_a_weight() -> None:
    model = random_qwen2(300, layers=2).bfloat16().requires_grad_(False)
    before = {name: layer.weight.numel() for name, layer in model.named_modules() if type(layer) is nn.Linear}
    pack_layers(model)
    packed = {name: layer for name, layer in model.named_modules() if isinstance(layer, Int8Linear)}
    assert [name for name, layer in model.named_modules() if type(layer) is nn.Linear] == ["lm_head"]
    assert packed.keys() == before.keys() - {"lm_head"}
    assert len(packed) == 14
    for name, module in packed.items():
        assert not list(module.parameters())
        assert (module.codes.dtype, module.codes.numel()) == (torch.int8, before[name])
