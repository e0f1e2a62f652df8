"""bitsandbytes' 4-bit layers in a model, found without importing the library: that takes seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from torch import nn


def nf4_layers(module: nn.Module) -> Iterator[Any]:
    """Yield every such layer of ``module``; where nothing has imported bitsandbytes, none can be there."""
    kind = getattr(sys.modules.get("bitsandbytes.nn.modules"), "Linear4bit", None)
    if kind is not None:
        yield from (layer for layer in module.modules() if isinstance(layer, kind))
