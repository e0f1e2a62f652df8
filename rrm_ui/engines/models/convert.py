"""A GGUF file into a plain ``transformers`` folder, a few rows at a time.

Going through ``from_pretrained(gguf_file=…)`` would hold the whole model in full precision more than once.
Here no weight is ever whole in full precision: rows are dequantized, the adapter's update is added, and they
are quantized at once.
"""

# mypy: allow-untyped-calls
# (transformers and bitsandbytes annotate only some of their functions)

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib import import_module
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from transformers import AutoTokenizer, BitsAndBytesConfig, GenerationConfig, Qwen2Config

from rrm_ui.engines.models.adapter import Adapter
from rrm_ui.engines.models.checkpoint import Recipe
from rrm_ui.engines.models.gguf_file import GgufFile, Weight
from rrm_ui.errors import ModelUnavailable
from rrm_ui.progress import Progress, ProgressCallback

EMBEDDING = "model.embed_tokens.weight"
HEAD = "lm_head.weight"
BLOCK = 64
"""Weights that share one scale, as bitsandbytes has it by default."""
SCALE_BLOCK = 256
"""Scales that share one scale of their own (double quantization)."""


def quantization_config(skip_modules: list[str] | None = None) -> BitsAndBytesConfig:
    """Return the NF4 setting used everywhere: double quantization, computing in bfloat16."""
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
        llm_int8_skip_modules=skip_modules,
    )


def convert(gguf: Path, folder: Path, recipe: Recipe, adapter: Adapter | None, report: ProgressCallback) -> None:
    """Write the model in ``gguf`` to the existing, empty ``folder``, with ``adapter`` merged in.

    Raises:
        ModelUnavailable: the file is not a Qwen2 model, or the adapter does not fit it.
    """
    report(Progress("converting"))
    if recipe.weights == "nf4":
        import_module("bitsandbytes")  # takes seconds, and one thread is to do it
    file = GgufFile(gguf)
    config = file.config()
    weights = _arranged(file.weights(), recipe)
    _check_adapter(adapter, weights)
    with ThreadPoolExecutor(1) as background:
        # The tokenizer is built in Python, which leaves the cores free for the weights.
        tokenizer = background.submit(_save_tokenizer, gguf, folder, config.max_position_embeddings)
        tensors = _converted(weights, recipe, adapter, report)
        report(Progress("saving"))
        try:
            save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        except SafetensorError as error:  # its own class for a file that cannot be written
            raise OSError(str(error)) from error
        tokenizer.result()
    _save_config(config, folder, recipe)


def _arranged(weights: dict[str, Weight], recipe: Recipe) -> dict[str, Weight]:
    """Name the tensors that are written. The models converted here share one matrix between embedding and head.

    A GGUF file may still hold it twice, the head's copy at higher precision: that one is used for both.
    """
    shared = weights.get(HEAD, weights[EMBEDDING])
    arranged = {name: weight for name, weight in weights.items() if name != HEAD}
    arranged[EMBEDDING] = shared
    if recipe.quantized_head:
        arranged[HEAD] = shared
    return arranged


def _check_adapter(adapter: Adapter | None, weights: dict[str, Weight]) -> None:
    for name, (down, up) in (adapter.pairs if adapter else {}).items():
        if name not in weights or name == EMBEDDING or weights[name].shape != (up.shape[0], down.shape[1]):
            raise ModelUnavailable(
                f"The adapter changes {name}, which this model lacks or has in another shape; remove the adapter."
            )


def _converted(
    weights: dict[str, Weight], recipe: Recipe, adapter: Adapter | None, report: ProgressCallback
) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    report(Progress("converting", 0, len(weights), "tensors"))
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        # The largest first: none is left alone on one core at the end.
        order = sorted(weights, key=lambda name: weights[name].tensor.n_elements, reverse=True)
        jobs = [pool.submit(_convert_one, name, weights[name], recipe, adapter) for name in order]
        try:
            for done, job in enumerate(as_completed(jobs), start=1):
                tensors |= job.result()
                report(Progress("converting", done, len(weights), "tensors"))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tensors


def _convert_one(name: str, weight: Weight, recipe: Recipe, adapter: Adapter | None) -> dict[str, torch.Tensor]:
    linear = len(weight.shape) == 2 and name != EMBEDDING
    quantizer = _Nf4Rows(weight.shape) if linear and recipe.weights == "nf4" else None
    whole = torch.empty(weight.shape, dtype=torch.bfloat16) if quantizer is None else None
    for start, rows in weight.rows():
        delta = adapter.delta(name, start, start + len(rows)) if adapter else None
        half = (rows if delta is None else rows + delta).to(torch.bfloat16)
        if quantizer is not None:
            quantizer.add(half)
        elif whole is not None:
            whole[start : start + len(rows)] = half
    return quantizer.finish(name) if quantizer is not None else {name: whole}  # type: ignore[dict-item]


class _Nf4Rows:
    """Quantizes a matrix that arrives row by row exactly as ``quantize_4bit`` does the whole of it."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        from bitsandbytes import functional  # imported by ``convert`` before there are threads

        self._library = functional
        self._shape = torch.Size(shape)
        self._packed: list[torch.Tensor] = []
        self._scales: list[torch.Tensor] = []

    def add(self, rows: torch.Tensor) -> None:
        packed, scales = torch.ops.bitsandbytes.quantize_4bit.default(rows, BLOCK, "nf4", torch.uint8)
        self._packed.append(packed)
        self._scales.append(scales)

    def finish(self, name: str) -> dict[str, torch.Tensor]:
        """Return the whole weight's tensors under the names that bitsandbytes reads from a checkpoint."""
        scales = torch.cat(self._scales)
        offset = scales.mean()
        quantized_scales, scale_state = self._library.quantize_blockwise(scales - offset, blocksize=SCALE_BLOCK)
        state = self._library.QuantState(
            absmax=quantized_scales,
            shape=self._shape,
            dtype=torch.bfloat16,
            blocksize=BLOCK,
            code=self._library.get_4bit_type("nf4", device="cpu"),
            quant_type="nf4",
            offset=offset,
            state2=scale_state,
        )
        return {name: torch.cat(self._packed)} | {
            # The tables are the same for every weight; a file holds no shared memory.
            f"{name}.{key}": value.clone()
            for key, value in state.as_dict(packed=True).items()
        }


def _save_tokenizer(gguf: Path, folder: Path, context_tokens: int) -> None:
    tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name, local_files_only=True)
    tokenizer.model_max_length = context_tokens
    try:
        tokenizer.save_pretrained(folder)
    except Exception as error:
        if type(error) is not Exception:
            raise
        raise OSError(str(error)) from error  # what the library says of a file that cannot be written


def _save_config(config: Qwen2Config, folder: Path, recipe: Recipe) -> None:
    config.tie_word_embeddings = not recipe.quantized_head
    if recipe.weights == "nf4":
        # An empty list means that nothing is skipped; None would skip the head on loading.
        config.quantization_config = quantization_config([] if recipe.quantized_head else None).to_dict()
    config.save_pretrained(folder)
    ends = [end for end in (config.eos_token_id, config.pad_token_id) if end is not None]
    GenerationConfig(
        bos_token_id=config.bos_token_id, eos_token_id=ends, pad_token_id=config.pad_token_id
    ).save_pretrained(folder)
