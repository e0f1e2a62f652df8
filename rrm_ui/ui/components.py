"""The components that the page draws itself: constant templates, filled by our scripts with text nodes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from rrm_ui.ui.examples import Example

TEMPLATE = "<div class='rrm'></div>"
"""All that is ever parsed as markup. Values reach the scripts as data."""


def _drawn(mount: str, value: Any = None, template: str = TEMPLATE, **options: Any) -> gr.HTML:
    """Return an area that one of our scripts draws from its value.

    A function, not a subclass: Gradio writes a stub file beside the source of every class of component.
    """
    return gr.HTML(
        value,
        html_template=template,
        js_on_load=mount,
        apply_default_css=False,
        container=False,
        padding=False,
        **options,
    )


def header(value: dict[str, Any], page: str) -> gr.HTML:
    """Return the head of ``page``: name, links to all pages, model, its preparation, language."""
    return _drawn(f"rrm.mountHeader(element, props, watch, {json.dumps(page)})", value, elem_id="page-header")


def advanced_opener() -> gr.HTML:
    """Return the button that shows and hides the advanced settings.

    Not an accordion: that makes its contents anew when it opens, and what is typed meanwhile is lost.
    """
    return _drawn("rrm.mountAdvanced(element)", elem_id="advanced-opener")


def model_line() -> gr.HTML:
    """Return the line that says exactly which model judges."""
    return _drawn("rrm.mountModel(element)", elem_id="model-line")


def token_count(name: str) -> gr.HTML:
    """Return the token count under one text box."""
    return _drawn(f"rrm.mountCount(element, props, watch, {json.dumps(name)})", elem_id=f"count-{name}")


def token_total() -> gr.HTML:
    """Return the line that sums the counts against the model's context."""
    return _drawn("rrm.mountTotal(element)", elem_id="count-total")


def example_picker(examples: Sequence[Example]) -> gr.HTML:
    """Return the picker; its event ``pick`` carries the id of an example."""
    labels = json.dumps([example.label() for example in examples])
    return _drawn(f"rrm.mountExamples(element, {labels}, (id) => trigger('pick', {{ id }}))", elem_id="examples")


def message_line() -> gr.HTML:
    """Return the sentence that says what went wrong."""
    return _drawn("rrm.mountMessage(element, props, watch)", elem_id="message")


def undo_line() -> gr.HTML:
    """Return the line that brings back texts which a press took out of their boxes."""
    return _drawn("rrm.mountUndo(element)", elem_id="undo")


def preview(*served: Callable[[Any], dict[str, Any]]) -> gr.HTML:
    """Return what would be evaluated: recognised columns and broken rows; its scripts ask the ``served`` functions."""
    functions = [_plain(function) for function in served]
    return _drawn("rrm.mountPreview(element, props, watch, server)", elem_id="preview", server_functions=functions)


def work() -> gr.HTML:
    """Return the estimate of an evaluation's work."""
    return _drawn("rrm.mountWork(element, props, watch)", elem_id="work")


def desk(value: dict[str, Any]) -> gr.HTML:
    """Return what runs and the list of runs; its event ``go_on`` carries the key of a run."""
    return _drawn("rrm.mountDesk(element, props, watch, (key) => trigger('go_on', { key }))", value, elem_id="desk")


def report(*served: Callable[[Any], dict[str, Any]]) -> gr.HTML:
    """Return the place of a run's report; the page's scripts ask the ``served`` functions for it."""
    functions = [_plain(function) for function in served]
    return _drawn("rrm.mountReport(element, server)", elem_id="report", server_functions=functions)


def responses_editor() -> gr.HTML:
    """Return the list in which responses are written, pasted and read from a file."""
    return _drawn("rrm.mountResponses(element)", elem_id="responses-editor")


def rank_cost() -> gr.HTML:
    """Return the table of what a ranking takes by each method; its value is the estimate of the chosen one."""
    return _drawn("rrm.mountRankCost(element, props, watch)", elem_id="rank-cost")


def ranking(*served: Callable[[Any], dict[str, Any]]) -> gr.HTML:
    """Return winner, ratings, bracket or table; its scripts ask the ``served`` functions for matches and files."""
    functions = [_plain(function) for function in served]
    return _drawn("rrm.mountRanking(element, props, watch, server)", elem_id="ranking", server_functions=functions)


def models_table() -> gr.HTML:
    """Return the table of models; its events are ``change_model``, which carries a name, and ``withdraw``."""
    change = "(name) => trigger('change_model', { name })"
    return _drawn(
        f"rrm.mountModels(element, props, watch, {change}, () => trigger('withdraw'))", elem_id="models-table"
    )


def _plain(method: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """Return a function of the method's name: Gradio marks what it serves, and a method takes no marks."""

    def function(asked: Any = None) -> dict[str, Any]:
        return method(asked)

    function.__name__ = method.__name__
    return function


def bar_verdict() -> gr.HTML:
    """Return the place of the short verdict beside the buttons, shown on a phone."""
    template = "<div class='rrm'><p class='bar-verdict' aria-hidden='true'></p></div>"
    return _drawn("rrm.mountBar()", template=template, elem_id="bar-verdict")


def result() -> gr.HTML:
    """Return verdict, curve and vote board."""
    return _drawn("rrm.mountResult(element, props, watch)", elem_id="result")
