"""What the Evaluate page does when something is chosen or pressed. No layout here; every input is checked.

These endpoints are hidden, not protected: anyone may call them, so nothing is taken for granted.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import gradio as gr

from rrm_ui.errors import BadInput, Busy, NotReady, PlatformRefused, UserError
from rrm_ui.evaluation.analysis import compare_runs
from rrm_ui.evaluation.desk import RunDesk, texts_of
from rrm_ui.evaluation.estimate import estimate
from rrm_ui.evaluation.findings import SCORINGS, Findings, Scoring
from rrm_ui.evaluation.items import sample_items
from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.report import comparison_tree, report_html, report_tree, training_html, training_tree
from rrm_ui.evaluation.report.items import ItemLimits
from rrm_ui.evaluation.report.markup import Element, clean, to_data
from rrm_ui.evaluation.report.words import Words
from rrm_ui.evaluation.rows import NoGoodRow
from rrm_ui.evaluation.shelf import RunShelf
from rrm_ui.evaluation.training_curves import TrainingRun
from rrm_ui.evaluation.training_shelf import PREFIX, TrainingShelf
from rrm_ui.folder_lock import is_held
from rrm_ui.judge import check_settings
from rrm_ui.model_host import ModelHost
from rrm_ui.reducer import Pane
from rrm_ui.serving import Visits
from rrm_ui.ui.drawing import whole
from rrm_ui.ui.evaluate_data import OWN_FILE, describe, describe_broken, is_uploaded, load_chosen
from rrm_ui.ui.messages import Message, message, message_of, not_ready_message
from rrm_ui.ui.person import person_of
from rrm_ui.values import JudgeSettings, Vote

log = logging.getLogger(__name__)

PAGE_LIMITS = ItemLimits(rows=300, with_texts=300, characters=2000, to_compare=True, to_votes=True)
"""What a page lists of a run; the downloaded report lists more."""
MOST_RUNS = 100
"""How many runs, and how many training runs, a page lists; it says how many more there are."""

Drawing = dict[str, Any]


class EvaluateHandlers:
    """The event handlers of the Evaluate page, for all of its sessions."""

    def __init__(
        self,
        host: ModelHost,
        shelf: RunShelf,
        desk: RunDesk,
        trainings: TrainingShelf,
        visits: Visits | None = None,
    ) -> None:
        self._host, self._shelf, self._desk, self._trainings = host, shelf, desk, trainings
        self._visits = visits or Visits()

    def preview(self, data: str, file: str | None, columns: str, limit: float | None) -> Drawing:
        """Return what would be run: which columns were recognised, and which rows are broken."""
        if data == OWN_FILE and not file:
            return {"state": "no_file"}
        try:
            return {"state": "read", **describe(load_chosen(data, file, columns), _limit(limit))}
        except Exception as error:
            broken = error.broken if isinstance(error, NoGoodRow) else ()
            return {"state": "broken", "message": self._message(error), **describe_broken(broken)}

    def has_file(self, path: object) -> Drawing:
        """Return whether a file that a page had chosen before it was loaded anew is still there."""
        return {"there": is_uploaded(path)}

    def estimate(
        self,
        data: str,
        file: str | None,
        columns: str,
        limit: float | None,
        votes: float,
        budget: float,
        seed: float,
        request: gr.Request | None = None,
    ) -> tuple[Drawing | None, Message | None]:
        """Return how much there is to do and about how long it takes, from a trial of a few seconds."""
        try:
            if self._desk.state().key is not None:
                raise Busy(
                    "An evaluation is running, and a trial beside it would mislead; ask again when it has ended.",
                    code="estimate_busy",
                )
            model, settings = self._host.model(), self._settings(votes, budget, seed)
            chosen = load_chosen(data, file, columns)
            items = sample_items(chosen.items, _limit(limit), settings.seed)
            self._visits.limits.check(settings, texts_of(items))
            with self._visits.open("estimate", person_of(request)) as visit:
                work = asdict(estimate(items, settings, model, visit.person, visit.spend))
            # What it was estimated for, so that the page shows it beside nothing else.
            of = {"data": chosen.name, "budget": settings.thinking_budget, "model": model.details.name}
            return {**work, **of}, None
        except PlatformRefused as refused:
            raise refused.original from refused
        except Exception as error:
            return None, self._message(error)

    def forget_estimate(self) -> None:
        """Take an estimate away once it no longer holds: the output of an event that returns nothing is emptied."""

    def start(
        self,
        data: str,
        file: str | None,
        columns: str,
        limit: float | None,
        votes: float,
        budget: float,
        seed: float,
        request: gr.Request | None = None,
    ) -> tuple[Drawing, Message | None]:
        """Begin an evaluation; return what runs (``started``: the page's own run) and what went wrong."""

        def begin() -> str:
            settings = self._settings(votes, budget, seed)
            return self._desk.start(load_chosen(data, file, columns), settings, _limit(limit), person_of(request))

        return self._begun(begin)

    def stop(self) -> Drawing:
        """Stop the evaluation under way; what has finished is kept."""
        self._desk.stop()
        return self.desk()

    def go_on(self, key: object, request: gr.Request | None = None) -> tuple[Drawing, Message | None]:
        """Go on with a stopped evaluation; return what ``start`` does."""
        return self._begun(lambda: self._desk.go_on(str(key), person_of(request)))

    def desk(self) -> Drawing:
        """Return what runs, the newest runs and training runs, and how many more there are of each."""
        state = self._desk.state()
        summaries, trainings = self._shelf.summaries(), self._trainings.summaries()
        runs, listed = ([one.to_dict() for one in some[:MOST_RUNS]] for some in (summaries, trainings))
        for run in runs:
            if run["state"] == "running" and run["key"] != state.key and not is_held(self._shelf.folder_of(run["key"])):
                run["state"] = "stopped"  # whoever ran it was killed
        return {
            "running": state.to_dict(),
            "runs": runs,
            "more_runs": len(summaries) - len(runs),
            "trainings": listed,
            "more_trainings": len(trainings) - len(listed),
        }

    def show_run(self, asked: object) -> Drawing:
        """Return a run's report as data for the page to build: ``run``, ``second``, ``scoring``, ``language``."""

        def show(request: _Asked) -> Drawing:
            if request.run.startswith(PREFIX):
                return {"tree": to_data(training_tree(self._trainings.read(request.run), request.words))}
            run, findings = self._shelf.read(request.run), self._shelf.findings(request.run, request.scoring)
            tree = report_tree(run, findings, request.words, PAGE_LIMITS, *self._compared(run, request))
            return {"tree": to_data(tree)}

        return self._answer(asked, show)

    def export_run(self, asked: object) -> Drawing:
        """Return a run's report as a file: its name and text, as HTML or (``kind``: ``json``) as JSON."""

        def export(request: _Asked) -> Drawing:
            if request.run.startswith(PREFIX):
                return _export_training(self._trainings.read(request.run), request)
            run, findings = self._shelf.read(request.run), self._shelf.findings(request.run, request.scoring)
            second = self._shelf.read(request.second) if request.second else None
            compared = None if second is None else (second, compare_runs(run, second, request.scoring))
            if request.kind == "json":
                return {"name": f"{run.folder.name}.json", "text": _as_json(run, findings, compared)}
            text = report_html(run, findings, language=request.words.language, comparison=compared)
            return {"name": f"{run.folder.name}.html", "text": text}

        return self._answer(asked, export)

    def find_comparison(self, asked: object) -> Drawing:
        """Return the three texts of an item of a run, for the Compare page."""

        def find(request: _Asked) -> Drawing:
            items = (judged.item for judged in self._shelf.read(request.run).judged)
            item = next((item for item in items if item.id == request.item), None)
            if item is None or not item.has_texts:
                raise BadInput(
                    "This run's record does not hold the texts of this comparison.", code="comparison_texts_gone"
                )
            return item.comparison.to_dict()

        return self._answer(asked, find)

    def read_vote(self, asked: object) -> Drawing:
        """Return one stored vote (``item``, ``vote``: its index) as the pane that the page's reader shows."""

        def read(request: _Asked) -> Drawing:
            run = self._shelf.read(request.run)
            found = (judged.votes for judged in run.judged if judged.item.id == request.item)
            vote = next((vote for votes in found for vote in votes if str(vote.index) == request.vote), None)
            if vote is None:
                raise BadInput("This run's record does not hold this vote; choose the run again.", code="vote_gone")
            return {"pane": _stored_pane(vote, run.spec.settings.thinking_budget)}

        return self._answer(asked, read)

    def _compared(self, run: Run, request: _Asked) -> list[Element]:
        if not request.second:
            return []
        second = self._shelf.read(request.second)
        comparison = compare_runs(run, second, request.scoring)
        return [comparison_tree(run, second, comparison, request.words, to_compare=True)]

    def _settings(self, votes: float, budget: float, seed: float) -> JudgeSettings:
        settings = JudgeSettings(
            thinking_budget=whole(budget),
            votes=whole(votes),
            seed=whole(seed),
            probe_every=self._host.model().defaults.probe_every,
        )
        self._visits.limits.check(settings)
        check_settings(settings)
        return settings

    def _begun(self, begin: Callable[[], str]) -> tuple[Drawing, Message | None]:
        try:
            started = begin()
        except Exception as error:
            return self.desk(), self._message(error)
        return {**self.desk(), "started": started}, None

    def _answer(self, asked: object, answer: Callable[[_Asked], Drawing]) -> Drawing:
        try:
            return answer(_Asked(asked))
        except Exception as error:
            return {"message": self._message(error)}

    def _message(self, error: Exception) -> Message:
        if isinstance(error, NotReady):
            return not_ready_message(self._host.status(), error.message)
        if isinstance(error, UserError):
            return message_of(error)
        log.error("The Evaluate page could not do what it was asked", exc_info=error)
        return message("evaluate_unexpected", "This did not work; the server's log has the details.")


class _Asked:
    """What a page asked for, taken as text whatever was sent."""

    def __init__(self, asked: object) -> None:
        given = asked if isinstance(asked, dict) else {}
        names = ("run", "second", "item", "vote", "kind")
        texts = ("" if given.get(name) is None else str(given[name]) for name in names)
        self.run, self.second, self.item, self.vote, self.kind = texts
        self.words = Words(str(given.get("language") or "en"))
        scoring = given.get("scoring")
        self.scoring: Scoring = next((known for known in SCORINGS if known == scoring), SCORINGS[0])


def _stored_pane(vote: Vote, budget: int) -> Drawing:
    """Return a vote as read from a record; without its probes, whose places in the text a record does not keep."""
    shown = replace(vote, thinking=clean(vote.thinking), answer=clean(vote.answer), probes=())
    pane = Pane(vote.index, vote.order, vote.seed, budget)
    pane.finish(replace(shown, error=clean(vote.error) if vote.error else None))
    return pane.to_dict()


def _as_json(run: Run, findings: Findings, compared: tuple[Run, Any] | None) -> str:
    spec = {**run.spec.to_dict(), "state": run.state, "seconds": run.seconds, "judged": len(run.complete)}
    whole = {"run": spec, "findings": findings.to_dict()}
    if compared is not None:
        whole["compared"] = {"run": compared[0].spec.to_dict(), "comparison": compared[1].to_dict()}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _export_training(training: TrainingRun, request: _Asked) -> Drawing:
    if request.kind == "json":
        whole = {"asked": training.asked, "curves": training.rows}
        return {"name": f"{training.name}.json", "text": json.dumps(whole, ensure_ascii=False, indent=1) + "\n"}
    return {"name": f"{training.name}.html", "text": training_html(training, language=request.words.language)}


def _limit(value: object) -> int | None:
    """Return the limit that was typed; an empty or zero field takes everything."""
    limit = whole(value)
    if limit in (None, 0):
        return None
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise BadInput(
            "The limit must be a whole number from 1 on; leave it empty or at 0 to take every comparison.",
            code="limit_number",
        )
    return limit
