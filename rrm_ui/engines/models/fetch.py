"""From a model's name to a plain ``transformers`` folder on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rrm_ui.engines.models.build import ready_checkpoint
from rrm_ui.engines.models.catalogue import CatalogueEntry, find_entry
from rrm_ui.engines.models.checkpoint import ingredients, read_manifest, recipe_for, weights_bytes
from rrm_ui.engines.models.devices import choose_device, free_device_memory, place
from rrm_ui.engines.models.folder import read_config, stored_bytes
from rrm_ui.engines.models.quiet import quiet_libraries
from rrm_ui.engines.models.resources import free_memory_bytes, require_memory
from rrm_ui.engines.models.snapshot import fetch_snapshot
from rrm_ui.files import fingerprint
from rrm_ui.progress import ProgressCallback
from rrm_ui.settings import DeviceChoice, Quantization, Settings

SHARE_OF_STORED: dict[Quantization, float] = {"auto": 0.37, "nf4": 0.37, "int8": 0.6, "none": 1.0}
"""Size of the loaded weights against bfloat16 ones; embeddings and head stay as they are."""


@dataclass(frozen=True)
class PreparedModel:
    """A model that is ready to be loaded."""

    name: str
    folder: Path
    entry: CatalogueEntry | None
    revision: str | None
    """Start of the GGUF file's checksum, or the Hub's commit; None for a local folder."""
    adapter_hash: str | None = None


def fetch_model(name: str, settings: Settings, report: ProgressCallback) -> Path:
    """Make the model ``name`` (catalogue name, Hub id or local folder) ready and return its folder.

    Raises:
        ModelUnavailable: it cannot be had, or will not run here.
    """
    return prepare_model(name, settings, report).folder


def prepare_model(name: str, settings: Settings, report: ProgressCallback) -> PreparedModel:
    """Make the model ``name`` ready, as ``fetch_model`` does, and say what it is.

    Raises:
        ModelUnavailable: it cannot be had, or will not run here.
    """
    with quiet_libraries():
        entry = find_entry(name)
        if entry is not None and entry.gguf is not None:
            return _prepare_embedded(entry, settings, report)
        if entry is None and (Path(name).expanduser().is_dir() or name.startswith((".", "/", "~"))):
            return _prepare_folder(Path(name).expanduser(), settings)

        def check(folder: Path, stored: int) -> None:
            _require_fit(name, read_config(folder, name), stored, settings)

        snapshot = fetch_snapshot(entry.hub_id if entry else name, settings.hub_timeout, check, report)
        check(snapshot.folder, stored_bytes(snapshot.folder, name))
        return PreparedModel(name, snapshot.folder, entry, snapshot.commit)


def memory_for_weights(choice: DeviceChoice) -> tuple[int, str]:
    """Return the free bytes where weights will live if ``choice`` is the device, and the name of that place."""
    device = choose_device(choice)
    return free_device_memory(device), "GPU memory" if device == "cuda" else "memory"


def _prepare_embedded(entry: CatalogueEntry, settings: Settings, report: ProgressCallback) -> PreparedModel:
    source = entry.gguf
    assert source is not None
    recipe = recipe_for(place(settings, entry.parameters).quantization)
    require_memory(entry.name, weights_bytes(entry, recipe), free_memory_bytes(), "memory")
    folder = ready_checkpoint(entry, source, recipe, settings, report)
    made_from = ingredients(entry, source, recipe, settings.adapter)
    return PreparedModel(entry.name, folder, entry, source.sha256[:12], made_from.adapter_sha256)


def _prepare_folder(folder: Path, settings: Settings) -> PreparedModel:
    config = read_config(folder, str(folder))
    _require_fit(str(folder), config, stored_bytes(folder, str(folder)), settings)
    manifest = read_manifest(folder)
    if manifest is None:
        return PreparedModel(folder.resolve().name, folder, None, fingerprint(folder))
    # A folder that `models fetch` printed: it is still the model it was made from.
    entry = find_entry(manifest["name"])
    return PreparedModel(manifest["name"], folder, entry, manifest["gguf_sha256"][:12], manifest["adapter_sha256"])


def _require_fit(name: str, config: dict[str, Any], stored: int, settings: Settings) -> None:
    to_be_quantized = "quantization_config" not in config
    share = SHARE_OF_STORED[settings.quantization] if to_be_quantized else 1.0
    free, where = memory_for_weights(settings.device)
    require_memory(name, int(stored * share), free, where)
