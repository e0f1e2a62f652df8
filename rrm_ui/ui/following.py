"""A page follows its model: what the header says, and where the sliders stand once the model is ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from rrm_ui.model_host import ModelHost
from rrm_ui.serving import Limits
from rrm_ui.settings import get_settings
from rrm_ui.ui.model_state import CALM_SECONDS, POLL_SECONDS, budget_limit, describe_host, sliders_until_ready
from rrm_ui.values import JudgeSettings

LIGHT_EVENT: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""Events that never wait behind a judgment."""
IN_FORCE = "(budget, votes, shown) => [rrm.inForce('budget', budget), rrm.inForce('votes', votes), shown]"
"""Gradio breaks off an event that gets a value beyond a slider's ends, which its box holds until it is left."""


def follow_model(
    page: gr.Blocks, host: ModelHost, limits: Limits, header: gr.HTML, budget: gr.Slider, votes: gr.Slider
) -> Callable[[Any], None]:
    """Show the model's preparation until it ends, then set the sliders to what serves the model; follow its changes.

    The sliders stay within ``limits``. Returns a function that has the page look once more at the end of an event.
    """
    timer = gr.Timer(POLL_SECONDS)

    def follow(asked_budget: float, asked_votes: float, shown: Any = None) -> tuple[Any, ...]:
        """Return what changes on the page, whose header shows ``shown``, now that the model stands where it does."""
        described = describe_host(host)
        pace = _pace(described)
        if described == shown:
            return gr.skip(), gr.skip(), gr.skip(), pace
        _, model = host.standing()
        if model is None:
            return described, gr.skip(), gr.skip(), pace
        best = limits.within(model.defaults)
        end = limits.budget_within(budget_limit(model))
        untouched = _untouched(shown, limits)
        # What a person has set stays, and what stands there already is not sent: it could overtake their first move.
        if (asked_budget, asked_votes) != untouched or (best.thinking_budget, best.votes) == untouched:
            # A value beyond the end would be refused from then on, by this event too.
            shortened = gr.Slider(maximum=end, value=end) if asked_budget > end else gr.Slider(maximum=end)
            return described, shortened, gr.skip(), pace
        budget_slider = gr.Slider(maximum=end, value=best.thinking_budget)
        return described, budget_slider, gr.Slider(value=best.votes), pace

    outputs = [header, budget, votes, timer]
    page.load(follow, [budget, votes], outputs, **LIGHT_EVENT)
    timer.tick(follow, [budget, votes, header], outputs, js=IN_FORCE, **LIGHT_EVENT)
    return lambda event: event.then(follow, [budget, votes, header], outputs, js=IN_FORCE, **LIGHT_EVENT)


def _untouched(shown: Any, limits: Limits) -> tuple[float, float]:
    """Return where the sliders stand that nobody has moved: at what serves the model that the page shows."""
    model = shown.get("model") if isinstance(shown, dict) else None
    start = sliders_until_ready(limits)
    if model:
        start = limits.within(JudgeSettings(thinking_budget=model["budget"], votes=model["votes"]))
    return start.thinking_budget, start.votes


def _pace(described: dict[str, Any]) -> Any:
    """Return when to look again: soon while a model is on its way, now and then where it may change, else never."""
    change = described.get("change") or {}
    if described["state"] == "preparing" or change.get("state") == "preparing":
        return gr.Timer(POLL_SECONDS, active=True)
    return gr.Timer(CALM_SECONDS, active=get_settings().allow_model_change)
