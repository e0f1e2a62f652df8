"""The one evaluation that a server runs: it belongs to the server, not to the page that started it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from rrm_ui.errors import BadInput, Busy, Failure, UserError
from rrm_ui.evaluation.items import Item, ItemSet, sample_items
from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.runner import RunProgress, run_evaluation
from rrm_ui.evaluation.shelf import SHIPPED, RunShelf
from rrm_ui.evaluation.unjudged import EngineKeepsBreaking
from rrm_ui.judge import JudgeModel
from rrm_ui.serving import Visits
from rrm_ui.threads import in_this_context
from rrm_ui.values import JudgeSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeskState:
    """What is running now, small enough to poll."""

    key: str | None = None
    """The run under way; None if none is."""
    name: str = ""
    """The data it runs over."""
    progress: RunProgress | None = None
    stopping: bool = False
    failure: Failure | None = None
    """Why the last run broke off, or that it could not judge everything; None where it did."""
    reason: Failure | None = None
    """What ``failure`` names as its reason, so that a page can word both."""

    def to_dict(self) -> dict[str, Any]:
        """Return the state by name."""
        told = {name: value and value.to_dict() for name, value in (("failure", self.failure), ("reason", self.reason))}
        return {**asdict(self), **told}


class RunDesk:
    """Starts, stops and goes on with runs, one at a time, in a thread of its own."""

    def __init__(self, shelf: RunShelf, model: Callable[[], JudgeModel], visits: Visits | None = None) -> None:
        self._shelf, self._model, self._visits = shelf, model, visits or Visits()
        self._lock = threading.Lock()
        self._state = DeskState()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None

    def state(self) -> DeskState:
        """Return what is running now."""
        with self._lock:
            return self._state

    def start(self, item_set: ItemSet, settings: JudgeSettings, limit: int | None, person: str = "") -> str:
        """Begin a run that ``person`` asks for and return its key.

        Raises:
            Busy: another run is under way.
            NotReady, ModelUnavailable: there is no model yet.
            UserError: ``person`` may not; see ``Visits.open`` and ``Limits.check``.
        """
        self._visits.limits.check(settings, texts_of(sample_items(item_set.items, limit, settings.seed)))
        return self._begin(self._shelf.new_folder(item_set.name), item_set, settings, limit, person)

    def go_on(self, key: str, person: str = "") -> str:
        """Go on with a run that was stopped, or that a server left behind when it ended; ``person`` asks for it.

        Raises:
            BadInput: there is no such run, or it cannot go on.
            Busy: another run is under way.
            NotReady, ModelUnavailable: there is no model yet.
            UserError: ``person`` may not; see ``Visits.open`` and ``Limits.check``.
        """
        if key.startswith(SHIPPED):
            raise BadInput(
                "This run came with the program and cannot go on; start one over the same data.", code="run_shipped"
            )
        run = self._shelf.read(key)
        if not all(judged.item.has_texts for judged in run.judged):
            raise BadInput(
                "This run's record holds no texts, so that it cannot go on; start one over the same data.",
                code="run_without_texts",
            )
        return self._begin(self._shelf.folder_of(key), items_of(run), run.spec.settings, run.spec.limit, person)

    def stop(self) -> None:
        """Ask the run under way to stop; what has finished is kept."""
        with self._lock:
            if self._state.key is not None:
                self._cancel.set()
                self._state = DeskState(self._state.key, self._state.name, self._state.progress, stopping=True)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing runs; False if ``timeout`` seconds passed first."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def _begin(self, folder: Path, item_set: ItemSet, settings: JudgeSettings, limit: int | None, person: str) -> str:
        model = self._model()
        self._visits.limits.check(settings)
        with self._lock, ExitStack() as entering:
            if self._state.key is not None:
                raise Busy("An evaluation is running already; stop it first, or wait for its end.", code="run_busy")
            cancel = threading.Event()
            visit = entering.enter_context(self._visits.open("evaluation", person, cancel))
            self._cancel, self._state = cancel, DeskState(folder.name, item_set.name)
            run = partial(
                run_evaluation,
                item_set,
                settings,
                model,
                folder,
                limit=limit,
                report=self._report,
                cancel=cancel,
                person=person,
                observe=visit.follow,
            )
            # From here on the visit belongs to the run, and whoever started it is who has it judged.
            arguments = (run, folder, entering.pop_all())
            target = in_this_context(self._run)
            self._thread = threading.Thread(target=target, args=arguments, name="evaluation", daemon=True)
            self._thread.start()
        return folder.name

    def _run(self, run: Callable[[], Run], folder: Path, visit: ExitStack) -> None:
        """Do the run, and leave why it did not judge everything, if it did not."""
        failure, reason = None, None
        try:
            with visit:
                unjudged = run().unjudged
            if unjudged is not None:
                failure, reason = unjudged.failure, unjudged.reason
        except EngineKeepsBreaking as problem:
            failure, reason = problem.failure, problem.reason
        except UserError as problem:
            failure = problem.failure
        except Exception:
            log.exception("An evaluation broke off")
            failure = Failure(
                "The evaluation broke off unexpectedly; the server's log has the details. It can go on.",
                code="run_unexpected",
            )
        with self._lock:
            self._state = DeskState(failure=_by_name(failure, folder), reason=_by_name(reason, folder))

    def _report(self, progress: RunProgress) -> None:
        with self._lock:
            stopping = self._cancel.is_set()
            self._state = DeskState(self._state.key, self._state.name, progress, stopping)


def _by_name(failure: Failure | None, folder: Path) -> Failure | None:
    """Return ``failure`` with ``folder`` by its name alone: a visitor need not know the server's folders."""
    if failure is None:
        return None

    def named(value: int | float | str) -> int | float | str:
        return value.replace(str(folder), folder.name) if isinstance(value, str) else value

    values = {name: named(value) for name, value in failure.values.items()}
    return replace(failure, message=failure.message.replace(str(folder), folder.name), values=values)


def texts_of(items: Iterable[Item]) -> Iterator[str]:
    """Yield every text of ``items``."""
    for item in items:
        yield from (item.query, item.response_a, item.response_b)


def items_of(run: Run) -> ItemSet:
    """Return the items of ``run`` as the set that it was started with, as far as its record holds it."""
    spec = run.spec
    items = tuple(judged.item for judged in run.judged)
    return ItemSet(spec.name, items, spec.broken, spec.benchmark, spec.source, dict(spec.columns))
