"""Where a model runs: the device, the numbers it computes in, and the quantization that suits both.

What is said plainly in the settings is done. What is left to ``auto`` is decided here, with a reason in words:

- **CUDA**: weights stay in 16 bits where they take at most half of the free memory, because that is what the model
  was trained and published with, and a half is left for keys and values. Otherwise NF4.
- **Apple's MPS**: the same. bitsandbytes has kernels for it on macOS 26 and later only, which it fetches from the
  network; without them it unpacks every weight at every step (read in bitsandbytes 0.50; no such machine was at hand).
- **CPU**: int8 where it fits easily and the instructions (AVX512 with VNNI and bfloat16) multiply whole numbers and
  attend in bfloat16: of the packed forms it is the nearest to the whole weights, and only steps of few votes are faster
  in NF4, which is the next choice and reads less memory. On any other CPU a layer is timed once in every way
  (``cpu_speed.py``), and the fastest that fits is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from transformers import PreTrainedModel

from rrm_ui.engines.local.attention import PACKED, PACKED_FLOAT32
from rrm_ui.engines.local.int8_product import LARGEST, largest_code
from rrm_ui.engines.models.cpu_speed import LayerSpeed, computes_in_bf16, heed_capability, layer_speeds
from rrm_ui.engines.models.hardware import Device, choose_device, free_device_memory
from rrm_ui.engines.models.memory import WeightFormat, weight_format
from rrm_ui.engines.models.nf4_layers import nf4_layers
from rrm_ui.engines.models.packed_layers import PACKED_FORMS, PackedForm, compute_in_float32, is_mostly_packed
from rrm_ui.engines.models.resources import WORKING_MEMORY_BYTES, free_memory_bytes
from rrm_ui.errors import ModelUnavailable
from rrm_ui.settings import Quantization, Settings, on_zero_gpu

EASY_SHARE = 0.5
"""Weights fit easily if they take no more than this share of the free memory."""


@dataclass(frozen=True)
class Placement:
    """How a model is loaded, and why so."""

    device: Device
    dtype: torch.dtype
    """Of activations, and of all weights that are not quantized; but see ``loading_dtype``."""
    quantization: WeightFormat
    reason: str

    @property
    def attention(self) -> str:
        """The attention that suits the device, as ``attn_implementation``."""
        if self.device != "cpu":
            return "sdpa"
        return PACKED if computes_in_bf16() else PACKED_FLOAT32

    @property
    def packs_layers(self) -> PackedForm | None:
        """The form that layers are packed in once they are read: bitsandbytes has nothing as fast for a CPU."""
        if self.device == "cpu" and (self.quantization == "int4" or self.quantization == "int8"):
            return self.quantization
        return None

    @property
    def loading_dtype(self) -> torch.dtype:
        """Numbers that weights are read in. On a CPU the embedding stays in 16 bits, whatever is done with the rest."""
        return torch.bfloat16 if self.packs_layers or self._is_nf4_on_cpu else self.dtype

    @property
    def _is_nf4_on_cpu(self) -> bool:
        return self.device == "cpu" and self.quantization == "nf4"

    @property
    def widens_the_rest(self) -> bool:
        """Whether what is beside bitsandbytes' layers was read in 16 bits and computes in 32."""
        return self._is_nf4_on_cpu and self.dtype == torch.float32

    def describe(self) -> str:
        """Return the choice and its reason in one line."""
        name = {"nf4": "NF4", "none": "no quantization"}.get(self.quantization, self.quantization)
        return f"{name}, computing in {str(self.dtype).removeprefix('torch.')} on {self.device}: {self.reason}"


def suit_layers(model: PreTrainedModel, placement: Placement) -> Placement:
    """Have bitsandbytes' 4-bit layers in ``model``, and what is beside them, compute as ``placement`` says.

    Return the placement that came of it: where most of a model is beside such layers, all computes in 16 bits.
    """
    if placement.widens_the_rest and not is_mostly_packed(model):
        placement = replace(placement, dtype=torch.bfloat16)
    for layer in nf4_layers(model):
        layer.compute_dtype = placement.dtype
    if placement.device == "cpu":
        heed_capability(model)
    if placement.widens_the_rest:
        compute_in_float32(model)
    return placement


def place(settings: Settings, parameters: int, stored: str | None = None) -> Placement:
    """Return how to load a model of ``parameters`` weights.

    ``stored`` says that the checkpoint is quantized already, and how.

    Raises:
        ModelUnavailable: the device asked for is not there, or does not take the quantization asked for.
    """
    device = choose_device(settings.device)
    if stored is None:
        require_known_form(settings)
    said = _said(settings.quantization, stored)
    if device == "cpu":
        return _place_on_cpu(said, parameters, settings.models_dir)
    if on_zero_gpu():  # nothing can be asked of the GPU now
        return Placement(device, torch.bfloat16, *(said or ("nf4", "ZeroGPU lends a part of a GPU")))
    dtype = _gpu_dtype(device)
    if said is not None:
        return Placement(device, dtype, *said)
    free = free_device_memory(device)
    sizes = f"{2 * parameters / 1e9:.1f} GB of weights in 16 bits, {free / 1e9:.1f} GB free"
    if 2 * parameters <= EASY_SHARE * free:
        return Placement(device, dtype, "none", f"{sizes}, of which they take at most half")
    return Placement(device, dtype, "nf4", f"{sizes}, of which they would take more than half")


def require_known_form(settings: Settings) -> None:
    """Check that the device takes the quantization asked for; what a checkpoint is stored in is another matter.

    Raises:
        ModelUnavailable: it does not, or is not there.
    """
    device = choose_device(settings.device)
    if settings.quantization == "int4" and device != "cpu":
        raise ModelUnavailable(f"RRM_QUANTIZATION=int4 is for a CPU, and the model runs on {device}; set nf4 or auto.")


def loading_format(settings: Settings) -> WeightFormat:
    """Return the format of a model's weights when they take the most memory: a CPU packs int4 and int8 from 16 bits.

    Raises:
        ModelUnavailable: the device asked for is not there.
    """
    if settings.quantization in PACKED_FORMS and choose_device(settings.device) == "cpu":
        return "none"
    return weight_format(settings.quantization)


def _said(quantization: Quantization, stored: str | None) -> tuple[WeightFormat, str] | None:
    """Return the quantization that is no longer to be chosen, and who says so."""
    if stored is not None:
        kinds: dict[str, WeightFormat] = {"nf4": "nf4", "fp4": "nf4", "int8": "int8"}
        return kinds.get(stored, "none"), f"the checkpoint holds {stored} weights"
    return None if quantization == "auto" else (quantization, f"RRM_QUANTIZATION is {quantization}")


def _place_on_cpu(said: tuple[WeightFormat, str] | None, parameters: int, models_dir: Path) -> Placement:
    if computes_in_bf16():
        chosen = said or _form_for_instructions(parameters)
        return Placement("cpu", torch.float32 if chosen[0] == "int4" else torch.bfloat16, *chosen)
    speeds = layer_speeds(models_dir)
    if said is not None:
        ways = [speed for speed in speeds if speed.quantization == said[0]]
        if not ways:  # only int4 is ever left out
            raise ModelUnavailable(
                f"{said[1]}, and what multiplies {said[0]} weights does not run on this CPU; set RRM_QUANTIZATION=auto."
            )
        best = _fastest_that_fits(ways, parameters)
        return Placement("cpu", best.torch_dtype, *said)
    best = _fastest_that_fits(speeds, parameters)
    others = ", ".join(speed.describe() for speed in speeds if speed is not best)
    reason = f"this CPU lacks AVX512 with bfloat16; a layer took {best.describe()} (otherwise {others})"
    return Placement("cpu", best.torch_dtype, best.quantization, reason)


def _form_for_instructions(parameters: int) -> tuple[WeightFormat, str]:
    """Return the form for a CPU that computes in bfloat16, and why."""
    if largest_code() != LARGEST:
        return "nf4", "this CPU multiplies packed weights (AVX512 with bfloat16)"
    if _fits(1.0, 2.0, parameters, free_memory_bytes()):
        return "int8", "this CPU multiplies whole numbers (AVX512 with VNNI and bfloat16)"
    return "nf4", "there is too little free memory for int8, which this CPU would multiply faster"


def _fits(weight_bytes: float, loading_bytes: float, parameters: int, free: int) -> bool:
    """Return whether weights of so many bytes each fit easily into ``free`` bytes, and fit while they are loaded."""
    return weight_bytes * parameters <= EASY_SHARE * free and loading_bytes * parameters + WORKING_MEMORY_BYTES <= free


def _fastest_that_fits(speeds: list[LayerSpeed], parameters: int) -> LayerSpeed:
    """Return the first of ``speeds`` whose weights fit easily; where none do, the one that needs the least memory."""
    free = free_memory_bytes()
    fitting = (speed for speed in speeds if _fits(speed.weight_bytes, speed.loading_bytes, parameters, free))
    return next(fitting, None) or min(speeds, key=lambda speed: speed.loading_bytes)


def _gpu_dtype(device: Device) -> torch.dtype:
    """Return bfloat16 where the GPU computes in it itself, else float16."""
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    try:
        torch.zeros(1, dtype=torch.bfloat16, device=device)
    except (TypeError, RuntimeError):  # macOS before 14 knows no bfloat16
        return torch.float16
    return torch.bfloat16
