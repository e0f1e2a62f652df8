"""Small tensors on their way to the device, without waiting for it.

``torch.tensor(values, device=...)`` waits until a GPU has done everything that was asked of it before. A decode step
needs a dozen such tensors; with a wait each, the GPU stands idle while Python prepares the next product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch


def sent(values: Sequence[Any], device: torch.device, dtype: torch.dtype | None = None) -> torch.Tensor:
    """Return the tensor of ``values`` (numbers, nested as the tensor shall be) on ``device``."""
    # CUDA copies what is not pinned before the call returns; other backends promise nothing of the kind.
    return torch.tensor(values, dtype=dtype).to(device, non_blocking=device.type == "cuda")


def rows_at(tensor: torch.Tensor, indices: Sequence[int]) -> torch.Tensor:
    """Return the rows of ``tensor`` at ``indices``; the tensor itself where these are all rows in order."""
    if list(indices) == list(range(tensor.shape[0])):
        return tensor
    return tensor.index_select(0, sent(indices, tensor.device, torch.int64))
