"""The engine of a ZeroGPU Space: every request is one call to a GPU that is lent for its length.

The platform forks a process that has the GPU, hands it the call's argument, hands back what it yields, and may keep it
for the next call. Nothing here works without the platform's package, ``spaces``.
"""

from rrm_ui.engines.zero_gpu.call import loop_writer
from rrm_ui.engines.zero_gpu.duration import SpeedRecord
from rrm_ui.engines.zero_gpu.engine import ZeroGpuEngine

__all__ = ["SpeedRecord", "ZeroGpuEngine", "loop_writer"]
