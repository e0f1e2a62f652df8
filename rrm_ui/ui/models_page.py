"""The Models page: which parts it has and what they are wired to."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rrm_ui.model_host import ModelHost
from rrm_ui.serving import Limits
from rrm_ui.settings import get_settings
from rrm_ui.ui import components
from rrm_ui.ui.following import LIGHT_EVENT, follow_model
from rrm_ui.ui.model_state import MOST_THINKING_ELSE, PLACEHOLDER_BUDGET, PLACEHOLDER_VOTES, describe_host
from rrm_ui.ui.models_handlers import ModelsHandlers
from rrm_ui.ui.texts import translations
from rrm_ui.values import MAX_VOTES

t = translations()


def add_models_page(page: gr.Blocks, host: ModelHost, limits: Limits) -> None:
    """Add the page ``/models`` to ``page``."""
    handlers = ModelsHandlers(host)
    with page.route("Models", "models", show_in_navbar=False):  # our own header links the pages
        header = components.header(describe_host(host), "models")
        with gr.Column(elem_id="models"):
            table = components.models_table()
            with gr.Row(elem_id="other-model-row", visible=get_settings().allow_model_change):
                other = gr.Textbox(label=t("other_model"), info=t("other_model_info"), elem_id="other-model")
                use = gr.Button(t("model_use"), elem_id="use-other", scale=0)
            message = components.message_line()
        use_other = use.click(handlers.change, other, message, trigger_mode="once", **LIGHT_EVENT)
        submitted = other.submit(handlers.change, other, message, trigger_mode="once", **LIGHT_EVENT)

        def change(event: gr.EventData) -> Any:
            return handlers.change(event._data.get("name") if isinstance(event._data, dict) else None)

        chosen = table.change_model(change, None, message, **LIGHT_EVENT)
        table.withdraw(handlers.withdraw, None, message, **LIGHT_EVENT)
        page.load(handlers.show, None, table, **LIGHT_EVENT)
        # Another model serves, or one has come: what fits and what is here are other than before.
        header.change(handlers.show, None, table, trigger_mode="always_last", **LIGHT_EVENT)
        # This page has no sliders to set.
        budget = gr.Slider(0, MOST_THINKING_ELSE, PLACEHOLDER_BUDGET, visible=False)
        votes = gr.Slider(1, MAX_VOTES, PLACEHOLDER_VOTES, visible=False)
        look_after = follow_model(page, host, limits, header, budget, votes)
        for pressed in (use_other, submitted, chosen):
            look_after(pressed)  # at once: a press that shows nothing is made again
    page.current_page = ""  # what is added from here on belongs to the first page again
