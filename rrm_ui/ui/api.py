"""The one public endpoint: ``/judge`` over REST, through ``gradio_client``, and as an MCP tool."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import gradio as gr
from gradio.events import api

from rrm_ui.errors import UserError
from rrm_ui.events import Event, small_dict
from rrm_ui.judge import judge as judge_stream
from rrm_ui.metrics import Metrics
from rrm_ui.model_host import ModelHost
from rrm_ui.values import Comparison, JudgeSettings

Judge = Callable[..., Generator[dict[str, Any], None, None]]


def judge_endpoint(host: ModelHost, metrics: Metrics) -> Judge:
    """Return the function behind ``/judge``; its name and docstring are what API and MCP clients read."""

    def judge(
        query: str,
        response_a: str,
        response_b: str,
        thinking_budget: int | None = None,
        votes: int | None = None,
        both_orders: bool = True,
        stop_early: bool = False,
        seed: int = 0,
    ) -> Generator[dict[str, Any], None, None]:
        """Compare two responses to a query with a reward reasoning model and return which one is better.

        Streams small progress events; the last value is the judgment: its outcome ("A", "B", "undecided" or
        "no_verdict"), the tally of votes, how sure the votes make it, and every vote with its reasoning.

        Args:
            query: What the responses answer.
            response_a: The first response.
            response_b: The second response.
            thinking_budget: Most tokens of thinking per vote; 0 asks for the verdict at once. Default: the model's own.
            votes: Independent votes to cast, 1 to 64. Default: the model's own.
            both_orders: Show each response first in half of the votes.
            stop_early: Stop once the remaining votes cannot matter.
            seed: Makes the judgment repeatable.
        """
        try:
            model = host.model()
            settings = JudgeSettings(
                thinking_budget=model.defaults.thinking_budget if thinking_budget is None else thinking_budget,
                votes=model.defaults.votes if votes is None else votes,
                both_orders=both_orders,
                stop_early=stop_early,
                seed=seed,
            )
            events = judge_stream(Comparison(query, response_a, response_b), settings, model)
            yield from map(small_dict, _closing(metrics.observe(events)))
        except UserError as error:
            raise gr.Error(error.message, print_exception=False) from error

    return judge


def _closing(events: Generator[Event, None, None]) -> Generator[Event, None, None]:
    """Pass ``events`` on and close them when the client goes (``map`` alone would leave them open)."""
    try:
        yield from events
    finally:
        events.close()


def add_api(host: ModelHost, metrics: Metrics) -> None:
    """Add the public endpoint to the ``gr.Blocks`` that is being built."""
    api(
        judge_endpoint(host, metrics),
        api_name="judge",
        concurrency_limit=None,
    )
