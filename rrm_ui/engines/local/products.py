"""How much memory the products hold that other libraries compute: torch knows nothing of it."""

from __future__ import annotations

from torch import nn

from rrm_ui.engines.local.int8_product import Int8Product
from rrm_ui.engines.local.onnx_product import OnnxProduct


def bytes_of_product(module: nn.Module) -> int:
    """Return the bytes that ``module`` itself, without its parts, holds beside torch's tensors."""
    return module.nbytes if isinstance(module, OnnxProduct | Int8Product) else 0


def bytes_of_products(model: nn.Module) -> int:
    """Return the bytes of all products in ``model``."""
    return sum(map(bytes_of_product, model.modules()))
