"""Where the project's own LoRA adapters lie, and which exact one that is."""

from __future__ import annotations

import hashlib
from pathlib import Path

from rrm_ui.errors import ModelUnavailable

ASSETS = Path(__file__).resolve().parents[3] / "assets"
"""A folder for each adapter lies here (see ``CatalogueEntry.adapter``)."""

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"


def adapter_folder(name: str | None) -> Path | None:
    """Return the folder of the project's own adapter ``name`` if it is there."""
    folder = ASSETS / name if name else None
    return folder if folder is not None and (folder / CONFIG_FILE).is_file() else None


def chosen_adapter(name: str | None, choice: str) -> Path | None:
    """Return the adapter that ``choice`` (see ``Settings.adapter``) means for a model whose own is called ``name``.

    Raises:
        ModelUnavailable: a folder was named that holds no adapter.
    """
    if choice == "none":
        return None
    if choice == "auto":
        return adapter_folder(name)
    folder = Path(choice).expanduser()
    if not (folder / CONFIG_FILE).is_file():
        raise unusable(folder, f"it holds no {CONFIG_FILE}")
    return folder


def adapter_hash(folder: Path) -> str:
    """Return the SHA-256 of an adapter's configuration and weights.

    Raises:
        ModelUnavailable: one of the two files cannot be read.
    """
    digest = hashlib.sha256()
    for filename in (CONFIG_FILE, WEIGHTS_FILE):
        try:
            content = (folder / filename).read_bytes()
        except OSError as error:
            raise unusable(folder, f"its {filename} cannot be read") from error
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()


def unusable(folder: Path, reason: str) -> ModelUnavailable:
    """Return the error for an adapter that cannot be merged, with ``reason`` as a clause."""
    return ModelUnavailable(f"The adapter in {folder} cannot be used: {reason}; export it as plain LoRA, or remove it.")
