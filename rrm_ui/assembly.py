"""From settings to a judge: which model, its prompts, its engine."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from rrm_ui.errors import ModelUnavailable
from rrm_ui.judge import JudgeModel
from rrm_ui.progress import ProgressCallback
from rrm_ui.prompts.families import FAMILIES
from rrm_ui.settings import Settings
from rrm_ui.threads import call_in_thread
from rrm_ui.values import JudgeSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from rrm_ui.engines.models.load import LoadedModel

log = logging.getLogger(__name__)

KV_MEMORY_SHARE = 0.5
"""Share of the memory left after loading that running votes may take."""


def load_judge_model(settings: Settings, report: ProgressCallback) -> JudgeModel:
    """Make the model that ``settings`` names ready to judge.

    Raises:
        ModelUnavailable: it cannot be had, does not fit, or cannot judge.
    """
    if settings.model == "scripted":
        from rrm_ui.scripted_model import scripted_model

        return scripted_model()
    if os.environ.get("SPACES_ZERO_GPU"):
        raise ModelUnavailable(
            "ZeroGPU is not supported yet: its GPU exists only within single calls. Choose a CPU or GPU for this Space."
        )
    from rrm_ui.engines.models.load import load_model  # only here, so that importing the package takes no torch

    # Loading computes too, and the runtime of a CPU's parallel regions keeps a team of threads for every thread that
    # ever did. With two teams on the same cores it no longer lets them spin, and a decode step takes a third longer.
    return judge_model(call_in_thread(load_model, settings, report), settings)


def judge_model(loaded: LoadedModel, settings: Settings) -> JudgeModel:
    """Return a judge on ``loaded``, with an engine of its own."""
    from rrm_ui.engines.local import DecodeLoop, LocalEngine
    from rrm_ui.prompts.encoding import PromptBuilder

    family = FAMILIES[loaded.details.prompt_family]
    prompts = PromptBuilder.of_model(loaded.model.generation_config, loaded.tokenizer, family)
    most = settings.max_batch_tokens or batch_tokens_for_memory(loaded.model)
    loop = DecodeLoop(
        loaded.model, prompts.tokenizer, max_batch_tokens=most, cached_prefix_tokens=settings.cached_prefix_tokens
    )
    log.info("Running votes may hold %d tokens together", most)
    return JudgeModel(
        engine=LocalEngine(loop, settings.max_waiting),
        prompts=prompts,
        details=replace(loaded.details, prompt_hash=family.wording_hash()),
        defaults=JudgeSettings(thinking_budget=family.thinking_budget, votes=family.votes),
        setup=loaded.setup,
    )


def batch_tokens_for_memory(model: PreTrainedModel) -> int:
    """Return how many tokens' keys and values fit the memory that is left beside ``model``."""
    import torch

    from rrm_ui.engines.models.resources import free_memory_bytes

    config = model.config.get_text_config()
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    per_token = 2 * config.num_hidden_layers * config.num_key_value_heads * head_dim * model.dtype.itemsize
    free = torch.cuda.mem_get_info()[0] if model.device.type == "cuda" else free_memory_bytes()
    return int(free * KV_MEMORY_SHARE / per_token)
