"""The components that the page draws itself: constant templates, filled by our scripts with text nodes."""

from __future__ import annotations

import json
from collections.abc import Sequence
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


def header(value: dict[str, Any]) -> gr.HTML:
    """Return the page's head: name, model, its preparation, language."""
    return _drawn("rrm.mountHeader(element, props, watch)", value, elem_id="page-header")


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


def bar_verdict() -> gr.HTML:
    """Return the place of the short verdict beside the buttons, shown on a phone."""
    template = "<div class='rrm'><p class='bar-verdict' aria-hidden='true'></p></div>"
    return _drawn("void 0", template=template, elem_id="bar-verdict")


def result() -> gr.HTML:
    """Return verdict, curve and vote board."""
    return _drawn("rrm.mountResult(element, props, watch)", elem_id="result")
