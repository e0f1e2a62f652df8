"""Products of ONNX Runtime: near to those with the whole weights, the same in any company, in threads of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from rrm_ui.engines.local import onnx_product
from rrm_ui.engines.local.onnx_product import (
    Bits,
    OnnxProduct,
    bytes_of_products,
    computing_threads,
    give_cores_back,
    leave_cores_to_products,
)
from rrm_ui.engines.models.cpu_speed import has_fast_nf4
from rrm_ui.threads import call_in_thread

BITS = pytest.mark.parametrize("bits", [4, 8])
OUTPUTS = 1100


def weights(inputs: int = 192) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(OUTPUTS, inputs).mul_(0.02).bfloat16()


@pytest.fixture
def cores() -> Iterator[None]:
    """torch has its threads back when the test ends, and had more than one."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    give_cores_back()
    torch.set_num_threads(before)


@pytest.mark.parametrize("inputs", [192, 96])  # an even and an odd number of blocks
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("rows", [1, 2, 5, 300])
@pytest.mark.parametrize(("bits", "error"), [(4, 0.1), (8, 0.015)])
def test_a_product_is_near_to_that_of_the_whole_weights(
    bits: Bits, error: float, rows: int, bias: bool, inputs: int
) -> None:
    weight = weights(inputs)
    added = torch.randn(OUTPUTS) if bias else None
    hidden = torch.randn(1, rows, inputs)
    product = OnnxProduct(weight, bits, added)(hidden)
    exact = hidden.double() @ weight.double().T
    assert (product.shape, product.dtype) == ((1, rows, OUTPUTS), torch.float32)
    found = product.double() - (added if added is not None else 0)
    assert (found - exact).norm() < error * exact.norm()


@BITS
def test_weights_that_are_all_above_zero_or_all_below_keep_their_sums(bits: Bits) -> None:
    hidden = torch.rand(3, 64)
    for sign in (1, -1):
        weight = sign * (0.5 + torch.rand(40, 64)).bfloat16()
        exact = hidden @ weight.float().T
        assert torch.allclose(OnnxProduct(weight, bits)(hidden), exact, rtol=0.05)


@BITS
def test_a_row_of_zeros_stays_zero(bits: Bits) -> None:
    weight = weights()
    weight[5] = 0
    product = OnnxProduct(weight, bits)(torch.randn(7, 192))
    assert not product[:, 5].any()
    assert product[:, 6].all()


@BITS
@pytest.mark.skipif(has_fast_nf4(), reason="where NF4 is taken, its own kernels are what a vote's bits depend on")
def test_a_row_does_not_depend_on_its_company(bits: Bits) -> None:
    product = OnnxProduct(weights(), bits)
    rows = torch.randn(33, 192)
    together = product(rows)
    for count in (1, 2, 3, 4, 7, 8, 16, 32):
        for start in range(0, len(rows) - count + 1, count):
            assert torch.equal(product(rows[start : start + count]), together[start : start + count])


@BITS
def test_rows_may_come_in_16_bits_and_as_any_view(bits: Bits) -> None:
    product = OnnxProduct(weights(), bits)
    rows = torch.randn(192, 8).bfloat16().T
    assert torch.equal(product(rows), product(rows.float().contiguous()))


def test_pieces_are_rounded_as_the_whole_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = torch.randn(4, 192)
    whole = OnnxProduct(weights(), 4)(rows)
    monkeypatch.setattr(onnx_product, "ROWS_AT_ONCE", 100)
    assert torch.equal(OnnxProduct(weights(), 4)(rows), whole)


def test_the_bytes_are_told() -> None:
    four, eight = OnnxProduct(weights(), 4), OnnxProduct(weights(), 8)
    blocks = OUTPUTS * 192 // 32
    assert four.nbytes == OUTPUTS * 192 // 2 + blocks * 4 + blocks // 2
    assert eight.nbytes == OUTPUTS * 192 + blocks * 5
    assert bytes_of_products(torch.nn.ModuleList([four, eight, torch.nn.Linear(3, 3)])) == four.nbytes + eight.nbytes


@pytest.mark.usefixtures("cores")
def test_torch_leaves_the_cores_once_and_takes_them_back_once() -> None:
    leave_cores_to_products()
    leave_cores_to_products()
    assert (torch.get_num_threads(), computing_threads()) == (1, 3)
    give_cores_back()
    assert (torch.get_num_threads(), computing_threads()) == (3, 3)
    torch.set_num_threads(2)
    give_cores_back()  # nothing was left: what someone else has set stays
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("cores")
def test_threads_that_begin_afterwards_compute_alone() -> None:
    call_in_thread(leave_cores_to_products)  # a model is loaded in a thread of its own
    assert call_in_thread(torch.get_num_threads) == 1
