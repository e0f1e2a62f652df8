"""All pages of the app, as one ``gr.Blocks``; each has a file of its own."""

from __future__ import annotations

import gradio as gr

from rrm_ui.model_host import ModelHost
from rrm_ui.serving import Visits
from rrm_ui.ui.compare_page import add_compare_page
from rrm_ui.ui.evaluate_page import add_evaluate_page
from rrm_ui.ui.launch_options import served_pages
from rrm_ui.ui.models_page import add_models_page
from rrm_ui.ui.rank_page import add_rank_page
from rrm_ui.ui.uploads import KEPT_SECONDS, LOOK_SECONDS


def build_pages(host: ModelHost, visits: Visits | None = None) -> gr.Blocks:
    """Return all pages; what they are asked for goes through ``visits``.

    Launch them with ``launch_options()``; they work while ``host`` still prepares its model.
    """
    visits = visits or Visits()
    app = gr.Blocks(
        title="RRM judge", analytics_enabled=False, fill_width=True, delete_cache=(LOOK_SECONDS, KEPT_SECONDS)
    )
    add_compare_page(app, host, visits)
    add_rank_page(app, host, visits)
    if "evaluate" in served_pages():
        add_evaluate_page(app, host, visits)
    add_models_page(app, host, visits.limits)
    return app
