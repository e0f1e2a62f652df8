"""Products of ONNX Runtime: near to those with the whole weights, the same in any company, in threads of their own."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit

from rrm_ui.engines.local import onnx_product
from rrm_ui.engines.local.onnx_product import (
    Bits,
    OnnxProduct,
    computing_threads,
    cores_for,
    has_onnx_products,
    leave_cores,
)
from rrm_ui.engines.models.cpu_speed import computes_in_bf16
from rrm_ui.threads import call_in_thread

BITS = pytest.mark.parametrize("bits", [4, 8])
OUTPUTS = 1100
where_it_is_taken = pytest.mark.skipif(
    computes_in_bf16(), reason="with such instructions the library has other kernels, which may add and pack otherwise"
)


def weights(inputs: int = 192) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(OUTPUTS, inputs).mul_(0.02).bfloat16()


@pytest.fixture
def cores() -> Iterator[None]:
    """torch has its threads back when the test ends, and had more than one."""
    leave_cores(False)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    leave_cores(False)
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


def test_weights_are_rounded_less_than_in_nf4() -> None:
    weight = weights(256)
    rounded = OnnxProduct(weight, 4)(torch.eye(256)).T
    codes, state = quantize_4bit(weight, blocksize=64, quant_type="nf4")
    errors = [(found - weight).norm() / weight.norm() for found in (rounded, dequantize_4bit(codes, state))]
    assert 0.07 < errors[0] < 0.95 * errors[1]


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
@where_it_is_taken
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
    assert four.nbytes == OUTPUTS * 192 // 2 + blocks * 12 + blocks // 2
    assert eight.nbytes == OUTPUTS * 192 + blocks * 13


HELD = """
import ctypes, sys, torch
from pathlib import Path
from rrm_ui.engines.local.onnx_product import OnnxProduct

def held():
    ctypes.CDLL(None).malloc_trim(0)  # what was freed counts no more
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
    return 1024 * int(line.split()[1])

bits = int(sys.argv[1])
first = OnnxProduct(torch.randn(512, 512).bfloat16(), bits)  # the library itself
first(torch.ones(4, 512))
weight = torch.randn(8192, 8192).bfloat16()
before = held()
product = OnnxProduct(weight, bits)
product(torch.ones(4, 8192))
print((held() - before) / product.nbytes)
"""


@BITS
@where_it_is_taken
@pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="measured on x86 alone")
def test_the_bytes_told_are_those_held(bits: Bits) -> None:
    outcome = subprocess.run([sys.executable, "-c", HELD, str(bits)], capture_output=True, text=True, check=True)
    assert float(outcome.stdout) == pytest.approx(1, abs=0.1)


def test_running_out_of_memory_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def run(self, *_: object) -> None:
            raise Exception("[ONNXRuntimeError] : 6 : Non-zero status code returned: std::bad_alloc")

    product = OnnxProduct(weights(), 4)
    monkeypatch.setattr(product, "_session", Full())
    with pytest.raises(MemoryError, match="bad_alloc"):
        product(torch.ones(2, 192))


def test_another_error_of_the_library_stays_what_it_is() -> None:
    with pytest.raises(Exception, match="INVALID_ARGUMENT") as caught:
        OnnxProduct(weights(), 4)._session.run(None, {"rows": torch.ones(2, 191).numpy()})
    assert not isinstance(caught.value, MemoryError)


@pytest.mark.usefixtures("cores")
def test_torch_leaves_the_cores_once_and_takes_them_back_once() -> None:
    leave_cores(True)
    leave_cores(True)
    assert (torch.get_num_threads(), computing_threads()) == (1, 3)
    leave_cores(False)
    assert (torch.get_num_threads(), computing_threads()) == (3, 3)
    torch.set_num_threads(2)
    leave_cores(False)  # nothing was left: what someone else has set stays
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("cores")
def test_threads_that_begin_afterwards_compute_alone() -> None:
    call_in_thread(leave_cores, True)  # a model may be loaded in a thread of its own
    assert call_in_thread(torch.get_num_threads) == 1


@pytest.mark.usefixtures("cores")
def test_the_cores_are_for_whoever_computes_and_afterwards_as_before() -> None:
    product, plain = OnnxProduct(weights(), 4), torch.nn.Linear(3, 3)
    assert has_onnx_products(torch.nn.Sequential(plain, product))
    for before, threads in ((False, 3), (True, 1)):
        leave_cores(before)
        with cores_for(product):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == threads
        with cores_for(plain):
            assert torch.get_num_threads() == 3
        assert torch.get_num_threads() == threads
        with pytest.raises(ValueError, match="broke"), cores_for(product):
            raise ValueError("broke")
        assert torch.get_num_threads() == threads
