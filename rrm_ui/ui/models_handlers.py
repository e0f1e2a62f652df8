"""What the Models page does: the list of models with what they take, and the change from one to another.

These endpoints are hidden, not protected: whether the model may be changed is decided here, whatever the page shows.
"""

from __future__ import annotations

import logging
from typing import Any

from rrm_ui.engines.models.listing import list_models, this_machine
from rrm_ui.errors import Busy, UserError
from rrm_ui.model_host import ModelHost
from rrm_ui.settings import get_settings
from rrm_ui.ui.messages import Message, message, message_of

log = logging.getLogger(__name__)

LONGEST_NAME = 1000
"""Characters of a Hub id or a folder's path; more is no name."""

Drawing = dict[str, Any]


class ModelsHandlers:
    """The event handlers of the Models page, for all of its sessions."""

    def __init__(self, host: ModelHost) -> None:
        self._host = host

    def show(self) -> Drawing:
        """Return every known model, what it takes, whether it fits and is here, and whether it may be changed to."""
        settings = get_settings()
        machine = this_machine(self._host.weights_bytes)
        return {
            "models": [listed.to_dict() for listed in list_models(settings, machine)],
            "free_bytes": machine.free_bytes,
            "place": "gpu" if machine.place == "GPU memory" else "memory",
            "quantization": settings.quantization,
            "may_change": settings.allow_model_change,
        }

    def change(self, name: object) -> Message | None:
        """Begin to change to model ``name``; return why it cannot be, or None."""
        refusal = self._refusal()
        if refusal is not None:
            return refusal
        if not isinstance(name, str) or not name.strip().isprintable() or not 0 < len(name.strip()) <= LONGEST_NAME:
            return message("model_name", "Give a model's name, a Hub id (owner/name), or a folder on the server.")
        name = name.strip()
        change = self._host.status().change
        if change is not None and (change.name, change.state) == (name, "preparing"):
            return None  # a second press asks for what is under way
        try:
            self._host.change(name)
        except Busy as error:
            return message("model_busy", error.message)
        except UserError as error:
            return message_of(error)
        return None

    def withdraw(self) -> Message | None:
        """Stay with the present model; return why that cannot be said, or None."""
        refusal = self._refusal()
        if refusal is None:
            self._host.withdraw_change()
        return refusal

    def _refusal(self) -> Message | None:
        if get_settings().allow_model_change:
            return None
        return message("model_fixed", "The model of this server can only be changed by who runs it.")
