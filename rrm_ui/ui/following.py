"""A page follows its model: what the header says, and where the sliders stand once the model is ready."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rrm_ui.model_host import ModelHost
from rrm_ui.serving import Limits
from rrm_ui.ui.model_state import POLL_SECONDS, budget_limit, describe_host, sliders_until_ready

LIGHT_EVENT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""Events that never wait behind a judgment."""


def follow_model(
    page: gr.Blocks, host: ModelHost, limits: Limits, header: gr.HTML, budget: gr.Slider, votes: gr.Slider
) -> None:
    """Show the model's preparation until it ends, then set the sliders to what serves the model, within ``limits``."""
    timer = gr.Timer(POLL_SECONDS)

    def follow(asked_budget: float, asked_votes: float) -> tuple[Any, ...]:
        """Return what changes on the page now that the model stands where it does."""
        described = describe_host(host)
        if described["state"] == "preparing":
            return described, gr.skip(), gr.skip(), gr.skip()
        if described["state"] == "failed":
            return described, gr.skip(), gr.skip(), gr.Timer(active=False)
        model = host.model()
        best = limits.within(model.defaults)
        end = limits.budget_within(budget_limit(model))
        start = sliders_until_ready(limits)
        placeholders: tuple[float, float] = (start.thinking_budget, start.votes)
        # What a person has set stays, and what stands there already is not sent: it could overtake their first move.
        if (asked_budget, asked_votes) != placeholders or (best.thinking_budget, best.votes) == placeholders:
            return described, gr.Slider(maximum=end), gr.skip(), gr.Timer(active=False)
        budget_slider = gr.Slider(maximum=end, value=best.thinking_budget)
        return described, budget_slider, gr.Slider(value=best.votes), gr.Timer(active=False)

    outputs = [header, budget, votes, timer]
    page.load(follow, [budget, votes], outputs, **LIGHT_EVENT)
    timer.tick(follow, [budget, votes], outputs, **LIGHT_EVENT)
