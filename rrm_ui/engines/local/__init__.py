"""The local engine: one decode loop over a ``transformers`` model, votes as rows of one batch."""

from rrm_ui.engines.local.engine import LocalEngine
from rrm_ui.engines.local.loop import DecodeLoop

__all__ = ["DecodeLoop", "LocalEngine"]
