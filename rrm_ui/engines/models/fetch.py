"""From a model's name to a plain ``transformers`` folder on this machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rrm_ui.engines.models import hardware
from rrm_ui.engines.models.adapter_files import adapter_hash, chosen_adapter
from rrm_ui.engines.models.build import ready_checkpoint
from rrm_ui.engines.models.catalogue import CatalogueEntry, find_entry
from rrm_ui.engines.models.checkpoint import ingredients, read_manifest, recipe_for, weights_bytes
from rrm_ui.engines.models.devices import loading_format, place, require_known_form
from rrm_ui.engines.models.fingerprint import fingerprint
from rrm_ui.engines.models.folder import read_config, require_whole_attention, stored_bytes
from rrm_ui.engines.models.memory import loaded_bytes, shape_of, vote_tokens
from rrm_ui.engines.models.quiet import quiet_libraries
from rrm_ui.engines.models.resources import WORKING_MEMORY_BYTES, free_memory_bytes, require_memory
from rrm_ui.engines.models.snapshot import fetch_snapshot
from rrm_ui.errors import ModelUnavailable
from rrm_ui.progress import ProgressCallback
from rrm_ui.prompts.families import CHAT
from rrm_ui.settings import Settings


@dataclass(frozen=True)
class PreparedModel:
    """A model that is ready to be loaded."""

    name: str
    folder: Path
    entry: CatalogueEntry | None
    revision: str | None
    """Start of the GGUF file's checksum, the Hub's commit, or the fingerprint of a local folder."""
    adapter_hash: str | None = None


def fetch_model(name: str, settings: Settings, report: ProgressCallback, held_bytes: int = 0) -> Path:
    """Make the model ``name`` (catalogue name, Hub id or local folder) ready and return its folder.

    ``held_bytes`` is memory that another model holds now and will have let go of before this one is loaded.

    Raises:
        ModelUnavailable: it cannot be had, or will not run here.
    """
    return prepare_model(name, settings, report, held_bytes).folder


def prepare_model(name: str, settings: Settings, report: ProgressCallback, held_bytes: int = 0) -> PreparedModel:
    """Make the model ``name`` ready, as ``fetch_model`` does, and say what it is.

    Raises:
        ModelUnavailable: it cannot be had, or will not run here.
    """
    with quiet_libraries():
        entry = find_entry(name)
        if entry is not None and entry.gguf is not None:
            return _prepare_embedded(entry, settings, report, held_bytes)
        if entry is None and (Path(name).expanduser().is_dir() or name.startswith((".", "/", "~"))):
            return _prepare_folder(Path(name).expanduser(), settings, held_bytes)

        def check(folder: Path, stored: int) -> None:
            config = read_config(folder, name)
            require_whole_attention(folder, name)
            _require_fit(name, config, stored, settings, held_bytes)

        snapshot = fetch_snapshot(entry.hub_id if entry else name, settings.hub_timeout, check, report)
        check(snapshot.folder, stored_bytes(snapshot.folder, name))
        return PreparedModel(name, snapshot.folder, entry, snapshot.commit)


def room_needed(name: str, settings: Settings) -> int:
    """Return the memory in bytes that the fetched model ``name`` needs to be loaded and to write its usual votes.

    Raises:
        ModelUnavailable: it is not here in full.
    """
    with quiet_libraries():
        prepared = prepare_model(name, settings, lambda _: None, held_bytes=sys.maxsize)
    config = read_config(prepared.folder, prepared.name)
    stored = stored_bytes(prepared.folder, prepared.name)
    shape = shape_of(config)
    family = prepared.entry.family if prepared.entry else CHAT
    votes = family.votes * vote_tokens(family, shape.context_tokens) * shape.kv_bytes if shape else 0
    if place(settings, shape.parameters if shape else 0).dtype.itemsize == 4:
        votes *= 2  # keys and values in 32 bits
    # An engine gives votes half of what is left beside the weights.
    return loaded_bytes(config, stored, loading_format(settings)) + WORKING_MEMORY_BYTES + 2 * votes


def _prepare_embedded(
    entry: CatalogueEntry, settings: Settings, report: ProgressCallback, held_bytes: int
) -> PreparedModel:
    source = entry.gguf
    assert source is not None
    recipe = recipe_for(place(settings, entry.shape.parameters).quantization)
    require_memory(entry.name, weights_bytes(entry, recipe), free_memory_bytes() + held_bytes, "memory")
    folder = ready_checkpoint(entry, source, recipe, settings, report)
    made_from = ingredients(entry, source, recipe, settings.adapter)
    return PreparedModel(entry.name, folder, entry, source.sha256[:12], made_from.adapter_sha256)


def _prepare_folder(folder: Path, settings: Settings, held_bytes: int) -> PreparedModel:
    config = read_config(folder, str(folder))
    require_whole_attention(folder, str(folder))
    _require_fit(str(folder), config, stored_bytes(folder, str(folder)), settings, held_bytes)
    manifest = read_manifest(folder)
    if manifest is None:
        return PreparedModel(folder.resolve().name, folder, None, fingerprint(folder))
    # A folder that `models fetch` printed: it is still the model it was made from.
    _require_merged_adapter(folder, manifest["adapter_sha256"], settings.adapter)
    entry = find_entry(manifest["name"])
    return PreparedModel(manifest["name"], folder, entry, manifest["gguf_sha256"][:12], manifest["adapter_sha256"])


def _require_merged_adapter(folder: Path, merged: str | None, choice: str) -> None:
    """Check that a converted checkpoint holds the adapter that ``choice`` names: it cannot be taken out again."""
    if choice == "auto":
        return
    wanted = chosen_adapter(None, choice)
    if merged != (adapter_hash(wanted) if wanted else None):
        held = "has an adapter merged into its weights" if merged else "was converted without an adapter"
        raise ModelUnavailable(
            f"RRM_ADAPTER is {choice}, and the model in {folder} {held}; name the model it was made from instead of "
            "the folder, or set RRM_ADAPTER=auto."
        )


def _require_fit(name: str, config: dict[str, Any], stored: int, settings: Settings, held_bytes: int = 0) -> None:
    if "quantization_config" not in config:
        require_known_form(settings)
    free, where = hardware.memory_for_weights(settings.device)
    needed, smallest = (loaded_bytes(config, stored, kind) for kind in (loading_format(settings), "nf4"))
    require_memory(name, needed, free + held_bytes, where, in_nf4=smallest if smallest < needed else None)
