"""The public endpoints, ``/judge`` and ``/rank``: over REST, through ``gradio_client``, and as MCP tools.

The names and docstrings of the functions behind them are what API and MCP clients read.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any, Literal

import gradio as gr
from gradio.events import api

from rrm_ui.errors import BadInput, ShuttingDown, UserError
from rrm_ui.events import Event, merge_texts, small_dict
from rrm_ui.judge import check_settings, probing_interval
from rrm_ui.judge import judge as judge_stream
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
    match_settings,
)
from rrm_ui.ranking.methods import METHODS
from rrm_ui.ranking.tournament import rank as rank_stream
from rrm_ui.serving import Visit, Visits
from rrm_ui.serving.visits import Kind
from rrm_ui.settings import get_settings
from rrm_ui.ui.messages import error_for_client
from rrm_ui.ui.pace import paced
from rrm_ui.ui.person import person_of
from rrm_ui.values import Comparison, JudgeSettings

log = logging.getLogger(__name__)

Endpoint = Callable[..., Generator[dict[str, Any], None, None]]

TEXT_SECONDS = 0.2
"""Time between two pieces of a vote's text: a GPU writes thousands of tokens a second, which nobody reads singly."""
PROGRESS_SECONDS = 0.5
"""Time between two signs of life of a ranking: a client that left is noticed at the next one."""


def judge_endpoint(host: ModelHost, visits: Visits) -> Endpoint:
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
        close_when_sure: bool = False,
        sure_at: float | None = None,
        sure_probes: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        request: gr.Request | None = None,
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
            close_when_sure: End a thought before its budget once its verdict is sure.
            sure_at: Probability of one side, 0.5 to 1, from which a reading of the verdict is sure.
            sure_probes: Sure readings in a row that end a thought.
            temperature: How widely tokens are drawn, 0 to 2; 0 takes the likeliest. Default: 0.6.
            top_p: Probability mass of the likeliest tokens that are drawn from. Default: 1, all of them.
        """
        with _answering(visits, "judgment", request) as visit:
            model = host.model()
            plain = JudgeSettings()
            defaults = visit.limits.within(model.defaults)
            settings = JudgeSettings(
                thinking_budget=defaults.thinking_budget if thinking_budget is None else thinking_budget,
                votes=defaults.votes if votes is None else votes,
                both_orders=both_orders,
                stop_early=stop_early,
                close_when_sure=close_when_sure,
                sure_at=plain.sure_at if sure_at is None else sure_at,
                sure_probes=plain.sure_probes if sure_probes is None else sure_probes,
                probe_every=probing_interval(model, close_when_sure=close_when_sure),
                temperature=plain.temperature if temperature is None else temperature,
                top_p=plain.top_p if top_p is None else top_p,
                seed=seed,
            )
            visit.limits.check(settings, (query, response_a, response_b))
            comparison = Comparison(query, response_a, response_b)
            events = judge_stream(comparison, settings, model, visit.cancel, person=visit.person)
            yield from _small_judgment(visit.follow(events), visit)

    return judge


def rank_endpoint(host: ModelHost, visits: Visits) -> Endpoint:
    """Return the function behind ``/rank``."""

    def rank(
        query: str,
        responses: list[str],
        method: Literal["round-robin", "knockout", "swiss"] = "round-robin",
        thinking_budget: int | None = None,
        votes: int | None = None,
        seed: int = 0,
        request: gr.Request | None = None,
    ) -> Generator[dict[str, Any], None, None]:
        """Order two to 64 responses to a query with a reward reasoning model, or find the best of them.

        Streams small progress events; the last value is the ranking: the winner (null where the best did alike) and the
        order (indices into the responses, best first), ratings on the Elo scale with their 95 % intervals, and ranks
        that responses share where the matches do not tell them apart. A knockout finds a winner and no order.

        Args:
            query: What the responses answer.
            responses: The responses, 2 to 64; equal ones are ranked as one.
            method: "round-robin" judges every pair, "swiss" about n log n of them, "knockout" n - 1 for a winner alone.
            thinking_budget: Most tokens of thinking per vote; 0 asks for the verdict at once. Default: the model's own.
            votes: Votes for each pair, 1 to 64; pairs without a majority get more. Default: 2.
            seed: Makes the ranking repeatable.
        """
        with _answering(visits, "ranking", request) as visit:
            model = host.model()
            if method not in METHODS:
                raise BadInput(f"method is {method!r}; it must be one of {', '.join(METHODS)}.", field="method")
            if not isinstance(responses, list):
                raise BadInput("The responses are no list of texts; send a list of strings.", field="responses")
            defaults = visit.limits.within(match_settings(model.defaults))
            judging = replace(
                defaults,
                thinking_budget=defaults.thinking_budget if thinking_budget is None else thinking_budget,
                votes=defaults.votes if votes is None else votes,
                seed=seed,
            )
            check_settings(judging)
            visit.limits.check(judging)
            settings = RankingSettings(method, judge=judging)
            entries = merge_entries(query, responses, get_settings().max_text_characters)
            entries = leave_out_too_long(entries, settings.judge, model)
            events = rank_stream(
                entries,
                settings,
                model,
                visit.cancel,
                observe=visit.follow,
                person=visit.person,
                most_votes=visit.limits.votes,
            )
            yield from _small_events(events, entries, visit)

    return rank


@contextmanager
def _answering(visits: Visits, kind: Kind, request: gr.Request | None) -> Iterator[Visit]:
    """Let the caller do one thing; what goes wrong becomes an error that a client sees."""
    try:
        with visits.open(kind, person_of(request)) as visit:
            yield visit
    except UserError as error:
        raise error_for_client(error) from error
    except Exception as error:
        # Gradio would print it with all its words.
        log.exception("A call of the API broke off")
        raise gr.Error(
            "This broke off unexpectedly; the server's log has the details.", print_exception=False
        ) from error


def _small_judgment(events: Iterator[Event], visit: Visit) -> Iterator[dict[str, Any]]:
    """Return a judgment's events as small objects, a vote's texts together: each costs the server a step of its own."""
    try:
        # Before the engine is asked: Gradio can end only a call that has yielded.
        yield from map(small_dict, islice(events, 1))
        for batch in paced(events, TEXT_SECONDS):
            yield from map(small_dict, merge_texts(batch))
    finally:
        visit.cancel.set()  # the client may have gone


def _small_events(
    events: Generator[RankingEvent, None, None], entries: Entries, visit: Visit
) -> Iterator[dict[str, Any]]:
    """Return rounds, matches and, between them, signs of life; the ranking comes last and whole."""
    told = time.monotonic()
    try:
        for event in events:
            if isinstance(event, RoundStarted):
                yield {"event": "RoundStarted", "round": event.number, "matches": len(event.pairs)}
            elif isinstance(event, MatchFinished):
                yield {"event": "MatchFinished", **match_dict(event.result, entries)}
            elif isinstance(event, RankingFinished):
                ranking = contract_dict(event.ranking)
                if visit.shutting_down and not event.ranking.finished:
                    ranking["errors"].append(ShuttingDown().message)
                yield ranking
            elif isinstance(event, MatchEvent) and time.monotonic() - told > PROGRESS_SECONDS:
                told = time.monotonic()
                yield {"event": "Writing"}
    finally:
        events.close()


def add_api(host: ModelHost, visits: Visits) -> None:
    """Add the public endpoints to the ``gr.Blocks`` that is being built."""
    for name, endpoint in (("judge", judge_endpoint(host, visits)), ("rank", rank_endpoint(host, visits))):
        api(endpoint, api_name=name, concurrency_limit=None)
