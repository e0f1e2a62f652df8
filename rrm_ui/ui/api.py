"""The public endpoints, ``/judge`` and ``/rank``: over REST, through ``gradio_client``, and as MCP tools.

The names and docstrings of the functions behind them are what API and MCP clients read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any, Literal

from gradio.events import api

from rrm_ui.errors import BadInput, UserError
from rrm_ui.events import Event, small_dict
from rrm_ui.judge import judge as judge_stream
from rrm_ui.metrics import Metrics
from rrm_ui.model_host import ModelHost
from rrm_ui.ranking.contract import contract_dict, match_dict
from rrm_ui.ranking.entries import Entries, leave_out_too_long, merge_entries
from rrm_ui.ranking.events import (
    MatchEvent,
    MatchFinished,
    RankingEvent,
    RankingFinished,
    RankingSettings,
    RoundStarted,
)
from rrm_ui.ranking.methods import METHODS
from rrm_ui.ranking.tournament import rank as rank_stream
from rrm_ui.settings import get_settings
from rrm_ui.ui.messages import error_for_client
from rrm_ui.values import Comparison, JudgeSettings

Endpoint = Callable[..., Generator[dict[str, Any], None, None]]

PROGRESS_SECONDS = 0.5
"""Time between two signs of life of a ranking: a client that left is noticed at the next one."""


def judge_endpoint(host: ModelHost, metrics: Metrics) -> Endpoint:
    """Return the function behind ``/judge``."""

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
            raise error_for_client(error) from error

    return judge


def rank_endpoint(host: ModelHost, metrics: Metrics) -> Endpoint:
    """Return the function behind ``/rank``."""

    def rank(
        query: str,
        responses: list[str],
        method: Literal["round-robin", "knockout", "swiss"] = "round-robin",
        thinking_budget: int | None = None,
        votes: int = 2,
        seed: int = 0,
    ) -> Generator[dict[str, Any], None, None]:
        """Order two to 64 responses to a query with a reward reasoning model, or find the best of them.

        Streams small progress events; the last value is the ranking: the winner and the order (indices into the
        responses, best first), ratings on the Elo scale with their 95 % intervals, and ranks that responses share where
        the matches do not tell them apart. A knockout finds a winner and no order.

        Args:
            query: What the responses answer.
            responses: The responses, 2 to 64; equal ones are ranked as one.
            method: "round-robin" judges every pair, "swiss" about n log n of them, "knockout" n - 1 for a winner alone.
            thinking_budget: Most tokens of thinking per vote; 0 asks for the verdict at once. Default: the model's own.
            votes: Votes for each pair, 1 to 64; pairs without a majority get more.
            seed: Makes the ranking repeatable.
        """
        try:
            model = host.model()
            if method not in METHODS:
                raise BadInput(f"method is {method!r}; it must be one of {', '.join(METHODS)}.", field="method")
            if not isinstance(responses, list):
                raise BadInput("The responses are no list of texts; send a list of strings.", field="responses")
            settings = RankingSettings(
                method,
                judge=replace(
                    model.defaults,
                    thinking_budget=model.defaults.thinking_budget if thinking_budget is None else thinking_budget,
                    votes=votes,
                    seed=seed,
                    probe_every=0,
                ),
            )
            entries = merge_entries(query, responses, get_settings().max_text_characters)
            entries = leave_out_too_long(entries, settings.judge, model)
            events = rank_stream(entries, settings, model, observe=metrics.observe)
            yield from _small_events(events, entries)
        except UserError as error:
            raise error_for_client(error) from error

    return rank


def _small_events(events: Generator[RankingEvent, None, None], entries: Entries) -> Iterator[dict[str, Any]]:
    """Return rounds, matches and, between them, signs of life; the ranking comes last and whole."""
    told = time.monotonic()
    try:
        for event in events:
            if isinstance(event, RoundStarted):
                yield {"event": "RoundStarted", "round": event.number, "matches": len(event.pairs)}
            elif isinstance(event, MatchFinished):
                yield {"event": "MatchFinished", **match_dict(event.result, entries)}
            elif isinstance(event, RankingFinished):
                yield contract_dict(event.ranking)
            elif isinstance(event, MatchEvent) and time.monotonic() - told > PROGRESS_SECONDS:
                told = time.monotonic()
                yield {"event": "Writing"}
    finally:
        events.close()


def _closing(events: Generator[Event, None, None]) -> Generator[Event, None, None]:
    """Pass ``events`` on and close them when the client goes (``map`` alone would leave them open)."""
    try:
        yield from events
    finally:
        events.close()


def add_api(host: ModelHost, metrics: Metrics) -> None:
    """Add the public endpoints to the ``gr.Blocks`` that is being built."""
    for name, endpoint in (("judge", judge_endpoint(host, metrics)), ("rank", rank_endpoint(host, metrics))):
        api(endpoint, api_name=name, concurrency_limit=None)
