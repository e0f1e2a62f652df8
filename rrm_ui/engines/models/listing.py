"""What there is to judge with on this machine: every known model, what it takes, and whether it fits and is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from rrm_ui.engines.models.catalogue import CATALOGUE, CatalogueEntry
from rrm_ui.engines.models.checkpoint import ingredients, read_manifest, recipe_for
from rrm_ui.engines.models.memory import FORMATS, weight_format
from rrm_ui.engines.models.resources import WORKING_MEMORY_BYTES
from rrm_ui.engines.models.snapshot import local_snapshot
from rrm_ui.settings import Settings, get_settings

Fit = Literal["fits", "alone", "too_large"]
"""``alone``: only once the model that is loaded now has been let go."""


@dataclass(frozen=True)
class Machine:
    """The memory where weights will live."""

    free_bytes: int
    place: str
    """"memory" or "GPU memory"."""
    held_bytes: int = 0
    """What letting go of the present model would free."""


@dataclass(frozen=True)
class ListedModel:
    """A model as a listing shows it."""

    entry: CatalogueEntry
    fit: Fit
    fetched: bool
    """Whether it can be loaded without the network."""

    def to_dict(self) -> dict[str, Any]:
        """Return the row by name."""
        return {**self.entry.to_dict(), "fit": self.fit, "fetched": self.fetched}


def this_machine(held_bytes: int = 0) -> Machine:
    """Look at the GPU if there is one, at the memory otherwise."""
    from rrm_ui.engines.models import hardware  # takes torch, which naming the models does not need

    free, place = hardware.memory_for_weights(get_settings().device)
    return Machine(free, place, held_bytes)


def list_models(settings: Settings, machine: Machine) -> list[ListedModel]:
    """Return every known model, with the weights as ``settings`` would load them."""
    return [
        ListedModel(entry, fit_of(needed_bytes(entry, settings), machine), _is_fetched(entry, settings))
        for entry in CATALOGUE
    ]


def needed_bytes(entry: CatalogueEntry, settings: Settings) -> int:
    """Return the memory that loading ``entry`` takes, working memory included."""
    weights = weight_format(settings.quantization)
    if weights in ("int4", "int8"):
        from rrm_ui.engines.models.devices import loading_format  # takes torch

        weights = loading_format(settings)
    return entry.shape.weights_bytes(weights) + WORKING_MEMORY_BYTES


def fit_of(needed: int, machine: Machine) -> Fit:
    """Return whether a model that needs ``needed`` bytes fits."""
    if needed <= machine.free_bytes:
        return "fits"
    return "alone" if needed <= machine.free_bytes + machine.held_bytes else "too_large"


def _is_fetched(entry: CatalogueEntry, settings: Settings) -> bool:
    if entry.gguf is None:
        return local_snapshot(entry.hub_id) is not None
    # What ``auto`` comes to depends on this machine and is found out with torch, which a listing does without.
    kinds = FORMATS if settings.quantization == "auto" else (settings.quantization,)
    recipes = {recipe_for(kind) for kind in kinds}
    made = (ingredients(entry, entry.gguf, recipe, settings.adapter).folder(settings.models_dir) for recipe in recipes)
    return any(read_manifest(folder) is not None for folder in made)
