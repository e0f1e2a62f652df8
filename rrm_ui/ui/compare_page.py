"""The Compare page: its parts, and what they are wired to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rrm_ui.model_host import ModelHost
from rrm_ui.serving import Limits, Visits
from rrm_ui.ui import components
from rrm_ui.ui.compare_handlers import ALL_VOTES, STOP_WHEN_DECIDED, CompareHandlers
from rrm_ui.ui.examples import load_examples
from rrm_ui.ui.following import LIGHT_EVENT, follow_model
from rrm_ui.ui.model_state import describe_host
from rrm_ui.ui.sliders import WITHOUT_RESET, budget_slider, votes_slider
from rrm_ui.ui.texts import translations
from rrm_ui.values import JudgeSettings

t = translations()


@dataclass(frozen=True)
class _Texts:
    query: gr.Textbox
    response_a: gr.Textbox
    response_b: gr.Textbox
    counts: list[gr.HTML]

    @property
    def boxes(self) -> list[gr.Textbox]:
        return [self.query, self.response_a, self.response_b]


@dataclass(frozen=True)
class _Dials:
    budget: gr.Slider
    votes: gr.Slider
    both_orders: gr.Checkbox
    stopping: gr.Radio
    close_when_sure: gr.Checkbox
    temperature: gr.Slider
    top_p: gr.Slider
    seed: gr.Number

    @property
    def all(self) -> list[Any]:
        return list(vars(self).values())


def add_compare_page(app: gr.Blocks, host: ModelHost, visits: Visits) -> None:
    """Add the first page to ``app``."""
    with app:
        _lay_out(app, host, visits)


def _lay_out(page: gr.Blocks, host: ModelHost, visits: Visits) -> None:
    handlers = CompareHandlers(host, visits)
    header = components.header(describe_host(host), "compare")
    with gr.Column(elem_id="compare"):
        picker = components.example_picker(load_examples())
        texts = _lay_out_texts(handlers)
        dials = _lay_out_dials(visits.limits)
        with gr.Row(elem_id="actions"):
            run = gr.Button(t("judge"), variant="primary", elem_id="judge", scale=0)
            stop = gr.Button(t("stop"), elem_id="stop", scale=0)
            clear = gr.Button(t("clear"), elem_id="clear", scale=0)
            components.bar_verdict()
            components.token_total()
        message = components.message_line()
        components.undo_line()
        result = components.result()
    run.click(
        handlers.judge,
        [*texts.boxes, *dials.all],
        [result, message],
        show_progress="hidden",
        trigger_mode="multiple",  # a second press gets an answer, not silence
        concurrency_limit=None,  # the engine keeps the queue, and says whose turn it is
        api_name="judge_on_page",
        api_visibility="private",
    )
    stop.click(handlers.stop, None, None, **LIGHT_EVENT)
    clear.click(handlers.clear, None, [*texts.boxes, result, message], **LIGHT_EVENT)
    picker.pick(handlers.pick_example, None, [*texts.boxes, message], **LIGHT_EVENT)
    page.unload(handlers.leave)
    follow_model(page, host, visits.limits, header, dials.budget, dials.votes)
    # What was typed before the model came is counted once it has.
    header.change(handlers.count_all, texts.boxes, texts.counts, **LIGHT_EVENT)


def _lay_out_texts(handlers: CompareHandlers) -> _Texts:
    counts = []

    def box(name: str, hint: str, lines: int, classes: str) -> gr.Textbox:
        with gr.Column(elem_classes=f"text-field {classes}", min_width=0):
            field = gr.Textbox(label=t(name), placeholder=t(hint), lines=lines, max_lines=lines * 3, elem_id=name)
            count = components.token_count(name)
        counts.append(count)
        field.change(handlers.count, field, count, trigger_mode="always_last", **LIGHT_EVENT)
        return field

    query = box("query", "query_hint", 2, "field-query")
    with gr.Row(elem_id="responses"):
        response_a = box("response_a", "response_hint", 5, "field-a")
        swap = gr.Button("⇄", elem_id="swap", scale=0, min_width=0)
        response_b = box("response_b", "response_hint", 5, "field-b")
    pair = [response_a, response_b]
    swap.click(None, pair, pair, js="(a, b) => [b, a]", **LIGHT_EVENT)
    return _Texts(query, response_a, response_b, counts)


def _lay_out_dials(limits: Limits) -> _Dials:
    plain = JudgeSettings()
    waits: list[tuple[Any, str]] = [(t("stopping_all"), ALL_VOTES), (t("stopping_decided"), STOP_WHEN_DECIDED)]
    with gr.Row(elem_id="dials"):
        budget = budget_slider(limits)
        votes = votes_slider(limits, **WITHOUT_RESET)
        with gr.Column(elem_id="switches", min_width=200):
            both = gr.Checkbox(True, label=t("both_orders"), info=t("both_orders_info"), elem_id="both-orders")
            stopping = gr.Radio(
                waits, value=ALL_VOTES, label=t("stopping"), info=t("stopping_info"), elem_id="stopping"
            )
            sure = gr.Checkbox(
                False, label=t("close_when_sure"), info=t("close_when_sure_info"), elem_id="close-when-sure"
            )
    components.advanced_opener()
    with gr.Column(elem_id="advanced"):
        components.model_line()
        with gr.Row():
            temperature = _slider("temperature", 0, 2, plain.temperature, step=0.05)
            top_p = _slider("top_p", 0.05, 1, plain.top_p, step=0.05)
            seed = gr.Number(plain.seed, label=t("seed"), info=t("seed_info"), elem_id="seed")
    return _Dials(budget, votes, both, stopping, sure, temperature, top_p, seed)


def _slider(name: str, low: float, high: float, value: float, step: float) -> gr.Slider:
    """Return a slider labelled, explained and identified by ``name``."""
    return gr.Slider(low, high, value, step=step, label=t(name), info=t(f"{name}_info"), elem_id=name)
