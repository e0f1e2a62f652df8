"""The one function that runs on a lent GPU.

Its module is imported, and its model lent to it, before the platform forks: the forked process finds both here. What it
changes in this module stays in that process, so it changes nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator

import spaces
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.local.inline import CHUNK_SECONDS, Stretch, write_inline
from rrm_ui.engines.local.loop import DecodeLoop
from rrm_ui.engines.zero_gpu.packets import GpuCall, Packet, merged
from rrm_ui.errors import UserError

Writer = Callable[[GenerationRequest], Generator[Stretch, None, None]]
"""Writes the rows of one request, where the GPU is."""

_writer: Writer | None = None


def lend(writer: Writer) -> None:
    """Have every later call served by ``writer``."""
    global _writer
    _writer = writer


def loop_writer(
    model: PreTrainedModel, tokenizer: Tokenizer, *, max_batch_tokens: int, cached_prefix_tokens: int
) -> Writer:
    """Return a writer that drives a decode loop over ``model``, a fresh one for every request."""

    def write(request: GenerationRequest) -> Generator[Stretch, None, None]:
        loop = DecodeLoop(
            model,
            tokenizer,
            max_batch_tokens=max_batch_tokens,
            cached_prefix_tokens=cached_prefix_tokens,
            chunk_seconds=CHUNK_SECONDS,
        )
        return write_inline(loop, request)

    return write


def _write(call: GpuCall) -> Generator[Packet, None, None]:
    """Write the rows of ``call`` and yield what happens, at least five times a second."""
    assert _writer is not None, "no model was lent"
    yield Packet()  # at once: the platform looks after a yield whether the call is still wanted
    try:
        with contextlib.closing(_writer(call.request)) as stretches:
            for stretch in stretches:
                yield Packet(merged(stretch.events), tuple(stretch.work))
    except UserError as error:
        yield Packet(failure=error.failure, over=True)
        raise  # the platform puts a new process in the place of one that failed
    yield Packet(over=True)


def _asked_seconds(call: GpuCall) -> int:
    return call.seconds


write_on_gpu: Callable[[GpuCall], Generator[Packet, None, None]] = spaces.GPU(duration=_asked_seconds)(_write)
"""``_write`` on a lent GPU. Call it in the context of the visitor's request, by which the platform knows whose quota
pays. It waits for a GPU, and raises ``gradio.Error`` in the platform's words where there is none to be had."""
