"""How fast a CPU without AVX512 and bfloat16 multiplies by weights in each form, timed on one layer and remembered.

There bitsandbytes unpacks a layer's weights before every product, ONNX Runtime's 4 bits and oneDNN's 8 may lack
instructions too, and bfloat16 may go through an emulation, which can be quick for the few rows of a step and five times
slower than float32 for a prompt. Which way is the best differs between processors by more than it costs to try.
"""

# mypy: allow-untyped-calls
# (bitsandbytes annotates only some of its functions)

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from rrm_ui.engines.local.int8_product import largest_code
from rrm_ui.engines.local.onnx_product import computing_threads, cores_for
from rrm_ui.engines.models.memory import WeightFormat
from rrm_ui.engines.models.nf4_layers import nf4_layers
from rrm_ui.engines.models.packed_layers import PACKED_FORMS, Int4Linear, Int8Linear, layer_kind
from rrm_ui.engines.models.quiet import quiet_libraries
from rrm_ui.files import write_text_atomically
from rrm_ui.machine import processor_name

log = logging.getLogger(__name__)

STEP_ROWS = 4
"""Rows of a step's product: as many as the votes that a comparison gets by default."""
PROMPT_ROWS = 256
"""Rows of a prompt's product."""
STEPS, PROMPTS = 64, 2
"""What a short comparison takes: its steps, and its prompts of ``PROMPT_ROWS`` tokens."""
LAYER = (4480, 1536)
"""Outputs and inputs of the timed layer: half of the largest of the model that machines without a GPU get."""
STEP_REPEATS, PROMPT_REPEATS = 5, 2
EVICTING_BYTES = 1 << 27
"""So many bytes are read before every product, so that it finds most of its weights in memory and not in a cache, as a
model's layers do."""
SPEEDS_FILE = "cpu_speeds.json"


@dataclass(frozen=True)
class LayerSpeed:
    """One way to hold and multiply a layer's weights, and how long the product took."""

    quantization: WeightFormat
    dtype: Literal["bfloat16", "float32"]
    """Of activations, and of weights that are not quantized."""
    step_milliseconds: float
    """Of a product with ``STEP_ROWS`` rows."""
    prompt_milliseconds: float
    """Of a product with ``PROMPT_ROWS`` rows."""

    @property
    def milliseconds(self) -> float:
        """All the products with the layer that a short comparison takes."""
        return STEPS * self.step_milliseconds + PROMPTS * self.prompt_milliseconds

    @property
    def torch_dtype(self) -> torch.dtype:
        """``dtype`` as torch has it."""
        return torch.bfloat16 if self.dtype == "bfloat16" else torch.float32

    @property
    def weight_bytes(self) -> float:
        """Bytes that a weight takes, its share of the scales included."""
        sizes = {"nf4": 0.52, "int4": 0.89, "int8": 1.0, "none": float(self.torch_dtype.itemsize)}
        return sizes[self.quantization]

    @property
    def loading_bytes(self) -> float:
        """Bytes that a weight takes while it is loaded: what is packed afterwards is read in 16 bits."""
        return 2.0 if self.quantization in PACKED_FORMS else self.weight_bytes

    def describe(self) -> str:
        """Return the way and its times in a few words."""
        times = f"{self.step_milliseconds:.1f} ms a step, {self.prompt_milliseconds:.0f} a prompt"
        return f"{self.quantization} in {self.dtype} {times}"


def computes_in_bf16() -> bool:
    """Return whether this CPU multiplies in bfloat16 (AVX512-bf16), packed NF4 weights of bitsandbytes included.

    The processor is asked; ``ATEN_CPU_CAPABILITY``, which lowers torch's own kernels, is heeded here as well, so that
    one variable lets a machine stand for a lesser one.
    """
    if torch.backends.cpu.get_cpu_capability() != "AVX512":
        return False
    from bitsandbytes.functional import has_avx512bf16  # takes seconds to import

    return bool(has_avx512bf16())


def heed_capability(module: nn.Module) -> None:
    """Keep bitsandbytes' layers in ``module`` off instructions that this process must not use."""
    if not computes_in_bf16():
        for layer in nf4_layers(module):
            layer.support_avx512bf16_for_cpu = False


def layer_speeds(folder: Path) -> list[LayerSpeed]:
    """Return every way with its time, the fastest first; timed now, or before on this machine (kept in ``folder``)."""
    place, machine = folder / SPEEDS_FILE, _machine()
    kept: dict[str, Any] = {}
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        return [LayerSpeed(**speed) for speed in kept[machine]]
    except FileNotFoundError:
        pass  # the first start
    except KeyError:
        log.info("%s knows another processor or other libraries", place)
    except (OSError, ValueError, TypeError) as error:  # damaged, or of an earlier version
        log.warning("%s cannot be used (%s); the layer is timed anew", place, error)
        kept = {}
    speeds = measure_layer()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_text_atomically(place, json.dumps({**kept, machine: [asdict(speed) for speed in speeds]}, indent=2))
    except OSError as error:
        log.warning("%s cannot be written (%s); the next start times the layer again", place, error.strerror)
    return speeds


def measure_layer(shape: tuple[int, int] = LAYER) -> list[LayerSpeed]:
    """Time the products with a layer of ``shape`` (outputs, inputs) in every way, the fastest first."""
    weight = torch.randn(shape, dtype=torch.bfloat16, generator=torch.Generator().manual_seed(0)) * 0.02
    speeds = []
    with torch.no_grad(), quiet_libraries():
        for quantization, dtype, layer in _ways(weight):
            heed_capability(layer)
            with cores_for(layer):
                step, prompt = (
                    _best_milliseconds(partial(layer, torch.ones(rows, shape[1], dtype=dtype)), repeats)
                    for rows, repeats in ((STEP_ROWS, STEP_REPEATS), (PROMPT_ROWS, PROMPT_REPEATS))
                )
            speeds.append(LayerSpeed(quantization, _name(dtype), step, prompt))
    return sorted(speeds, key=lambda speed: speed.milliseconds)


def _ways(weight: torch.Tensor) -> Iterator[tuple[WeightFormat, torch.dtype, nn.Module]]:
    from bitsandbytes.nn.modules import Linear4bit, Params4bit  # takes seconds to import

    outputs, inputs = weight.shape
    nf4 = Linear4bit(inputs, outputs, bias=False, quant_type="nf4", device="meta")
    nf4.weight = Params4bit(weight, requires_grad=False, quant_type="nf4", module=nf4)
    nf4.to("cpu").eval()
    for dtype in (torch.bfloat16, torch.float32):
        plain = nn.Linear(inputs, outputs, bias=False, device="meta")
        plain.weight = nn.Parameter(weight.to(dtype), requires_grad=False)
        yield "none", dtype, plain.eval()
        nf4.compute_dtype = dtype
        yield "nf4", dtype, nf4
        if dtype == torch.bfloat16:
            eight_bits = layer_kind("int8")(plain)
            yield "int8", torch.float32 if isinstance(eight_bits, Int8Linear) else dtype, eight_bits
            four_bits = _four_bits(plain)
            if four_bits is not None:
                yield "int4", torch.float32, four_bits


def _four_bits(plain: nn.Linear) -> Int4Linear | None:
    """Return ``plain`` in 4 bits; None where ONNX Runtime is missing or does not run: the other ways do without it."""
    try:
        layer = Int4Linear(plain)
        layer(torch.ones(1, plain.in_features))
    except Exception as error:  # of the loader, of the library, of its kernels: one form less, whatever it is
        log.warning("ONNX Runtime does not multiply here, so int4 is left out: %s: %s", type(error).__name__, error)
        return None
    return layer


def _best_milliseconds(product: Callable[[], object], repeats: int) -> float:
    """Return the shortest of some times; the first, which may unpack or compile something, does not count."""
    product()
    times = []
    others = torch.zeros(EVICTING_BYTES // 4)
    for _ in range(repeats):
        others.sum()
        started = time.perf_counter()
        product()
        times.append(time.perf_counter() - started)
    return round(1000 * min(times), 3)


def _name(dtype: torch.dtype) -> Literal["bfloat16", "float32"]:
    return "bfloat16" if dtype == torch.bfloat16 else "float32"


def _machine() -> str:
    """Return what the times depend on: processor, what torch may use of it, threads, versions of the libraries."""
    parts = (
        processor_name(),
        torch.backends.cpu.get_cpu_capability(),
        f"{computing_threads()} threads",
        f"torch {torch.__version__}",
        f"8 bits up to {largest_code()} ({os.environ.get('ONEDNN_MAX_CPU_ISA', 'all instructions')})",
        f"bitsandbytes {version('bitsandbytes')}",
        f"onnxruntime {_version('onnxruntime')}",
    )
    return ", ".join(parts)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # another package may bring the same library
        return "unknown"
