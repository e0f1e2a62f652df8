"""What is said when the engine breaks."""

from __future__ import annotations

from rrm_ui.engines.local.memory import is_out_of_memory
from rrm_ui.errors import EngineFailure, OutOfMemory


def engine_failure(error: BaseException) -> EngineFailure:
    """Return what to tell those whose rows ``error`` has ended."""
    if is_out_of_memory(error):
        return OutOfMemory(
            "The machine ran out of memory in mid-judgment. Choose fewer votes or a smaller thinking budget."
        )
    return EngineFailure(
        f"The engine failed during this judgment ({type(error).__name__}). Judge again; the log has the details."
    )
