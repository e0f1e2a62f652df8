"""The models that a running server may change to: whatever has a name, in the settings that the server runs with."""

from __future__ import annotations

from dataclasses import dataclass

from rrm_ui.assembly import load_judge_model
from rrm_ui.judge import JudgeModel
from rrm_ui.progress import ProgressCallback
from rrm_ui.settings import Settings


@dataclass
class NamedModels:
    """Fetches and loads models by name: one of the catalogue, a Hub id, or a local folder."""

    settings: Settings
    _first: str | None = None
    """Name of the model that the settings came to, once it is loaded: they may say ``auto``."""

    def load_first(self, report: ProgressCallback) -> JudgeModel:
        """Load the model that the settings name.

        Raises:
            ModelUnavailable: it cannot be had, does not fit, or cannot judge.
        """
        model = load_judge_model(self.settings, report)
        self._first = model.details.name
        return model

    def fetch(self, name: str, held_bytes: int, report: ProgressCallback) -> None:
        """Bring model ``name`` to this machine; see ``rrm_ui.model_host.ModelSource``.

        Raises:
            ModelUnavailable: it cannot be had, or does not fit even alone.
        """
        if name != "scripted":
            from rrm_ui.engines.models.fetch import fetch_model  # only here: importing this takes no torch

            fetch_model(name, self._settings_for(name), report, held_bytes)

    def fits_beside(self, name: str) -> bool:
        """Return whether the fetched model ``name`` fits what is free now, with room for its usual votes."""
        if name == "scripted":
            return True
        from rrm_ui.engines.models.fetch import room_needed
        from rrm_ui.engines.models.listing import this_machine

        return room_needed(name, self._settings_for(name)) <= this_machine().free_bytes

    def load(self, name: str, report: ProgressCallback) -> JudgeModel:
        """Load the fetched model ``name``.

        Raises:
            ModelUnavailable: it cannot be loaded.
        """
        return load_judge_model(self._settings_for(name), report)

    def _settings_for(self, name: str) -> Settings:
        """Return the settings for another model: words and weights that were added to the first one are not for it."""
        if name in (self.settings.model, self._first):
            return self.settings.model_copy(update={"model": name})
        adapter = "none" if self.settings.adapter == "none" else "auto"
        its_own = {"prompt_family": "auto", "prompt_file": None, "adapter": adapter}
        return self.settings.model_copy(update={"model": name, **its_own})
