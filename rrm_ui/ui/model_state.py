"""What the page says about its model, and what the model's readiness changes on the page."""

from __future__ import annotations

from typing import Any

from rrm_ui.errors import Failure
from rrm_ui.judge import JudgeModel
from rrm_ui.model_host import ModelChange, ModelHost
from rrm_ui.serving import Limits
from rrm_ui.values import JudgeSettings

POLL_SECONDS = 0.5
CALM_SECONDS = 5.0
"""Time between two looks at a model that is ready but may be changed."""
PLACEHOLDER_BUDGET = 256
PLACEHOLDER_VOTES = 4
"""What the sliders stand at until the model says what serves it, if the limits allow it."""

MOST_THINKING = {"embedded": 1024}
"""Largest useful budget by prompt family; others may use ``MOST_THINKING_ELSE``."""
MOST_THINKING_ELSE = 8192


def sliders_until_ready(limits: Limits) -> JudgeSettings:
    """Return the budget and the votes at which the sliders stand until the model says what serves it."""
    return limits.within(JudgeSettings(thinking_budget=PLACEHOLDER_BUDGET, votes=PLACEHOLDER_VOTES))


def budget_limit(model: JudgeModel) -> int:
    """Return where the budget slider ends for ``model``."""
    useful = MOST_THINKING.get(model.details.prompt_family, MOST_THINKING_ELSE)
    return max(model.defaults.thinking_budget, min(model.details.context_tokens, useful))


def describe_host(host: ModelHost) -> dict[str, Any]:
    """Return the model's state for the page's header: stage and amounts, or which model it is."""
    status, model = host.standing()
    described: dict[str, Any] = {"state": status.state, "failure": _described(status.failure), "model": None}
    if status.progress is not None:
        progress = status.progress
        described |= {"stage": progress.stage, "done": progress.done, "total": progress.total, "unit": progress.unit}
    if status.change is not None:
        described["change"] = _describe_change(status.change)
    if model is not None:
        details = model.details
        described["model"] = {
            "name": details.name,
            "quantization": details.quantization,
            "device": details.device,
            "demonstration": details.demonstration,
            "context": details.context_tokens,
            "revision": details.revision,
            "family": details.prompt_family,
            "guessed": model.family_guessed,
            "budget": model.defaults.thinking_budget,
            "votes": model.defaults.votes,
        }
    return described


def _describe_change(change: ModelChange) -> dict[str, Any]:
    """Return a change of the model as the page draws it."""
    described: dict[str, Any] = {"name": change.name, "state": change.state, "failure": _described(change.failure)}
    if change.progress is not None:
        progress = change.progress
        described |= {"stage": progress.stage, "done": progress.done, "total": progress.total, "unit": progress.unit}
    return described


def _described(failure: Failure | None) -> dict[str, Any] | None:
    """Return why there is no model as the page words it."""
    return None if failure is None else failure.to_dict()
