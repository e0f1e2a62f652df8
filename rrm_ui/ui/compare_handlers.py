"""What the Compare page does when something is pressed or typed. No layout here; every input is checked.

These endpoints are hidden, not protected: anyone may call them, so nothing is taken for granted.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from rrm_ui.errors import BadInput, NotReady, PlatformRefused, UserError
from rrm_ui.evaluation.calibration_store import load_calibration
from rrm_ui.events import NoticeGiven, VoteStarted
from rrm_ui.judge import judge, probing_interval
from rrm_ui.model_host import ModelHost
from rrm_ui.reducer import JudgmentView
from rrm_ui.serving import Visit, Visits
from rrm_ui.settings import get_settings
from rrm_ui.ui.drawing import DRAWING_SECONDS, KEEP, Drawing, session_of, whole
from rrm_ui.ui.examples import find_example
from rrm_ui.ui.messages import Message, message, message_of, not_ready_message, problem_with_texts
from rrm_ui.ui.pace import paced
from rrm_ui.ui.person import person_of
from rrm_ui.ui.running import RunningJudgments
from rrm_ui.ui.windows import TextWindows
from rrm_ui.values import Comparison, JudgeSettings, ModelDetails

log = logging.getLogger(__name__)

ALL_VOTES = "all"
STOP_WHEN_DECIDED = "decided"
"""What the form's choice of how many votes to wait for sends."""

OPENING = (NoticeGiven, VoteStarted)
"""Events that come before the engine is asked."""


class CompareHandlers:
    """The event handlers of one Compare page, for all of its sessions."""

    def __init__(self, host: ModelHost, visits: Visits | None = None) -> None:
        self._host = host
        self._visits = visits or Visits()
        self._running = RunningJudgments()

    def judge(
        self,
        query: str,
        response_a: str,
        response_b: str,
        thinking_budget: float,
        votes: float,
        both_orders: bool,
        stopping: str,
        close_when_sure: bool,
        temperature: float,
        top_p: float,
        seed: float,
        request: gr.Request,
    ) -> Iterator[tuple[Drawing, Message | None]]:
        """Judge and yield (result, message) about ten times a second."""
        yield KEEP, None  # at once: only a generator that has yielded is closed when its reader leaves
        session = session_of(request)
        cancel = self._running.start(session)
        if cancel is None:
            yield KEEP, message("running", "A judgment is running on this page already.")
            return
        try:
            comparison = Comparison(_text(query), _text(response_a), _text(response_b))
            settings = JudgeSettings(
                thinking_budget=whole(thinking_budget),
                votes=whole(votes),
                both_orders=bool(both_orders),
                stop_early=stopping == STOP_WHEN_DECIDED,
                close_when_sure=bool(close_when_sure),
                temperature=temperature,
                top_p=top_p,
                seed=whole(seed),
            )
            yield from self._judge(comparison, settings, cancel, person_of(request))
        finally:
            # Runs in the server's event loop when the reader left: sets a flag and waits for nothing.
            self._running.finish(session, cancel)

    def _judge(
        self, comparison: Comparison, settings: JudgeSettings, cancel: Any, person: str
    ) -> Iterator[tuple[Drawing, Message | None]]:
        problem = problem_with_texts(comparison, get_settings().max_text_characters)
        if problem is not None:
            yield KEEP, problem
            return
        left = KEEP  # what an error leaves on the page: the last result, until this judgment is drawn
        try:
            with self._visits.open("judgment", person, cancel) as visit:
                for drawing in self._drawings(comparison, settings, visit):
                    left = None
                    yield drawing
        except NotReady as error:
            yield left, not_ready_message(self._host.status(), error.message)
        except PlatformRefused as refused:
            yield left, None
            raise refused.original from refused
        except UserError as error:
            yield left, message_of(error)
        except Exception:
            log.exception("A judgment broke off")
            yield left, message("unexpected", "The judgment broke off unexpectedly; the log has the details.")

    def _drawings(
        self, comparison: Comparison, settings: JudgeSettings, visit: Visit
    ) -> Iterator[tuple[Drawing, Message | None]]:
        """Draw ``comparison`` as it is judged, from when the engine has taken it: it may still refuse it before."""
        model = self._host.model()
        every = probing_interval(model, close_when_sure=settings.close_when_sure)
        settings = replace(settings, probe_every=every)
        visit.limits.check(settings)
        events = visit.follow(judge(comparison, settings, model, visit.cancel, person=visit.person))
        started = time.monotonic()
        view, windows = JudgmentView(budget=settings.thinking_budget, phase="waiting"), TextWindows()
        calibration, drawn = None, False
        for batch in paced(events, DRAWING_SECONDS):
            for event in batch:
                view.apply(event)
            if drawn or not all(isinstance(event, OPENING) for event in batch):
                if not drawn:  # by now the settings have been checked
                    calibration = stored_calibration(model.details, settings)
                yield _drawing(view, windows, started, calibration), KEEP if drawn else None
                drawn = True
        # The closing message of a stream repeats its last value in full, unless that value is "unchanged".
        yield KEEP, KEEP

    def stop(self, request: gr.Request) -> None:
        """Stop the session's judgment; what has finished is kept and shown."""
        self._running.stop(session_of(request))

    def leave(self, request: gr.Request) -> None:
        """Free what the session holds: its tab was closed or reloaded."""
        self._running.stop(session_of(request))

    def clear(self, request: gr.Request) -> tuple[str, str, str, Drawing, None]:
        """Empty the form; a result that is still growing stays."""
        running = self._running.is_running(session_of(request))
        return "", "", "", KEEP if running else None, None

    def pick_example(self, event: gr.EventData) -> tuple[str, str, str, Message | None]:
        """Fill the form with the example that was picked."""
        picked = event._data.get("id") if isinstance(event._data, dict) else None
        example = find_example(picked)
        if example is None:
            return KEEP, KEEP, KEEP, message("example", "There is no such example.")
        comparison = example.comparison
        return comparison.query, comparison.response_a, comparison.response_b, None

    def count(self, text: str) -> dict[str, int | None]:
        """Return how many tokens a text takes, and how many the model takes in all; neither while it cannot be said."""
        text = _text(text)
        _, model = self._host.standing()
        if model is None:
            return {"tokens": None, "limit": None}
        if len(text) > get_settings().max_text_characters:
            return {"tokens": None, "limit": None, "uncounted": True}
        try:
            tokens = model.prompts.count(text)
        except Exception:  # Gradio would print it with all its words; judging says what is wrong with the text
            log.exception("A text could not be counted")
            return {"tokens": None, "limit": None, "uncounted": True}
        return {"tokens": tokens, "limit": model.details.context_tokens}

    def count_all(self, *texts: str) -> tuple[dict[str, int | None], ...]:
        """Return the count of every text."""
        return tuple(self.count(text) for text in texts)


def _text(value: object) -> Any:
    """Return an untouched box as empty text; anything else is for ``judge`` to check."""
    return "" if value is None else value


def stored_calibration(model: ModelDetails, settings: JudgeSettings) -> dict[str, Any] | None:
    """Return what the page needs of the temperature fitted for ``model`` and these votes; None if none was.

    One that cannot be read is a sentence under P(A): it must not keep anyone from judging.
    """
    try:
        stored = load_calibration(get_settings().data_dir, model, settings)
    except BadInput as error:
        return {"problem": message_of(error)}
    return {"temperature": stored.temperature, "n": stored.n, "data": stored.data} if stored else None


def _drawing(
    view: JudgmentView, windows: TextWindows, started: float, calibration: dict[str, Any] | None = None
) -> Drawing:
    # The clock is also a sign of life: a page that hears nothing for seconds says so.
    seconds = round(time.monotonic() - started, 1)
    return {**windows.narrow(view.to_dict()), "seconds": seconds, "calibration": calibration}
