"""From settings to a judge: which model, its prompts, its engine."""

from __future__ import annotations

import importlib
import logging
from functools import partial
from typing import TYPE_CHECKING

from rrm_ui.engines.interface import Engine
from rrm_ui.judge import JudgeModel
from rrm_ui.progress import ProgressCallback
from rrm_ui.settings import Settings, on_zero_gpu
from rrm_ui.threads import call_in_thread
from rrm_ui.values import JudgeSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from rrm_ui.engines.models.load import LoadedModel
    from rrm_ui.prompts.encoding import PromptBuilder

log = logging.getLogger(__name__)

KV_MEMORY_SHARE = 0.5
"""Share of the memory left after loading that running votes may take."""
CPU_ROWS = 32
"""Votes written side by side on a CPU: more make hardly more tokens a second, and each step slower for everybody."""
RECORDED_ROWS = 64
"""The same on a GPU whose steps are recorded."""

ZERO_GPU_BYTES = 48_000_000_000
"""Memory of the GPU that ZeroGPU lends: half of a card of 96 GB, unless a Space asks for all of it."""


def load_judge_model(settings: Settings, report: ProgressCallback) -> JudgeModel:
    """Make the model that ``settings`` names ready to judge.

    On ZeroGPU call it in the main thread, before the page is launched.

    Raises:
        ModelUnavailable: it cannot be had, does not fit, or cannot judge.
    """
    if settings.model == "scripted":
        from rrm_ui.scripted_model import scripted_model

        return scripted_model()
    from rrm_ui.engines.models.load import load_model  # only here, so that importing the package takes no torch

    if on_zero_gpu():
        # Before loading, which may fail: the platform wants to see a function for its GPU when the page is launched.
        importlib.import_module("rrm_ui.engines.zero_gpu")
        # In this thread: the platform intercepts the move to the GPU in the main thread alone.
        return judge_model(load_model(settings, report), settings)
    # Loading computes too, and the runtime of a CPU's parallel regions keeps a team of threads for every thread that
    # ever did. With two teams on the same cores it no longer lets them spin, and a decode step takes a third longer.
    return judge_model(call_in_thread(load_model, settings, report), settings)


def judge_model(loaded: LoadedModel, settings: Settings) -> JudgeModel:
    """Return a judge on ``loaded``, with an engine of its own."""
    from rrm_ui.prompts.encoding import PromptBuilder

    family = loaded.words.family
    prompts = PromptBuilder.of_model(loaded.model.generation_config, loaded.tokenizer, family)
    # A model that cannot be asked, or whose verdicts cannot be told apart, must not take another's place.
    _ = prompts.head, prompts.verdict_format
    most = settings.max_batch_tokens or batch_tokens_for_memory(loaded.model)
    log.info("Running votes may hold %d tokens together", most)
    make_engine = _engine_of_calls if on_zero_gpu() else _engine_of_server
    return JudgeModel(
        engine=make_engine(loaded.model, prompts, most, settings),
        prompts=prompts,
        details=loaded.details,
        defaults=JudgeSettings(thinking_budget=family.thinking_budget, votes=family.votes),
        family_guessed=loaded.words.guessed,
        weights_bytes=loaded.weights_bytes,
        setup=loaded.setup,
        shares_batch=not on_zero_gpu(),
    )


def _engine_of_server(model: PreTrainedModel, prompts: PromptBuilder, most: int, settings: Settings) -> Engine:
    """Return the engine of a server that has its device as long as it lives."""
    from rrm_ui.engines.local import DecodeLoop, LocalEngine
    from rrm_ui.engines.local.cuda.steps import graphed_steps
    from rrm_ui.engines.local.onnx_product import has_onnx_products, leave_cores

    steps = graphed_steps(model) if settings.cuda_graphs else None
    usual_rows = CPU_ROWS if model.device.type == "cpu" else RECORDED_ROWS if steps is not None else None
    loop = DecodeLoop(
        model,
        prompts.tokenizer,
        max_batch_tokens=most,
        cached_prefix_tokens=settings.cached_prefix_tokens,
        max_rows=settings.max_rows or usual_rows,
        steps=steps,
    )
    free_tokens = None if settings.max_batch_tokens else partial(batch_tokens_for_memory, model)
    leave_cores(has_onnx_products(model))  # before the engine's thread begins
    return LocalEngine(loop, settings.max_waiting, settings.judgment_seconds, free_tokens)


def _engine_of_calls(model: PreTrainedModel, prompts: PromptBuilder, most: int, settings: Settings) -> Engine:
    """Return the engine of a ZeroGPU Space."""
    from rrm_ui.engines.zero_gpu import SpeedRecord, ZeroGpuEngine, loop_writer

    writer = loop_writer(
        model, prompts.tokenizer, max_batch_tokens=most, cached_prefix_tokens=settings.cached_prefix_tokens
    )
    return ZeroGpuEngine(
        writer,
        SpeedRecord(int(model.get_memory_footprint())),  # type: ignore[no-untyped-call]
        max_batch_tokens=most,
        max_waiting=settings.max_waiting,
        max_seconds=settings.zero_gpu_seconds,
    )


def batch_tokens_for_memory(model: PreTrainedModel) -> int:
    """Return how many tokens' keys and values fit the memory that is left beside ``model``."""
    from rrm_ui.engines.models.packed_layers import activation_dtype

    config = model.config.get_text_config()
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    per_token = 2 * config.num_hidden_layers * config.num_key_value_heads * head_dim * activation_dtype(model).itemsize
    return int(_memory_left(model) * KV_MEMORY_SHARE / per_token)


def _memory_left(model: PreTrainedModel) -> int:
    """Return the bytes that are free where ``model`` is, or will be."""
    import torch

    from rrm_ui.engines.models.resources import free_memory_bytes

    if on_zero_gpu():  # this process has no GPU that could be asked
        return max(0, ZERO_GPU_BYTES - int(model.get_memory_footprint()))  # type: ignore[no-untyped-call]
    return int(torch.cuda.mem_get_info()[0]) if model.device.type == "cuda" else free_memory_bytes()
