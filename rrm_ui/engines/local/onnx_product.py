"""A matrix in 4 or 8 bits, multiplied by ONNX Runtime: the fastest product for a CPU without AVX512 and bfloat16.

Its kernels round each row's activations to 8 bits by blocks as well, and so multiply whole numbers, where torch's
unpack every weight to float32 first. The library has threads of its own, which wait for work actively for a while.
torch's do so too, and on the same cores the two hold each other up: steps took three times as long. So torch computes
in one thread while a model's layers are such products.
"""

# mypy: allow-untyped-calls
# (onnx and ONNX Runtime annotate only some of their functions)

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal

import torch
from torch import nn

Bits = Literal[4, 8]

BLOCK = 32
"""Weights of a row that share a scale and a zero point."""
ROUNDED_TO_8_BITS = 4
"""``accuracy_level`` of the operator at which it may round activations to 8 bits."""
COPIES_OF_SCALES = 2
"""What the library holds beside the tensors it is given: the scales in its kernels' order, and as large a sum a block.
Measured on x86 with AVX2; other kernels may pack otherwise."""
ROWS_AT_ONCE = 128
"""Rows of a matrix that are rounded at a time: these stay in the cache, and no copy of the whole in full is made."""
OUT_OF_MEMORY = ("bad_alloc", "Failed to allocate memory")
"""Words of the library's errors when memory ran out."""
OPERATORS = {"": 21, "com.microsoft": 1}
"""Versions of the operators, and of the format that came with them."""
FORMAT = 10


class OnnxProduct(nn.Module):
    """The product with a matrix (outputs, inputs) whose weights are codes of ``bits`` bits.

    ``inputs`` must be whole blocks.
    """

    def __init__(self, weight: torch.Tensor, bits: Bits, bias: torch.Tensor | None = None) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self.bits = bits
        tensors = _in_blocks(weight.detach(), bits)
        if bias is not None:
            tensors["bias"] = bias.detach().float()
        self.nbytes = sum(tensor.nbytes for tensor in tensors.values()) + COPIES_OF_SCALES * tensors["scales"].nbytes
        """Bytes that the library holds."""
        self._session = _session(tensors, self.out_features, self.in_features, bits)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return (…, outputs) in float32 for ``hidden`` (…, inputs).

        Raises:
            MemoryError: there is no memory for the product.
        """
        rows = hidden.reshape(-1, self.in_features).float()
        # A single row would go through another kernel, which rounds otherwise than the one that it meets in company,
        # and takes no less time for it.
        twice = rows.expand(2, -1).contiguous() if len(rows) == 1 else rows
        try:
            (product,) = self._session.run(None, {"rows": twice.numpy()})
        except Exception as error:  # the library's own classes, which nobody else knows
            if any(word in str(error) for word in OUT_OF_MEMORY):
                raise MemoryError(str(error)) from error
            raise
        return torch.from_numpy(product)[: len(rows)].view(*hidden.shape[:-1], self.out_features)


def has_onnx_products(model: nn.Module) -> bool:
    """Return whether ``model`` is, or holds, such a product."""
    return any(isinstance(module, OnnxProduct) for module in model.modules())


_threads_of_torch: list[int] = []
"""How many torch computed in before it left the cores to products; empty while it has not."""


def leave_cores(left: bool) -> None:
    """Leave the cores to products: torch computes in one thread, here and in threads of Python that begin afterwards.

    Where ``left`` is false it computes in as many threads as before it left them.
    """
    if left:
        if not _threads_of_torch:
            _threads_of_torch.append(torch.get_num_threads())
        torch.set_num_threads(1)
    elif _threads_of_torch:
        torch.set_num_threads(_threads_of_torch.pop())


@contextmanager
def cores_for(model: nn.Module) -> Iterator[None]:
    """Leave the cores meanwhile to the library that computes ``model``."""
    before = bool(_threads_of_torch)
    leave_cores(has_onnx_products(model))
    try:
        yield
    finally:
        leave_cores(before)


def computing_threads() -> int:
    """Return how many threads compute a product, whosever it is."""
    return _threads_of_torch[0] if _threads_of_torch else torch.get_num_threads()


@cache
def _start_threads() -> None:
    """Give all products threads in common; a process may say only once how many."""
    import onnxruntime

    onnxruntime.set_global_thread_pool_sizes(computing_threads(), 1)


def _session(tensors: dict[str, torch.Tensor], outputs: int, inputs: int, bits: Bits) -> Any:
    """Return a session that computes ``product`` (rows, outputs) from ``rows`` (rows, inputs)."""
    import onnxruntime
    from onnx import TensorProto, helper

    _start_threads()
    place = ["rows", "codes", "scales", "zeros", "", "bias" if "bias" in tensors else ""]
    node = helper.make_node(
        "MatMulNBits", place, ["product"], domain="com.microsoft",
        K=inputs, N=outputs, bits=bits, block_size=BLOCK, accuracy_level=ROUNDED_TO_8_BITS,
    )  # fmt: skip
    graph = helper.make_graph(
        [node],
        "product",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["rows", inputs])],
        [helper.make_tensor_value_info("product", TensorProto.FLOAT, ["rows", outputs])],
        [_elsewhere(name, tensor) for name, tensor in tensors.items()],
    )
    versions = [helper.make_opsetid(domain, version) for domain, version in OPERATORS.items()]
    options = onnxruntime.SessionOptions()
    options.use_per_session_threads = False
    options.enable_cpu_mem_arena = False  # it would keep the largest prompt's memory in every layer
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(tensor.numpy()) for tensor in tensors.values()]
    options.add_external_initializers(list(tensors), values)
    model = helper.make_model(graph, opset_imports=versions, ir_version=FORMAT).SerializeToString()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _elsewhere(name: str, tensor: torch.Tensor) -> Any:
    """Return the description of ``tensor``, whose values are given beside the model: a copy less."""
    from onnx import TensorProto, external_data_helper

    kind = TensorProto.UINT8 if tensor.dtype == torch.uint8 else TensorProto.FLOAT
    described = TensorProto(name=name, data_type=kind, dims=tensor.shape, raw_data=b"\0")
    external_data_helper.set_external_data(described, location=name)
    described.ClearField("raw_data")
    return described


def _in_blocks(weight: torch.Tensor, bits: Bits) -> dict[str, torch.Tensor]:
    """Return codes, scales and zero points of ``weight`` (outputs, inputs) as the operator takes them."""
    parts = [_rows_in_blocks(rows, bits) for rows in weight.split(ROWS_AT_ONCE)]
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _rows_in_blocks(rows: torch.Tensor, bits: Bits) -> dict[str, torch.Tensor]:
    """Cut each block's range, widened to hold zero, into steps.

    In 4 bits the weights of the embedded model are off by 8.3 to 9.0 % (root mean square), in NF4 by 9.4 to 11.1 %.
    """
    blocks = rows.float().reshape(len(rows), -1, BLOCK)
    top = 2**bits - 1
    low, high = blocks.amin(-1).clamp_(max=0), blocks.amax(-1).clamp_(min=0)
    scales = ((high - low) / top).clamp_(min=1e-12)
    zeros = (-low / scales).round_().clamp_(0, top)
    codes = blocks.div_(scales[..., None]).round_().add_(zeros[..., None]).clamp_(0, top).to(torch.uint8)
    return {
        "codes": _in_bytes(codes, bits),
        "scales": scales,
        "zeros": _in_bytes(zeros.to(torch.uint8), bits),
    }


def _in_bytes(codes: torch.Tensor, bits: Bits) -> torch.Tensor:
    """Return ``codes`` two to a byte, the first below, if they have 4 bits; a last one alone gets a zero above."""
    if bits == 8:
        return codes
    if codes.shape[-1] % 2:
        codes = torch.cat([codes, codes.new_zeros(*codes.shape[:-1], 1)], -1)
    return codes[..., 0::2] | (codes[..., 1::2] << 4)
