"""The Rank page: which parts it has and what they are wired to."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rrm_ui.model_host import ModelHost
from rrm_ui.ranking.events import RankingSettings
from rrm_ui.ranking.methods import METHODS
from rrm_ui.serving import Limits, Visits
from rrm_ui.ui import components
from rrm_ui.ui.following import LIGHT_EVENT, follow_model
from rrm_ui.ui.model_state import describe_host, sliders_until_ready
from rrm_ui.ui.rank_handlers import RankHandlers
from rrm_ui.ui.sliders import budget_slider, votes_slider
from rrm_ui.ui.texts import translations

t = translations()
TAKE_RESPONSES = "(query, _, ...dials) => [query, rrm.givenResponses(), ...dials]"
RANK_RESPONSES = "(query, _, ...dials) => [query, rrm.rankedResponses(), ...dials]"
TAKE_KEY = "() => [rrm.leftRanking()]"


def add_rank_page(page: gr.Blocks, host: ModelHost, visits: Visits) -> None:
    """Add the page ``/rank`` to ``page``."""
    handlers = RankHandlers(host, visits)
    with page.route("Rank", "rank", show_in_navbar=False):  # our own header links the pages
        header = components.header(describe_host(host), "rank")
        with gr.Column(elem_id="rank"):
            hint = t("rank_query_hint")
            query = gr.Textbox(label=t("query"), placeholder=hint, lines=2, max_lines=6, elem_id="query")
            components.responses_editor()
            # The editor lives in the browser; what it holds is put in here when Rank is pressed.
            responses = gr.Textbox(visible=False, elem_id="responses-json")
            dials = _lay_out_dials(visits.limits)
            with gr.Row(elem_id="actions"):
                run = gr.Button(t("rank_start"), variant="primary", elem_id="start-rank", scale=0)
                stop = gr.Button(t("stop"), elem_id="stop-rank", scale=0)
                go_on = gr.Button(t("go_on"), elem_id="go-on-rank", scale=0)
                ask = gr.Button(t("estimate"), elem_id="ask-rank-estimate", scale=0)
                components.bar_verdict()
            cost = components.rank_cost()
            message = components.message_line()
            result = components.ranking(handlers.read_match, handlers.export_ranking)
        streaming: dict[str, Any] = {
            "show_progress": "hidden",
            "trigger_mode": "multiple",  # a second press gets an answer, not silence
            "concurrency_limit": None,  # the engine keeps the queue
            "api_visibility": "private",
        }
        inputs = [query, responses, *dials]
        run.click(handlers.rank, inputs, [result, message], js=RANK_RESPONSES, api_name="rank_on_page", **streaming)
        ask.click(handlers.estimate, inputs, [cost, message], js=TAKE_RESPONSES, trigger_mode="once", **LIGHT_EVENT)
        go_on.click(handlers.go_on, None, [result, message], api_name="rank_go_on", **streaming)
        stop.click(handlers.stop, None, None, **LIGHT_EVENT)
        restored = page.load(handlers.restore, responses, [result, message], js=TAKE_KEY, **LIGHT_EVENT)
        restored.success(None, js="() => rrm.rankingAnswered()")
        page.unload(handlers.leave)
        # A match takes fewer votes than a single comparison, whatever the model.
        elsewhere = gr.Slider(0, visits.limits.votes, sliders_until_ready(visits.limits).votes, visible=False)
        follow_model(page, host, visits.limits, header, budget=dials[1], votes=elsewhere)
    page.current_page = ""  # what is added from here on belongs to the first page again


def _lay_out_dials(limits: Limits) -> list[Any]:
    """Return method, budget, votes and seed, in the order in which handlers take them."""
    choices: list[tuple[Any, str]] = [(t(f"method_{name.replace('-', '_')}"), name) for name in METHODS]
    with gr.Row(elem_id="dials"):
        method = gr.Radio(choices, value=METHODS[0], label=t("method"), info=t("method_info"), elem_id="method")
        budget = budget_slider(limits)
        votes = votes_slider(limits, "match_votes", limits.within(RankingSettings().judge).votes)
        seed = gr.Number(0, label=t("seed"), info=t("rank_seed_info"), elem_id="seed")
    return [method, budget, votes, seed]
