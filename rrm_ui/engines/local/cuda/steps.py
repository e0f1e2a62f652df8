"""Whether a model's decode steps are replayed from recordings, and a look at what they compute before they are."""

# mypy: allow-untyped-calls

from __future__ import annotations

import importlib.util
import logging
from typing import TYPE_CHECKING

import torch
from transformers import PreTrainedModel

from rrm_ui.engines.local.forward import next_token_logits
from rrm_ui.engines.local.kv_cache import RowCache

if TYPE_CHECKING:
    from rrm_ui.engines.local.cuda.graphs import GraphedSteps

log = logging.getLogger(__name__)

LEAST_CAPABILITY = (8, 0)
"""Cards before Ampere multiply no bfloat16."""
CHECKED_ROWS = (2, 12, 20)
"""With two tokens each these take every size of tile, and compile it before the first person comes."""
CHECKED_TOKENS = 300
"""So long a prompt is attended to in more than one part."""
LOOKED_AT = 2
"""A layer whose keys and values come through all that a step does, twice, and through few roundings."""
LARGEST_DIFFERENCE = 0.05
"""Of these keys and values, as a share of their size: rounding in 16 bits makes about 0.01."""
LARGEST_DIFFERENCE_OF_LOGITS = 0.5
"""The same of the logits, in which the roundings of many layers add up; 1.4 if all is wrong."""


def graphed_steps(model: PreTrainedModel) -> GraphedSteps | None:
    """Return the recorded steps of ``model``; None where they are of no use, on a GPU with the reason in the log."""
    if model.device.type != "cuda":
        return None
    try:
        reason = _why_not(model)
        if reason is not None:
            log.info("Decode steps go through the model's own forward pass: %s", reason)
            return None
        from rrm_ui.engines.local.cuda.graphs import GraphedSteps  # needs Triton
        from rrm_ui.engines.local.cuda.written_step import WrittenStep

        steps = GraphedSteps(WrittenStep(model), model.device)
        off, logits_off = differences(model, steps)
    except Exception as error:  # a compiler that is missing, a card that Triton does not know: judging goes on
        log.warning("Decode steps cannot be recorded here: %s: %s", type(error).__name__, error)
        return None
    how_far = f"keys and values are within {off:.2g} of the model's own, logits within {logits_off:.2g}"
    if not (off < LARGEST_DIFFERENCE and logits_off < LARGEST_DIFFERENCE_OF_LOGITS):
        log.warning("Decode steps are not recorded, for they would be wrong here: %s", how_far)
        return None
    log.info("Decode steps are recorded as CUDA graphs: %s", how_far)
    return steps


def _why_not(model: PreTrainedModel) -> str | None:
    if torch.version.cuda is None:
        return "they are recorded on NVIDIA's GPUs only"
    if importlib.util.find_spec("triton") is None:
        return "Triton is not installed"
    if torch.cuda.get_device_capability(model.device) < LEAST_CAPABILITY:
        return f"{torch.cuda.get_device_name(model.device)} is older than recordings are made for"
    from rrm_ui.engines.local.cuda.written_step import why_not_written  # needs Triton

    return why_not_written(model)


@torch.inference_mode()
def differences(model: PreTrainedModel, steps: GraphedSteps) -> tuple[float, float]:
    """Return how far what the steps compute is from what the model's own forward pass does, as shares of its size.

    The first is of an early layer's keys and values, the second of the logits.
    """
    found = [_differences(model, steps, rows) for rows in CHECKED_ROWS]
    steps.forget()
    return max(off for off, _ in found), max(logits_off for _, logits_off in found)


def _differences(model: PreTrainedModel, steps: GraphedSteps, rows: int) -> tuple[float, float]:
    layers = model.config.get_text_config().num_hidden_layers
    cache = RowCache(layers)
    prompt, suffix = torch.arange(CHECKED_TOKENS, device=model.device) % 499 + 3, [5, 3]
    next_token_logits(model, prompt[None], cache)
    cache.repeated(rows)
    own = cache.copy_of(range(rows))
    logits = next_token_logits(model, prompt.new_tensor([suffix] * rows), own)
    for _ in range(2 if steps.records else 1):  # as it is, and recorded
        ours = steps.peek(cache, range(rows), suffix, ())
    assert ours is not None
    layer, written = min(LOOKED_AT, layers - 1), slice(len(prompt), len(prompt) + len(suffix))
    pairs = zip(cache.buffers()[layer], own.buffers()[layer], strict=True)
    off = max(_off(mine[:rows, :, written], theirs[:rows, :, written]) for mine, theirs in pairs)
    return off, _off(ours, logits)


def _off(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return float((ours.float() - theirs.float()).norm() / theirs.float().norm())
