"""Converted checkpoints on disk: what they are made from, where they lie, and whether one is whole.

The folder's name holds a hash of everything that went in, so a changed adapter or converter never meets an old
checkpoint.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rrm_ui.engines.models.adapter_files import adapter_hash, chosen_adapter
from rrm_ui.engines.models.catalogue import CatalogueEntry, GgufSource
from rrm_ui.settings import Quantization

WeightFormat = Literal["nf4", "bf16"]
LmHead = Literal["tied", "nf4"]
"""``tied``: one bfloat16 matrix embeds tokens and predicts them. ``nf4``: the predicting one is a quantized copy."""

LM_HEAD: LmHead = "tied"
"""The one switch between the two."""

CONVERTER_VERSION = 1
"""Counts changes to what a conversion writes; a new number makes every old checkpoint stale."""

MANIFEST = "rrm_checkpoint.json"
"""What a checkpoint was made from, and the sizes of its files."""


@dataclass(frozen=True)
class Recipe:
    """What a conversion makes of the weights."""

    weights: WeightFormat = "nf4"
    lm_head: LmHead = LM_HEAD

    @property
    def quantized_head(self) -> bool:
        """Whether the head becomes a quantized matrix of its own."""
        return self.weights == "nf4" and self.lm_head == "nf4"


def recipe_for(quantization: Quantization) -> Recipe:
    """Return how an embedded model is stored for ``quantization``; int4 and int8 are made from bfloat16 in memory."""
    return Recipe(weights="nf4" if quantization in ("auto", "nf4") else "bf16")


@dataclass(frozen=True)
class Ingredients:
    """Everything that a converted checkpoint depends on."""

    name: str
    gguf_sha256: str
    adapter_sha256: str | None
    recipe: Recipe

    def to_dict(self) -> dict[str, Any]:
        """Return the ingredients as the manifest holds them."""
        return {
            "name": self.name,
            "gguf_sha256": self.gguf_sha256,
            "adapter_sha256": self.adapter_sha256,
            "weights": self.recipe.weights,
            "lm_head": self.recipe.lm_head,
            "converter": CONVERTER_VERSION,
        }

    def folder(self, models_dir: Path) -> Path:
        """Return the folder that holds the checkpoint, or will."""
        key = hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()[:12]
        return models_dir / f"{self.name}-{key}"


def weights_bytes(entry: CatalogueEntry, recipe: Recipe) -> int:
    """Return the size of the weights of ``entry`` as ``recipe`` stores them, in bytes."""
    return entry.shape.weights_bytes("nf4" if recipe.weights == "nf4" else "none")


def ingredients(entry: CatalogueEntry, source: GgufSource, recipe: Recipe, adapter: str = "auto") -> Ingredients:
    """Return what a checkpoint of ``entry`` is made from now; ``adapter`` is the choice of ``Settings.adapter``.

    Raises:
        ModelUnavailable: the adapter's files cannot be read.
    """
    folder = chosen_adapter(entry.adapter, adapter)
    return Ingredients(entry.name, source.sha256, adapter_hash(folder) if folder else None, recipe)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a complete checkpoint; None if there is none, or a file is missing or cut short."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        whole = all((folder / name).stat().st_size == size for name, size in manifest["files"].items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if whole else None
