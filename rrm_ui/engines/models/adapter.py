"""A LoRA adapter in peft's format, added to full-precision weights before they are quantized."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from rrm_ui.engines.models.adapter_files import CONFIG_FILE, WEIGHTS_FILE, adapter_hash, unusable
from rrm_ui.errors import ModelUnavailable

KEY_PREFIX = "base_model.model."

# Options that leave W + scale * B @ A as it is. Any other option that is switched on changes the arithmetic.
HARMLESS_OPTIONS = frozenset(
    {
        "peft_type", "task_type", "auto_mapping", "peft_version", "base_model_name_or_path", "revision",
        "inference_mode", "r", "lora_alpha", "lora_dropout", "target_modules", "exclude_modules", "use_rslora",
        "init_lora_weights", "layers_to_transform", "layers_pattern", "eva_config", "megatron_core", "runtime_config",
        "qalora_group_size", "ensure_weight_tying",
    }
)  # fmt: skip
BEGINNINGS = frozenset({"gaussian", "eva", "orthogonal", "mica"})
"""What an adapter may have begun with. Others (PiSSA, OLoRA, CorDA, LoftQ) took a part out of the weights, as peft does
again wherever such an adapter is loaded: added to whole weights it is wrong."""


@dataclass(frozen=True)
class Adapter:
    """The low-rank updates of one adapter: for each weight the pair (A, B) in float32."""

    sha256: str
    scale: float
    pairs: dict[str, tuple[torch.Tensor, torch.Tensor]]

    def delta(self, name: str, start: int, stop: int) -> torch.Tensor | None:
        """Return what is added to rows ``start`` to ``stop`` of weight ``name``, None if it is left alone."""
        if name not in self.pairs:
            return None
        down, up = self.pairs[name]
        return self.scale * (up[start:stop] @ down)


def read_adapter(folder: Path) -> Adapter:
    """Read the adapter in ``folder``.

    Raises:
        ModelUnavailable: it is broken, or asks for more than plain LoRA.
    """
    sha256 = adapter_hash(folder)
    config = _config(folder)
    try:
        tensors = load_file(folder / WEIGHTS_FILE)
    except (OSError, ValueError, SafetensorError) as error:
        raise _damaged(folder) from error
    scale = _scale(folder, config)
    return Adapter(sha256, scale, _pairs(folder, tensors, config["r"]))


def require_plain_beginning(folder: Path) -> None:
    """Raise ModelUnavailable if the adapter in ``folder`` belongs to weights that its training had changed."""
    _require_plain_beginning(folder, _config(folder))


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(folder) from error
    if not isinstance(config, dict):
        raise _damaged(folder)
    return config


def _damaged(folder: Path) -> ModelUnavailable:
    return unusable(folder, "its files are damaged")


def _require_plain_beginning(folder: Path, config: dict[str, Any]) -> None:
    begun = config.get("init_lora_weights")
    if isinstance(begun, str) and begun.casefold() not in BEGINNINGS:
        raise unusable(
            folder,
            f"it began with {begun!r}, which may have changed the model's own weights (peft saves a plain one where "
            "save_pretrained is given path_initial_model_for_weight_conversion)",
        )


def _scale(folder: Path, config: dict[str, Any]) -> float:
    if str(config.get("peft_type", "")).upper() != "LORA":
        raise unusable(folder, f"its type is {config.get('peft_type')!r} and only LORA is supported")
    _require_plain_beginning(folder, config)
    if config.get("bias", "none") != "none":
        raise unusable(folder, "it changes biases, which is not supported")
    unknown = sorted(key for key, value in config.items() if value and key not in HARMLESS_OPTIONS and key != "bias")
    if unknown:
        raise unusable(folder, f"it uses {', '.join(unknown)}, which is not supported")
    rank, alpha = config.get("r"), config.get("lora_alpha")
    if not isinstance(rank, int) or rank < 1 or not isinstance(alpha, int | float):
        raise unusable(folder, "its rank or alpha is missing")
    return alpha / math.sqrt(rank) if config.get("use_rslora") else alpha / rank


def _pairs(folder: Path, tensors: dict[str, torch.Tensor], rank: int) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    halves: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        name, _, half = key.removeprefix(KEY_PREFIX).removesuffix(".weight").rpartition(".")
        if half not in ("lora_A", "lora_B") or not key.startswith(KEY_PREFIX):
            raise unusable(folder, f"it holds {key}, which is not part of plain LoRA")
        halves.setdefault(f"{name}.weight", {})[half] = tensor.to(torch.float32)
    for name, pair in halves.items():
        if len(pair) != 2 or pair["lora_A"].shape[0] != rank or pair["lora_B"].shape[1] != rank:
            raise unusable(folder, f"its update of {name} is incomplete or of another rank")
    return {name: (pair["lora_A"], pair["lora_B"]) for name, pair in halves.items()}
