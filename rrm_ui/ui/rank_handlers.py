"""What the Rank page does when something is pressed. No layout here; every input is checked.

These endpoints are hidden, not protected: anyone may call them, so nothing is taken for granted.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

import gradio as gr

from rrm_ui.errors import BadInput, Failure, NotReady, PlatformRefused, ShuttingDown, UserError
from rrm_ui.evaluation.estimate import estimate
from rrm_ui.evaluation.items import Item
from rrm_ui.judge import check_settings
from rrm_ui.model_host import ModelHost
from rrm_ui.ranking.entries import leave_out_too_long, merge_entries
from rrm_ui.ranking.events import RankingEvent, RankingSettings
from rrm_ui.ranking.matches import all_pairs
from rrm_ui.ranking.methods import METHODS, make_method
from rrm_ui.ranking.tournament import rank
from rrm_ui.ranking.view import RankView
from rrm_ui.reducer import Pane
from rrm_ui.serving import Visit, Visits
from rrm_ui.settings import get_settings
from rrm_ui.ui.drawing import DRAWING_SECONDS, KEEP, Drawing, session_of, whole
from rrm_ui.ui.messages import Message, message, message_of, not_ready_message
from rrm_ui.ui.pace import paced
from rrm_ui.ui.person import person_of
from rrm_ui.ui.rank_files import as_csv, as_json
from rrm_ui.ui.rank_sitting import Sitting
from rrm_ui.ui.rank_store import KeptRanking, RankStore
from rrm_ui.ui.running import RunningJudgments
from rrm_ui.values import Comparison, Vote

log = logging.getLogger(__name__)

LEAVING_SECONDS = 2.0
"""The most that a page which was loaded anew waits for the end of what it had begun before."""
LOOK_SECONDS = 0.05


class RankHandlers:
    """The event handlers of the Rank page, for all of its sessions."""

    def __init__(self, host: ModelHost, visits: Visits | None = None) -> None:
        self._host, self._visits = host, visits or Visits()
        self._running = RunningJudgments()
        self._store = RankStore()

    def rank(
        self,
        query: str,
        responses: object,
        method: str,
        thinking_budget: float,
        votes: float,
        seed: float,
        request: gr.Request,
    ) -> Iterator[tuple[Drawing, Message | None]]:
        """Rank and yield (result, message) about ten times a second."""

        def asked() -> Sitting:
            view = self._asked(query, responses, method, thinking_budget, votes, seed)
            return Sitting(KeptRanking(view), view)

        yield from self._follow(asked, request)

    def estimate(
        self,
        query: str,
        responses: object,
        method: str,
        thinking_budget: float,
        votes: float,
        seed: float,
        request: gr.Request | None = None,
    ) -> tuple[dict[str, Any] | None, Message | None]:
        """Return how much there is to do and about how long it takes, from a trial of a few seconds."""
        try:
            with self._visits.open("estimate", person_of(request)) as visit:
                view = self._asked(query, responses, method, thinking_budget, votes, seed)
                items = _matches_to_come(view)
                if not items:
                    raise BadInput("All responses are equal: there is nothing to judge.", code="responses_equal")
                model = self._host.model()
                work = estimate(items, view.settings.judge, model, visit.person, visit.spend)
            return {**asdict(work), "budget": view.settings.judge.thinking_budget, "model": model.details.name}, None
        except PlatformRefused as refused:
            raise refused.original from refused
        except Exception as error:
            return None, self._message(error)

    def _asked(
        self, query: str, responses: object, method: str, thinking_budget: float, votes: float, seed: float
    ) -> RankView:
        """Return what was asked for, with nothing judged yet."""
        settings = self._settings(method, thinking_budget, votes, seed)
        entries = merge_entries(query, _texts(responses), get_settings().max_text_characters)
        entries = leave_out_too_long(entries, settings.judge, self._host.model())
        return RankView(entries, settings, make_method(settings.method, len(entries.texts), settings.judge.seed))

    def go_on(self, request: gr.Request) -> Iterator[tuple[Drawing, Message | None]]:
        """Go on with the page's stopped ranking."""

        def missing() -> Sitting:
            kept = self._store.of_session(session_of(request))
            if kept is None:
                raise BadInput("There is no ranking to go on with; press Rank.", code="rank_none")
            return Sitting(kept, kept.missing())

        yield from self._follow(missing, request)

    def _follow(self, prepare: Callable[[], Sitting], request: gr.Request) -> Iterator[tuple[Drawing, Message | None]]:
        yield KEEP, None  # at once: only a generator that has yielded is closed when its reader leaves
        session = session_of(request)
        cancel = self._running.start(session)
        if cancel is None:
            yield KEEP, message("rank_running", "A ranking is running on this page already.")
            return
        begun: Sitting | None = None
        try:
            with self._visits.open("ranking", person_of(request), cancel) as visit:
                sitting = prepare()
                events = self._begin(sitting, visit)
                begun = sitting
                if request is not None and request.session_hash:  # nobody else could ask for it again
                    self._store.keep(session, sitting.kept)
                yield from self._stream(sitting, events, visit)
        except PlatformRefused as refused:
            yield _broken_off(begun), None
            raise refused.original from refused
        except Exception as error:
            yield _broken_off(begun), self._message(error)
        finally:
            # Runs in the server's event loop when the reader left: waits for nothing.
            if begun is not None:
                begun.end()  # first: then another sitting may begin
            self._running.finish(session, cancel)

    def _message(self, error: Exception) -> Message:
        if isinstance(error, NotReady):
            return not_ready_message(self._host.status(), error.message)
        if isinstance(error, UserError):
            return message_of(error)
        log.error("A ranking broke off", exc_info=error)
        return message("rank_unexpected", "The ranking broke off unexpectedly; the log has the details.")

    def _begin(self, sitting: Sitting, visit: Visit) -> Iterator[RankingEvent]:
        """Begin to judge; what is kept is left alone until it is sure that it can be.

        Raises:
            UserError: it cannot be judged, or no longer by the model that began.
        """
        model, kept, view = self._host.model(), sitting.kept, sitting.view
        if kept.model not in (None, model.details):
            raise BadInput(
                "Another model judges by now, and a ranking is the work of one; rank again.", code="rank_other_model"
            )
        events = rank(
            view.entries,
            view.settings,
            model,
            visit.cancel,
            tuple(view.results),
            visit.follow,
            person=visit.person,
            most_votes=visit.limits.votes,
        )
        kept.begin(view, model.details)
        return events

    def _stream(
        self, sitting: Sitting, events: Iterator[RankingEvent], visit: Visit
    ) -> Iterator[tuple[Drawing, Message | None]]:
        yield sitting.drawing(), None
        for batch in paced(events, DRAWING_SECONDS):
            for event in batch:
                sitting.apply(event)
            yield sitting.drawing(), KEEP
        # The closing message of a stream repeats its last value, unless that is "unchanged".
        yield KEEP, message_of(ShuttingDown()) if visit.shutting_down else KEEP

    def stop(self, request: gr.Request) -> None:
        """Stop the page's ranking; what has finished is kept and shown."""
        self._running.stop(session_of(request))

    def leave(self, request: gr.Request) -> None:
        """Stop the session's ranking: its tab was closed, or its connection broke.

        A page whose connection broke still shows its ranking, so it stays to be read, saved and gone on with.
        """
        self._running.stop(session_of(request))

    def restore(self, key: object, request: gr.Request) -> tuple[Drawing, Message | None]:
        """Give a page that was loaded anew the ranking that it showed before, by its ``key``, to go on with."""
        session = session_of(request)
        held = self._running.start(session) if key else None  # nothing else begins on this page meanwhile
        if held is None:
            return KEEP, None
        try:
            holder = self._store.session_of(key)
            if holder is not None:
                self._end_for(holder)
            kept = None if holder is None else self._store.hand_over(holder, session)
            if kept is None:
                return KEEP, message("rank_gone", "The ranking that stood here is not kept any more; rank again.")
            kept.end(kept.view)
            return kept.sent(), None
        finally:
            self._running.finish(session, held)

    def _end_for(self, session: str) -> None:
        """End what ``session`` began and left; that its connection broke may not have been noticed yet."""
        self._running.stop(session)
        deadline = time.monotonic() + LEAVING_SECONDS
        while self._running.is_running(session) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)

    def read_match(self, asked: object) -> dict[str, Any]:
        """Return the votes of a finished match (``key``, ``first``, ``second``) as panes, and its two responses."""
        given = asked if isinstance(asked, dict) else {}
        kept = self._store.find(given.get("key"))
        pair = (given.get("first"), given.get("second"))
        results = [] if kept is None else kept.view.results
        result = next((one for one in results if one.pair == pair), None)
        if kept is None or result is None:
            return {"message": message("match_unknown", "This match cannot be read any more; rank again.")}
        asked_for = kept.view.settings.judge.thinking_budget
        budget = asked_for if result.cut_to is None else result.cut_to
        query, texts = kept.view.entries.query, kept.view.entries.texts
        failure = kept.view.failure(result)
        return {
            "comparison": Comparison(query, *(texts[one] for one in result.pair)).to_dict(),
            "panes": [_pane(vote, budget, failure) for vote in kept.votes.get(result.pair, ())],
        }

    def export_ranking(self, asked: object) -> dict[str, Any]:
        """Return a ranking (``key``) as a file (``kind``: ``json`` or ``csv``): its name and text."""
        given = asked if isinstance(asked, dict) else {}
        kept = self._store.find(given.get("key"))
        ranking = None if kept is None else kept.ranking or kept.broken_off()
        if kept is None or ranking is None:
            return {"message": message("rank_nothing", "There is no ranking to save yet.")}
        if given.get("kind") == "csv":
            return {"name": "ranking.csv", "text": as_csv(ranking)}
        return {"name": "ranking.json", "text": as_json(ranking, kept.votes)}

    def _settings(self, method: object, budget: object, votes: object, seed: object) -> RankingSettings:
        known = next((name for name in METHODS if name == method), None)
        if known is None:
            raise BadInput(f"There is no method {method!r}; choose one of {', '.join(METHODS)}.", field="method")
        judge = replace(
            self._host.model().defaults,
            thinking_budget=whole(budget),
            votes=whole(votes),
            seed=whole(seed),
            probe_every=0,
        )
        self._visits.limits.check(judge)
        check_settings(judge)
        return RankingSettings(known, judge=judge)


def _matches_to_come(view: RankView) -> list[Item]:
    """Return as many of the pairs of ``view`` as its method judges, drawn by its seed."""
    texts = view.entries.texts
    draw = random.Random(f"{view.settings.judge.seed}:estimate")
    pairs = draw.sample(all_pairs(len(texts)), view.method.matches)
    return [Item(f"{a}-{b}", view.entries.query, texts[a], texts[b], None) for a, b in pairs]


def _texts(responses: object) -> list[Any]:
    """Return the list that the page sends as JSON text."""
    try:
        given = json.loads(responses) if isinstance(responses, str) else responses
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, list):
        raise BadInput("The responses are no list of texts.", field="responses")
    return given


def _pane(vote: Vote, budget: int, failure: Failure | None) -> dict[str, Any]:
    pane = Pane(vote.index, vote.order, vote.seed, budget)
    pane.finish(vote, failure if failure and failure.message == vote.error else None)
    return pane.to_dict()


def _broken_off(sitting: Sitting | None) -> Any:
    """Return what is known of a ranking that an error ended, so that it can be saved and gone on with."""
    if sitting is None:  # it was refused, and what stands on the page stays
        return KEEP
    sitting.end()
    return sitting.kept.sent()
