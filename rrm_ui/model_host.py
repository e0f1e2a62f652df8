"""The model of a running process: being made ready, ready, or failed, and why; and its change for another.

The page is up before the model is. Everything that needs the model asks here and gets it, or a sentence
that says what is being waited for. Who judges holds the ``JudgeModel`` that it was given: an engine is stopped only
when nobody holds its model any more.
"""

from __future__ import annotations

import gc
import logging
import queue
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, Protocol

from rrm_ui.engines.interface import Engine
from rrm_ui.engines.models.resources import release_memory
from rrm_ui.errors import Busy, Failure, ModelUnavailable, NotReady, UserError
from rrm_ui.judge import JudgeModel
from rrm_ui.progress import Progress, ProgressCallback

log = logging.getLogger(__name__)

Loader = Callable[[ProgressCallback], JudgeModel]

LOOK_SECONDS = 0.5
"""Time between two looks at whether running judgments are over, or their end is no longer waited for."""
LOOKS_PER_COLLECTION = 60
"""Looks between two searches for judgments that only their own traceback still holds."""


class ModelSource(Protocol):
    """Where a host gets other models from."""

    def fetch(self, name: str, held_bytes: int, report: ProgressCallback) -> None:
        """Bring model ``name`` to this machine, if it fits once ``held_bytes`` of weights have been let go."""
        ...

    def fits_beside(self, name: str) -> bool:
        """Return whether the fetched model ``name`` fits the memory that is free now, with room to judge."""
        ...

    def load(self, name: str, report: ProgressCallback) -> JudgeModel:
        """Load the fetched model ``name``."""
        ...


@dataclass(frozen=True)
class ModelChange:
    """Another model on its way, or why it did not come."""

    name: str
    state: Literal["preparing", "failed"] = "preparing"
    progress: Progress | None = None
    failure: Failure | None = None

    @property
    def message(self) -> str:
        """Why it did not come, as a sentence; empty if it may yet."""
        return self.failure.message if self.failure is not None else ""


@dataclass(frozen=True)
class ModelStatus:
    """Where the model stands, small enough to poll."""

    state: Literal["preparing", "ready", "failed"]
    progress: Progress | None = None
    """The stage under way while preparing."""
    failure: Failure | None = None
    """Why it failed, and what to do."""
    change: ModelChange | None = None

    @property
    def message(self) -> str:
        """Why it failed, as a sentence; empty if it did not."""
        return self.failure.message if self.failure is not None else ""


class _Served:
    """A model that judgments may hold, watched without holding it."""

    def __init__(self, model: JudgeModel, loader: Loader) -> None:
        self.loader = loader
        """Loads the same model again."""
        self.weights_bytes = model.weights_bytes
        self._engine: Engine | None = model.engine
        self._model = weakref.ref(model)
        self._released: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_released = False
        self.stopped = False
        # Runs wherever the last holder lets go, a server's event loop and a collection in the middle of this very wait
        # included: it must not wait for anything, and of what threads share only this queue takes no lock.
        weakref.finalize(model, self._released.put, None).atexit = False

    def model(self) -> JudgeModel | None:
        """Return the model if a judgment still holds it."""
        return self._model()

    def wait_until_released(self, look: Callable[[], None] = lambda: None) -> None:
        """Wait until no judgment holds the model; ``look`` is called now and then and may raise."""
        looks = 0
        while not self._is_free_within(LOOK_SECONDS):
            look()
            if looks % LOOKS_PER_COLLECTION == 0:
                gc.collect()
            looks += 1

    def _is_free_within(self, seconds: float) -> bool:
        """Return whether nobody holds the model any more, after at most ``seconds``."""
        with suppress(queue.Empty):
            if not self._is_released:
                self._released.get(timeout=seconds)
                self._is_released = True
        return self._is_released

    def stop(self) -> None:
        """End the engine, even of judgments that run, and give its memory back."""
        engine, self._engine = self._engine, None
        self.stopped = True
        if engine is not None:
            engine.stop()
            del engine
            release_memory()


class ModelHost:
    """Loads one model, in the background or at once, hands it out, and changes it for another."""

    def __init__(self, loader: Loader, source: ModelSource | None = None) -> None:
        self._loader = loader
        self._source = source
        self._lock = threading.Lock()
        self._status = ModelStatus("preparing")
        self._model: JudgeModel | None = None
        self._served: _Served | None = None
        self._engines: list[_Served] = []
        """All whose engines have not been stopped: two while a change goes on, and while judgments hold the old one."""
        self._done = threading.Event()
        self._withdrawn = threading.Event()

    def start(self) -> None:
        """Load in a background thread, so that the page can be served meanwhile."""
        threading.Thread(target=self.load, name="model-loader", daemon=True).start()

    def load(self) -> None:
        """Load in this thread (ZeroGPU loads at module scope, in the main thread)."""
        try:
            self._serve(self._loader(self._report), self._loader)
            problem = None
        except Exception as error:
            problem = _explain(error)
        if problem is not None:
            self._fail(problem)
        self._done.set()

    def status(self) -> ModelStatus:
        """Return where the model stands."""
        with self._lock:
            return self._status

    def standing(self) -> tuple[ModelStatus, JudgeModel | None]:
        """Return where the model stands, and the model if it is ready: together, because it may be changed any time."""
        with self._lock:
            return self._status, self._model if self._status.state == "ready" else None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the model is ready or has failed; False if ``timeout`` seconds passed first."""
        return self._done.wait(timeout)

    @property
    def weights_bytes(self) -> int:
        """Memory that the weights of the present model hold; 0 without one."""
        with self._lock:
            return self._served.weights_bytes if self._served else 0

    def model(self) -> JudgeModel:
        """Return the model.

        Raises:
            NotReady: it is still being made ready, or being changed.
            ModelUnavailable: it could not be made ready.
        """
        with self._lock:
            model, status = self._model, self._status
        if model is not None:
            return model
        if status.state == "failed" and status.failure is not None:
            raise ModelUnavailable.of(status.failure)
        stage = f" ({status.progress.describe()})" if status.progress else ""
        raise NotReady(f"The model is still being made ready{stage}. Judge again in a moment.")

    def change(self, name: str) -> None:
        """Make the model ``name`` ready in the background, and judge with it from then on.

        Running judgments finish on the present model. Where memory holds both, new ones begin on it until the other is
        ready; otherwise new ones are told to wait, the running ones finish, and it is let go first. If the other cannot
        be had, the present one stays.

        Raises:
            ModelUnavailable: this host has one model only.
            Busy: a model is being made ready already.
        """
        if self._source is None:
            raise ModelUnavailable("This server judges with one model; start another server for another model.")
        with self._lock:
            status = self._status
            if status.state == "preparing" or (status.change and status.change.state == "preparing"):
                raise Busy("A model is being made ready already; wait until it is, then choose again.")
            self._status = replace(status, change=ModelChange(name))
            self._withdrawn.clear()
        threading.Thread(target=self._change, args=(self._source, name), name="model-change", daemon=True).start()

    def withdraw_change(self) -> None:
        """Stay with the present model: the change under way ends at its next step, unless it is over by then."""
        self._withdrawn.set()

    def shut_down(self) -> None:
        """End every engine; running judgments are told. May wait for a step."""
        self.withdraw_change()
        with self._lock:
            engines = list(self._engines)
        for served in engines:
            served.stop()

    def _change(self, source: ModelSource, name: str) -> None:
        loader = partial(source.load, name)
        before = self._served
        try:
            source.fetch(name, before.weights_bytes if before else 0, self._report_change)
            if before is not None and not source.fits_beside(name):
                self._let_go(before)
            self._serve(loader(self._report_change), loader)
            problem = None
        except Exception as error:
            problem = _explain(error)
        # Only here: an error holds its frames, and with them what was loaded of the other model.
        if problem is not None:
            self._stay(name, before, problem)
        elif before is not None and not before.stopped:
            before.wait_until_released()
            self._stop(before)
            if (model := self.standing()[1]) is not None:
                model.engine.widen()

    def _stop(self, served: _Served) -> None:
        served.stop()
        with self._lock:
            self._engines.remove(served)

    def _let_go(self, served: _Served) -> None:
        """Hand out no model, wait until the running judgments are over, and free the memory."""
        with self._lock:
            self._model = None
            self._status = replace(self._status, state="preparing")
        self._report_change(Progress("draining"))
        served.wait_until_released(self._check_withdrawn)
        self._stop(served)

    def _stay(self, name: str, before: _Served | None, failure: Failure) -> None:
        """Go on with the model that was there ``before`` a change to ``name`` failed or was withdrawn."""
        log.warning("The model stays instead of %r: %s", name, failure.message)
        release_memory()  # of what was loaded of the other
        failed = None if self._withdrawn.is_set() else ModelChange(name, "failed", failure=failure)
        if before is None or self._model is not None:
            with self._lock:
                self._status = replace(self._status, change=failed)
            return
        try:
            model = before.model()
            if model is None:
                if not before.stopped:
                    self._stop(before)
                model = before.loader(self._report)
            self._serve(model, before.loader, failed)
            return
        except Exception as error:
            problem = _explain(error)
        self._fail(problem)

    def _serve(self, model: JudgeModel, loader: Loader, change: ModelChange | None = None) -> None:
        log.info("Ready to judge with %s", model.details.name)
        with self._lock:
            if self._served is None or self._served.model() is not model:
                self._served = _Served(model, loader)
                self._engines.append(self._served)
            self._model, self._status = model, ModelStatus("ready", change=change)
        model.engine.read_ahead(model.prompts.head)  # so that the first judgment need not wait for it

    def _fail(self, failure: Failure) -> None:
        """Say that there is no model. Not while its error is handled: that holds what was loaded."""
        log.error("The model is unavailable: %s", failure.message)
        release_memory()
        with self._lock:
            self._model, self._served, self._status = None, None, ModelStatus("failed", failure=failure)

    def _report(self, progress: Progress) -> None:
        with self._lock:
            self._status = replace(self._status, state="preparing", progress=progress)

    def _report_change(self, progress: Progress) -> None:
        self._check_withdrawn()
        with self._lock:
            status = self._status
            change = replace(status.change, progress=progress) if status.change else None
            waiting = progress if status.state == "preparing" else None
            self._status = replace(status, change=change, progress=waiting)

    def _check_withdrawn(self) -> None:
        if self._withdrawn.is_set():
            raise ModelUnavailable("The change was withdrawn.")


def _explain(error: Exception) -> Failure:
    """Return what went wrong while a model was made ready."""
    if isinstance(error, UserError):
        return error.failure
    log.error("Making a model ready failed", exc_info=error)
    reason = repr(error)
    message = f"Loading the model failed: {reason}. The log has the details."
    return Failure(message, code="loading_failed", values={"reason": reason})
