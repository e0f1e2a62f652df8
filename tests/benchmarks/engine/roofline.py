"""The least that a decode step must move, and how fast this machine's memory moves anything."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import torch
from bitsandbytes.nn.modules import Params4bit
from torch import nn
from transformers import PreTrainedModel

from rrm_ui.engines.local.head import PackedHead
from rrm_ui.engines.local.products import bytes_of_product, bytes_of_products
from rrm_ui.engines.models.packed_layers import activation_dtype

REPEATS = 5


def settle(device: torch.device) -> None:
    """Wait until ``device`` has done what it was asked to do."""
    if device.type == "cuda":
        torch.cuda.synchronize()
    elif device.type == "mps":
        torch.mps.synchronize()


def bandwidth(device: torch.device) -> dict[str, float]:
    """Return the measured bandwidth of ``device``'s memory in GB/s: of reading, and of copying (both ways counted)."""
    count = (1 << 30) // 4 if device.type == "cuda" else (1 << 28) // 4
    source = torch.ones(count, dtype=torch.float32, device=device)
    target = torch.empty_like(source)
    gigabytes = source.nbytes / 1e9
    return {
        "read_gb_s": round(gigabytes / _best_seconds(source.sum, device), 1),
        "copy_gb_s": round(2 * gigabytes / _best_seconds(lambda: target.copy_(source), device), 1),
    }


def weight_bytes(model: PreTrainedModel) -> int:
    """Return the bytes of all weights that a step reads: every layer and the head, of the embedding only its rows."""
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    parts = sum(_bytes(module) for module in model.modules() if module not in (embedding, head))
    return parts + (0 if isinstance(head, PackedHead) else _bytes(head))  # its product is a module of its own


def held_bytes(model: PreTrainedModel) -> int:
    """Return the bytes of all weights in memory, each matrix once."""
    own = {parameter.data_ptr(): _tensor_bytes(parameter) for parameter in model.parameters()}
    buffers = {buffer.data_ptr(): buffer.nbytes for buffer in model.buffers()}
    return sum((own | buffers).values()) + bytes_of_products(model)


def kv_bytes_per_token(model: PreTrainedModel) -> int:
    """Return the bytes of keys and values that one token of one vote holds."""
    config = model.config.get_text_config()
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(2 * config.num_hidden_layers * config.num_key_value_heads * head_dim * activation_dtype(model).itemsize)


def peak_bytes(device: torch.device) -> int:
    """Return the most memory held so far: of the GPU's, else of the process."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated())
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _bytes(module: nn.Module) -> int:
    """Return the bytes of a module's own tensors, without those of its parts."""
    own = sum(_tensor_bytes(parameter) for parameter in module.parameters(recurse=False))
    return own + sum(buffer.nbytes for buffer in module.buffers(recurse=False)) + bytes_of_product(module)


def _tensor_bytes(parameter: nn.Parameter) -> int:
    if not isinstance(parameter, Params4bit):
        scales = getattr(parameter, "SCB", None)
        return parameter.nbytes + (scales.nbytes if scales is not None else 0)
    state = parameter.quant_state
    nested = getattr(state, "state2", None)  # a CPU unpacks the scales' own scales at the first product
    return int(parameter.nbytes + state.absmax.nbytes + (nested.absmax.nbytes if nested is not None else 0))


def _best_seconds(work: Callable[[], object], device: torch.device) -> float:
    work()
    times = []
    for _ in range(REPEATS):
        settle(device)
        started = time.perf_counter()
        work()
        settle(device)
        times.append(time.perf_counter() - started)
    return min(times)
