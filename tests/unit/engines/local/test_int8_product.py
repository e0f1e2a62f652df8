"""Products of whole numbers in 8 bits: near to those of the weights, exact, and the same in any company."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from torch import nn

from rrm_ui.engines.local import int8_product
from rrm_ui.engines.local.int8_product import (
    LARGEST,
    LARGEST_WHERE_PAIRS_ARE_ADDED,
    ZERO,
    Int8Product,
    in_8_bits,
    largest_code,
)
from rrm_ui.engines.local.onnx_product import OnnxProduct
from rrm_ui.engines.local.products import bytes_of_products

pytestmark = pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="the product is used on x86 alone"
)
INPUTS, OUTPUTS = 192, 1100


def weights() -> torch.Tensor:
    torch.manual_seed(0)
    return (torch.randn(OUTPUTS, INPUTS) * 0.03).bfloat16()


@pytest.fixture
def fresh() -> Iterator[None]:
    largest_code.cache_clear()
    yield
    largest_code.cache_clear()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("rows", [1, 3, 300])
def test_a_product_is_near_to_that_of_the_whole_weights(rows: int, bias: bool, dtype: torch.dtype) -> None:
    weight, added = weights(), torch.randn(OUTPUTS) if bias else None
    hidden = torch.randn(2, rows, INPUTS).to(dtype)
    product = Int8Product(weight, added)(hidden)
    exact = nn.functional.linear(hidden.double(), weight.double(), added.double() if added is not None else None)
    assert (product.shape, product.dtype) == (exact.shape, torch.float32)
    assert (product.double() - exact).norm() < 0.02 * exact.norm()


def test_it_is_the_exact_product_of_the_codes() -> None:
    weight = weights()
    codes, scales = in_8_bits(weight, largest_code() or LARGEST)
    rows = torch.randint(-LARGEST, LARGEST + 1, (5, INPUTS)).float()
    rows[:, 0] = LARGEST  # so that a row's scale is one
    exact = (rows.double() @ codes.double().T) * scales.double()
    assert torch.allclose(Int8Product(weight)(rows).double(), exact, rtol=1e-6, atol=0)


@pytest.mark.parametrize("inputs", [INPUTS, 8960])  # so many that sums are larger than float32 holds exactly
def test_a_row_does_not_depend_on_its_company(inputs: int) -> None:
    torch.manual_seed(0)
    product = Int8Product(torch.randn(OUTPUTS, inputs), torch.randn(OUTPUTS))
    rows = torch.randn(300, inputs)
    together = product(rows)
    for count in (1, 2, 7, 16, 64, 65, 299):
        assert torch.equal(product(rows[:count]), together[:count])
        assert torch.equal(product(rows[count : count + 1])[0], together[count])


def test_the_largest_numbers_do_not_overflow() -> None:
    weight = torch.full((OUTPUTS, INPUTS), 0.5)
    weight[::2] = -0.5
    hidden = torch.full((4, INPUTS), 3.0)
    exact = hidden @ weight.T
    assert torch.allclose(Int8Product(weight)(hidden), exact, rtol=0.01)


def test_rows_of_zeros_stay_zero_and_what_is_no_number_stays_so() -> None:
    weight = weights()
    weight[5] = 0
    rows = torch.randn(4, INPUTS)
    rows[1], rows[2, 7] = 0, float("nan")
    product = Int8Product(weight)(rows)
    assert not product[1].any()
    assert not product[[0, 3], 5].any()
    assert product[2].isnan().all()  # which a vote's reader is told of
    assert product[[0, 1, 3]].isfinite().all()


def test_the_callers_rows_are_left_as_they_are() -> None:
    rows = torch.randn(4, INPUTS)
    before = rows.clone()
    Int8Product(weights())(rows)
    assert torch.equal(rows, before)


def test_pieces_are_rounded_as_the_whole_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = in_8_bits(weights())
    monkeypatch.setattr(int8_product, "PACKED_AT_ONCE", 100)
    for mine, other in zip(in_8_bits(weights()), whole, strict=True):
        assert torch.equal(mine, other)


def test_the_bytes_are_told() -> None:
    eight, biased = Int8Product(weights()), Int8Product(weights(), torch.zeros(OUTPUTS))
    assert eight.nbytes == OUTPUTS * INPUTS + 8 * OUTPUTS
    assert biased.nbytes == eight.nbytes + 4 * OUTPUTS
    four = OnnxProduct(weights(), 4)
    model = nn.ModuleList([eight, nn.Sequential(four), nn.Linear(3, 3)])
    assert bytes_of_products(model) == eight.nbytes + four.nbytes


@pytest.mark.parametrize("instructions", ["AVX2", "AVX512_CORE"])
def test_lesser_instructions_get_codes_that_do_not_overflow_them(instructions: str) -> None:
    environment = os.environ | {"ONEDNN_MAX_CPU_ISA": instructions}
    say = "from rrm_ui.engines.local.int8_product import largest_code; print(largest_code())"
    said = subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, env=environment, check=True)
    assert int(said.stdout) == LARGEST_WHERE_PAIRS_ARE_ADDED


@pytest.mark.usefixtures("fresh")
def test_codes_are_as_large_as_products_stay_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    multiply = int8_product._multiply

    def in_16_bits(codes: torch.Tensor, packed: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        product = multiply(codes, packed, *others)
        limit = (2**15 - 1) / ((ZERO + LARGEST) * 2) * LARGEST * codes.shape[1]
        return product.clamp(-limit, limit)

    monkeypatch.setattr(int8_product, "_multiply", in_16_bits)
    assert largest_code() == LARGEST_WHERE_PAIRS_ARE_ADDED


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("error", [AttributeError("no such operator"), RuntimeError("could not create a primitive")])
def test_a_torch_that_does_not_multiply_so_is_none(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(int8_product, "_multiply", broken)
    assert largest_code() is None


@pytest.mark.usefixtures("fresh")
def test_other_processors_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    assert largest_code() is None
