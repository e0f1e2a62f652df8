"""An adapter that someone named, put into a model that is in memory.

An embedded model gets its adapter before it is quantized, when it is converted. Any other model is quantized as it is
read, so that its weights in full never lie in memory: there the adapter's two thin matrices run beside the quantized
ones. Where nothing is quantized, or only after reading, it is merged, and costs nothing afterwards.
"""

# mypy: allow-untyped-calls
# (transformers annotates only some of its functions)

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import PreTrainedModel

from rrm_ui.engines.models.adapter import read_adapter, require_plain_beginning
from rrm_ui.engines.models.adapter_files import adapter_hash, unusable
from rrm_ui.errors import ModelUnavailable


def attach_adapter(model: PreTrainedModel, folder: Path, *, quantized: bool) -> str:
    """Put the adapter in ``folder`` into ``model`` and return its hash.

    Raises:
        ModelUnavailable: it is broken, made for another model, or needs a library that is not installed.
    """
    if not quantized:
        return _merge(model, folder)
    require_plain_beginning(folder)
    if find_spec("peft") is None:
        raise ModelUnavailable(
            "An adapter beside quantized weights needs the library peft; install requirements-train.txt, or set "
            "RRM_QUANTIZATION=none."
        )
    try:
        found = model.load_adapter(str(folder))
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise unusable(folder, f"peft says: {_first_line(error)}") from error
    wrong = [*found.missing_keys, *found.unexpected_keys]
    if wrong:
        raise unusable(folder, f"it was made for another model ({len(wrong)} of its weights have no place here)")
    model.eval().requires_grad_(False)
    return adapter_hash(folder)


def _merge(model: PreTrainedModel, folder: Path) -> str:
    adapter = read_adapter(folder)
    weights = dict(model.named_parameters())
    for name, (down, up) in adapter.pairs.items():
        if name not in weights or weights[name].shape != (up.shape[0], down.shape[1]):
            raise unusable(folder, f"it changes {name}, which this model lacks or has in another shape")
    with torch.no_grad():
        for name in adapter.pairs:
            weight = weights[name]
            delta = adapter.delta(name, 0, weight.shape[0])
            assert delta is not None
            # Not written in place: pages of a mapped file that were written stay as long as the file is mapped.
            weight.data = (weight.float() + delta.to(weight.device)).to(weight.dtype)
    return adapter.sha256


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
