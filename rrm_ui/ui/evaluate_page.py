"""The Evaluate page: which parts it has and what they are wired to."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rrm_ui.evaluation.benchmarks import BENCHMARKS
from rrm_ui.evaluation.desk import RunDesk
from rrm_ui.evaluation.reading import SUFFIXES
from rrm_ui.evaluation.shelf import RunShelf
from rrm_ui.evaluation.training_shelf import TrainingShelf
from rrm_ui.model_host import ModelHost
from rrm_ui.serving import Limits, Visits
from rrm_ui.settings import get_settings
from rrm_ui.ui import components
from rrm_ui.ui.evaluate_data import OWN_FILE, SAMPLE
from rrm_ui.ui.evaluate_handlers import EvaluateHandlers
from rrm_ui.ui.following import LIGHT_EVENT, follow_model
from rrm_ui.ui.model_state import describe_host
from rrm_ui.ui.sliders import WITHOUT_RESET, budget_slider, votes_slider
from rrm_ui.ui.texts import translations

t = translations()
DESK_SECONDS = 1.0
"""Time between two looks at the evaluation under way."""


def add_evaluate_page(page: gr.Blocks, host: ModelHost, visits: Visits | None = None) -> None:
    """Add the page ``/evaluate`` to ``page``; its runs are kept in the data folder."""
    shelf = RunShelf(get_settings().data_dir / "runs")
    trainings = TrainingShelf(get_settings().data_dir / "training")
    visits = visits or Visits()
    handlers = EvaluateHandlers(host, shelf, RunDesk(shelf, host.model, visits), trainings, visits)
    with page.route("Evaluate", "evaluate", show_in_navbar=False):  # our own header links the pages
        header = components.header(describe_host(host), "evaluate")
        with gr.Column(elem_id="evaluate"):
            inputs = _lay_out_inputs(visits.limits)
            preview = components.preview(handlers.has_file)
            with gr.Row(elem_id="actions"):
                start = gr.Button(t("evaluate_start"), variant="primary", elem_id="start", scale=0)
                stop = gr.Button(t("stop"), elem_id="stop-run", scale=0)
                ask = gr.Button(t("estimate"), elem_id="ask-estimate", scale=0)
                work = components.work()
            message = components.message_line()
            desk = components.desk(handlers.desk())
            components.report(handlers.show_run, handlers.export_run, handlers.find_comparison, handlers.read_vote)
        described = inputs[:4]  # data, file, columns, limit
        data, file, columns, limit = described
        # Not while columns are typed: every word would have the whole file read again.
        for described_anew in (data.change, file.change, limit.change, columns.blur, columns.submit):
            described_anew(handlers.preview, described, preview, trigger_mode="always_last", **LIGHT_EVENT)
        for changed in described:
            changed.change(None, described, js="(...chosen) => rrm.keepChosen(...chosen)", **LIGHT_EVENT)
        for changed in inputs:
            changed.change(handlers.forget_estimate, None, work, **LIGHT_EVENT)
        ask.click(handlers.estimate, inputs, [work, message], trigger_mode="once", **LIGHT_EVENT)
        start.click(handlers.start, inputs, [desk, message], trigger_mode="once", **LIGHT_EVENT)
        stop.click(handlers.stop, None, desk, **LIGHT_EVENT)

        def go_on(event: gr.EventData, request: gr.Request) -> tuple[Any, Any]:
            return handlers.go_on(event._data.get("key") if isinstance(event._data, dict) else None, request)

        desk.go_on(go_on, None, [desk, message], **LIGHT_EVENT)
        page.load(handlers.desk, None, desk, **LIGHT_EVENT)
        restored = page.load(None, None, described, js="() => rrm.restoreChosen()", **LIGHT_EVENT)
        restored.then(handlers.preview, described, preview, **LIGHT_EVENT)
        gr.Timer(DESK_SECONDS).tick(handlers.desk, None, desk, **LIGHT_EVENT)
        follow_model(page, host, visits.limits, header, budget=inputs[5], votes=inputs[4])
    page.current_page = ""  # what is added from here on belongs to the first page again


def _lay_out_inputs(limits: Limits) -> list[Any]:
    """Return data, file, columns, limit, votes, budget and seed, in the order in which handlers take them."""
    choices: list[tuple[Any, str]] = [(t("data_sample"), SAMPLE), (t("data_file"), OWN_FILE)]
    choices += [(f"{benchmark.title} ({benchmark.rows:,})", benchmark.key) for benchmark in BENCHMARKS]
    with gr.Row(elem_id="data-row"):
        data = gr.Dropdown(choices, value=SAMPLE, label=t("data"), info=t("data_info"), elem_id="data")
        limit = gr.Number(0, label=t("limit"), info=t("limit_info"), elem_id="limit")
    with gr.Row(elem_id="own-file", visible=False) as own:
        file = gr.File(label=t("own_file"), file_types=list(SUFFIXES), elem_id="file", height=120)
        columns = gr.Textbox(
            label=t("columns"),
            info=t("columns_info"),
            placeholder="query=prompt, label=winner, 0=A, 1=B",
            elem_id="columns",
        )
    data.change(lambda chosen: gr.Row(visible=chosen == OWN_FILE), data, own, **LIGHT_EVENT)
    with gr.Row(elem_id="dials"):
        votes = votes_slider(limits, **WITHOUT_RESET)
        budget = budget_slider(limits)
        seed = gr.Number(0, label=t("seed"), info=t("evaluate_seed_info"), elem_id="seed")
    return [data, file, columns, limit, votes, budget, seed]
