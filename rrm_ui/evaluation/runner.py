"""Judging many comparisons: the engine's batch is kept full, and every vote is on disk as it finishes.

Several comparisons are judged at once, each by a thread that mostly waits for its events; the engine writes their
votes as rows of one batch. A vote depends on its comparison, its index and the seed alone, so neither a kill nor the
company that a vote finds itself in changes what comes out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rrm_ui.errors import BadInput, Busy, NoRoom
from rrm_ui.evaluation.items import Item, ItemSet, sample_items
from rrm_ui.evaluation.record import (
    JudgedItem,
    Run,
    RunState,
    VoteLog,
    create_run,
    is_complete,
    is_run,
    read_run,
    write_state,
    writing_run,
)
from rrm_ui.evaluation.specification import check_same_run, describe_run
from rrm_ui.evaluation.unjudged import FailureCount, Unjudged
from rrm_ui.events import Event, JudgmentFailed, NoticeGiven, Observer, VoteFinished, unobserved
from rrm_ui.folder_lock import locked
from rrm_ui.judge import JudgeModel, check_settings, judge
from rrm_ui.threads import in_this_context
from rrm_ui.values import Comparison, JudgeSettings, Vote

ROWS_IN_FLIGHT = {"cpu": 24, "cuda": 64}
"""Votes that are written side by side, by device: beyond these a row more costs as much as it brings."""

STATE_SECONDS = 5.0
"""How often the time taken is written down: a kill loses at most so much of it."""
REPORT_SECONDS = 0.5
BUSY_SECONDS = 0.5
"""Pause before a comparison is handed again to an engine that was full."""


@dataclass(frozen=True)
class RunProgress:
    """How far a run has come."""

    items: int
    items_done: int
    votes: int
    votes_done: int
    votes_kept: int
    """Votes among those done that an earlier sitting cast."""
    tokens: int
    """Tokens written in this sitting by votes that finished."""
    seconds: float
    """Time taken so far, earlier sittings included."""
    sitting_seconds: float
    seconds_left: float | None
    """None until enough votes of this sitting are over to tell."""

    @property
    def tokens_per_second(self) -> float:
        """Tokens written per second in this sitting."""
        return self.tokens / self.sitting_seconds if self.sitting_seconds else 0.0


ProgressReport = Callable[[RunProgress], None]


def run_evaluation(
    item_set: ItemSet,
    settings: JudgeSettings,
    model: JudgeModel,
    folder: Path,
    *,
    limit: int | None = None,
    texts: bool = True,
    report: ProgressReport | None = None,
    cancel: threading.Event | None = None,
    person: str = "",
    observe: Observer = unobserved,
) -> Run:
    """Judge ``limit`` items of ``item_set`` (all without one) into ``folder``, or go on with the run that it holds.

    Blocks until every vote is in or ``cancel`` is set; either way the folder holds a run that the same call goes on
    with. Its ``unjudged`` says what could not be judged though nobody stopped it. With ``texts=False`` the record holds
    the items' hashes instead of their texts. ``person`` is who asks, as for ``judge``, and ``observe`` sees every
    judgment's events.

    Raises:
        BadInput: the settings are out of range, there is nothing to judge, or the folder cannot be used or holds
            another run (the message says what differs).
        Busy: another process is at this run.
        EngineKeepsBreaking: the engine does; what finished is kept.
        NoRoom: this machine's memory holds a vote on none of the comparisons.
        RecordFailure: the folder can no longer be written; what was written is kept.
    """
    check_settings(settings)
    if settings.stop_early:
        raise BadInput("A run casts every vote; what stopping early would do is computed from them. Turn it off.")
    items = sample_items(item_set.items, limit, settings.seed)
    if not items:
        raise BadInput(f"{item_set.name} holds no comparison to judge.")
    spec = describe_run(item_set, items, settings, model, limit)
    with locked(folder, "run"):
        if is_run(folder):
            run = read_run(folder)
            check_same_run(run.spec, spec, folder)
            if not texts and any(judged.item.has_texts for judged in run.judged):
                raise BadInput(f"{folder} was begun with the texts in it. Choose another folder to keep them out.")
            spec = run.spec
        else:
            create_run(folder, spec, items, texts=texts)
            run = read_run(folder)
        earlier = {judged.item.id: judged for judged in run.judged}
        judged = [replace(earlier[item.id], item=item) for item in items]
        unjudged = _Sitting(run, judged, model, cancel, report, person, observe).work()
    return replace(read_run(folder), unjudged=unjudged)


def rows_in_flight(device: str) -> int:
    """Return how many votes to write side by side on ``device``."""
    return ROWS_IN_FLIGHT.get(device.split(":")[0], ROWS_IN_FLIGHT["cpu"])


class _Sitting:
    """One uninterrupted stretch of work on a run."""

    def __init__(
        self,
        run: Run,
        judged: list[JudgedItem],
        model: JudgeModel,
        cancel: threading.Event | None,
        report: ProgressReport | None,
        person: str,
        observe: Observer,
    ) -> None:
        self._folder, self._spec, self._seconds_before = run.folder, run.spec, run.seconds
        self._settings = run.spec.settings
        self._model = model
        self._cancel = cancel or threading.Event()
        self._person, self._observe = person, observe
        self._report = report or (lambda _progress: None)
        self._pending = [one for one in judged if not is_complete(one, self._settings.votes)]
        self._items = len(judged)
        self._items_done = len(judged) - len(self._pending)
        self._cuts = {one.item.id: one.cut_to for one in judged if one.cut_to is not None}
        self._votes_kept = sum(len(_finished(one)) if one.error is None else self._settings.votes for one in judged)
        self._votes_cast = 0
        self._tokens = 0
        self._broken: BaseException | None = None
        self._stopped = False
        self._lock = threading.Lock()
        self._width = self._comparisons_at_once()
        self._failures = FailureCount(self._width)
        self._started = time.monotonic()

    def work(self) -> Unjudged | None:
        """Judge what is pending, write down how it ended, and return what could not be judged.

        Raises:
            Whatever broke first; how it ended is written down all the same, where that can be.
        """
        self._attempt(self._judge_pending)
        done = self._broken is None and self._items_done == self._items
        self._attempt(lambda: self._write_state("finished" if done else "stopped"))
        self._attempt(lambda: self._report(self._progress()))
        if self._broken is not None:
            raise self._broken
        return None if self._stopped else self._failures.unjudged(self._items - self._items_done)

    def _attempt(self, step: Callable[[], None]) -> None:
        """Take ``step``; if it breaks the votes end, and ``work`` raises what broke first."""
        try:
            step()
        except BaseException as error:
            self._broken = self._broken or error
            self._cancel.set()

    def _judge_pending(self) -> None:
        self._write_state("running")
        log = VoteLog(self._folder)
        work = partial(self._judge_from, iter(self._pending), log)
        threads = [
            threading.Thread(target=in_this_context(self._attempt), args=(work,), name=f"evaluation-{n}", daemon=True)
            for n in range(self._width)
        ]
        self._attempt(partial(self._watch, threads))
        self._stopped = self._cancel.is_set()
        self._cancel.set()  # whatever ended the watching ends the votes too
        for thread in threads:
            if thread.is_alive():
                thread.join()
        if self._failures.without_room == len(self._pending):
            self._attempt(self._failures.raise_no_room)
        self._attempt(log.close)

    def _comparisons_at_once(self) -> int:
        """Return how many comparisons to judge at once: enough to fill the batch, and one that waits its turn."""
        if not self._model.shares_batch:
            return 1
        rows = rows_in_flight(self._model.details.device)
        return min(len(self._pending), -(-rows // self._settings.votes) + 1)

    def _watch(self, threads: list[threading.Thread]) -> None:
        for thread in threads:
            thread.start()
        written = time.monotonic()
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                if thread.is_alive():
                    thread.join(REPORT_SECONDS)
                    break
            self._report(self._progress())
            if time.monotonic() - written > STATE_SECONDS:
                self._write_state("running")
                written = time.monotonic()

    def _judge_from(self, queue: Iterator[JudgedItem], log: VoteLog) -> None:
        while not self._cancel.is_set():
            with self._lock:
                judged = next(queue, None)
            if judged is None:
                return
            self._judge(judged, log)

    def _judge(self, judged: JudgedItem, log: VoteLog) -> None:
        """Cast the missing votes of one comparison, waiting while the engine is full."""
        earlier = _finished(judged)
        cast = 0
        while True:
            try:
                for event in self._events(judged.item.comparison, earlier):
                    if isinstance(event, VoteFinished) and event.vote.status in ("finished", "failed"):
                        cast += event.vote.status == "finished"
                        self._keep(judged.item, event, log)
                    elif isinstance(event, NoticeGiven) and event.notice.code == "budget_cut":
                        self._keep_cut(judged.item, int(event.notice.values["given"]), log)
                    elif isinstance(event, JudgmentFailed):
                        self._failures.engine_broke(event.failure)
                break
            except Busy:
                if self._cancel.wait(BUSY_SECONDS):
                    return
            except NoRoom as error:  # here and now: it is judged when the run goes on where there is room
                self._failures.found_no_room(error)
                return
            except BadInput as error:  # this comparison cannot be judged; the others can
                with self._lock:
                    log.append_error(judged.item.id, error.failure)
                    self._votes_cast += self._settings.votes - len(earlier)
                    self._items_done += 1
                return
        if len(earlier) + cast == self._settings.votes:
            with self._lock:
                self._items_done += 1

    def _events(self, comparison: Comparison, earlier: Sequence[Vote]) -> Iterator[Event]:
        judging = judge(
            comparison, self._settings, self._model, self._cancel, earlier, watched=False, person=self._person
        )
        return self._observe(judging)

    def _keep_cut(self, item: Item, tokens: int, log: VoteLog) -> None:
        """Write down once, however often it is tried, that votes of ``item`` may think ``tokens`` tokens."""
        with self._lock:
            if self._cuts.get(item.id) != tokens:
                self._cuts[item.id] = tokens
                log.append_cut(item.id, tokens)

    def _keep(self, item: Item, event: VoteFinished, log: VoteLog) -> None:
        with self._lock:
            log.append(item.id, event.vote)
            self._failures.vote_over(event)
            if event.vote.status == "finished":
                self._votes_cast += 1
                self._tokens += event.vote.tokens

    def _progress(self) -> RunProgress:
        """Return how far the run has come."""
        with self._lock:
            votes = self._items * self._settings.votes
            done = self._votes_kept + self._votes_cast
            sitting = time.monotonic() - self._started
            # The first votes end late and together: until a batch of them is over they say nothing about the rest.
            enough = min(rows_in_flight(self._model.details.device), votes // 4)
            left = (votes - done) * sitting / self._votes_cast if self._votes_cast > enough else None
            return RunProgress(
                items=self._items,
                items_done=self._items_done,
                votes=votes,
                votes_done=done,
                votes_kept=self._votes_kept,
                tokens=self._tokens,
                seconds=self._seconds_before + sitting,
                sitting_seconds=sitting,
                seconds_left=left,
            )

    def _write_state(self, state: RunState) -> None:
        with writing_run():
            write_state(self._folder, self._spec, state, self._seconds_before + time.monotonic() - self._started)


def _finished(judged: JudgedItem) -> list[Vote]:
    """Return the votes that need not be cast again; failed ones are tried anew."""
    return [vote for vote in judged.votes if vote.status == "finished"]
