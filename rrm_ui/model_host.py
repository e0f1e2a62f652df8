"""The model of a running process: being made ready, ready, or failed, and why.

The page is up before the model is. Everything that needs the model asks here and gets it, or a sentence
that says what is being waited for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rrm_ui.errors import ModelUnavailable, NotReady, UserError
from rrm_ui.judge import JudgeModel
from rrm_ui.progress import Progress, ProgressCallback

log = logging.getLogger(__name__)

Loader = Callable[[ProgressCallback], JudgeModel]


@dataclass(frozen=True)
class ModelStatus:
    """Where the model stands, small enough to poll."""

    state: Literal["preparing", "ready", "failed"]
    progress: Progress | None = None
    """The stage under way while preparing."""
    message: str = ""
    """Why it failed, and what to do."""


class ModelHost:
    """Loads one model, in the background or at once, and hands it out."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._lock = threading.Lock()
        self._status = ModelStatus("preparing")
        self._model: JudgeModel | None = None
        self._done = threading.Event()

    def start(self) -> None:
        """Load in a background thread, so that the page can be served meanwhile."""
        threading.Thread(target=self.load, name="model-loader", daemon=True).start()

    def load(self) -> None:
        """Load in this thread (ZeroGPU loads at module scope, in the main thread)."""
        try:
            model = self._loader(self._report)
        except UserError as error:
            log.error("The model is unavailable: %s", error.message)
            self._finish(None, ModelStatus("failed", message=error.message))
        except Exception as error:
            log.exception("Loading the model failed")
            self._finish(
                None, ModelStatus("failed", message=f"Loading the model failed: {error!r}. The log has the details.")
            )
        else:
            log.info("Ready to judge with %s", model.details.name)
            self._finish(model, ModelStatus("ready"))

    def status(self) -> ModelStatus:
        """Return where the model stands."""
        with self._lock:
            return self._status

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the model is ready or has failed; False if ``timeout`` seconds passed first."""
        return self._done.wait(timeout)

    def model(self) -> JudgeModel:
        """Return the model.

        Raises:
            NotReady: it is still being made ready.
            ModelUnavailable: it could not be made ready.
        """
        with self._lock:
            model, status = self._model, self._status
        if model is not None:
            return model
        if status.state == "failed":
            raise ModelUnavailable(status.message)
        stage = f" ({status.progress.describe()})" if status.progress else ""
        raise NotReady(f"The model is still being made ready{stage}. Judge again in a moment.")

    def _report(self, progress: Progress) -> None:
        with self._lock:
            self._status = ModelStatus("preparing", progress)

    def _finish(self, model: JudgeModel | None, status: ModelStatus) -> None:
        with self._lock:
            self._model, self._status = model, status
        self._done.set()
