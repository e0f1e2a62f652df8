"""The sliders that several pages have: they end where the server's limits do."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rrm_ui.serving import Limits
from rrm_ui.ui.model_state import MOST_THINKING_ELSE, sliders_until_ready
from rrm_ui.ui.texts import translations

t = translations()

WITHOUT_RESET: dict[str, Any] = {"buttons": []}
"""For a slider that its model sets: Gradio's reset would go back to where it stood before the model was there."""


def budget_slider(limits: Limits, **more: Any) -> gr.Slider:
    """Return the slider for the thinking budget."""
    end, start = limits.budget_within(MOST_THINKING_ELSE), sliders_until_ready(limits).thinking_budget
    info = t("budget_info")
    return gr.Slider(0, end, start, step=16, label=t("budget"), info=info, elem_id="budget", **WITHOUT_RESET, **more)


def votes_slider(limits: Limits, name: str = "votes", value: int | None = None, **more: Any) -> gr.Slider:
    """Return the slider for votes, labelled and explained by ``name``, at ``value`` (else where all stand at first).

    Where one vote is all that may be asked for there is nothing to choose, and Gradio knows no slider with one place.
    """
    start = sliders_until_ready(limits).votes if value is None else value
    low = 1 if limits.votes > 1 else 0
    info, choice = t(f"{name}_info"), limits.votes > 1
    return gr.Slider(
        low, limits.votes, start, step=1, label=t(name), info=info, elem_id="votes", interactive=choice, **more
    )
