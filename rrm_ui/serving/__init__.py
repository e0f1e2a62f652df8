"""What a server needs that several people share: limits, one door for every request, and an orderly end."""

from rrm_ui.serving.limits import Limits
from rrm_ui.serving.visits import Visit, Visits

__all__ = ["Limits", "Visit", "Visits"]
