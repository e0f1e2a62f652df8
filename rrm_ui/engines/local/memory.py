"""Running out of memory: recognising it, and giving back what is not needed."""

from __future__ import annotations

from collections.abc import Callable

import torch

_WORDS = ("out of memory", "can't allocate memory", "DefaultCPUAllocator")


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether ``error`` says that memory ran out. On a CPU torch raises no class of its own for it."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error) for word in _WORDS)


def ran_out(work: Callable[[], None]) -> bool:
    """Do ``work`` and return whether memory ran out in it.

    A caller that frees memory does so after this has returned: until then the error's traceback holds the tensors of
    the pass that failed.

    Raises:
        Whatever else ``work`` raises.
    """
    try:
        work()
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return True
    return False


def give_back_unused(device: torch.device) -> None:
    """Hand memory that torch keeps for reuse back to the device, so that differently sized pieces fit again."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
