"""The frame of every training run: go on from the checkpoint, step, validate, write down, keep a checkpoint."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rrm_ui.errors import UserError
from rrm_ui.training.journal import Journal
from rrm_ui.training.optimizer import MasterAdamW

CHECKPOINT_SECONDS = 240.0
"""A kill loses at most so much, and the step that was under way."""

BREAKS = (UserError, RuntimeError, MemoryError)
"""What a step may break off with; the steps before it are kept."""

Row = dict[str, Any]
"""One line of the curves: figures by name, ``step`` among them."""


class Stopped(UserError):
    """A run was asked to end before its last step; its checkpoint is kept."""


@dataclass(frozen=True)
class Watch:
    """Who looks at a run as it goes."""

    validate: Callable[[], Row] | None = None
    validate_every: int = 0
    """Steps between two validations; one comes before the first step and one after the last in any case."""
    report: Callable[[Row], None] | None = None
    checkpoint_seconds: float = CHECKPOINT_SECONDS
    cancel: threading.Event = field(default_factory=threading.Event)
    """Set by whoever wants the run to end after the step under way; a checkpoint is kept."""
    begin: Callable[[], Row] | None = None
    """The validation before the first step, where it is one that may raise ``Stopped``: nothing is lost by then."""


def run_steps(
    steps: int, take_step: Callable[[int], Row], optimizer: MasterAdamW, journal: Journal, watch: Watch
) -> None:
    """Call ``take_step`` for every step (from 0) that the journal does not have yet, up to ``steps``.

    Its figures go to the journal with ``step`` (from 1) and the ``seconds`` it took, and with those of a validation
    where one is due.

    Raises:
        Stopped: ``watch.cancel`` was set before the last step.
    """
    if journal.state is not None:
        optimizer.restore(journal.state)
    elif watch.validate is not None:
        journal.append({"step": 0, **(watch.begin or watch.validate)()})
    saved, kept = time.monotonic(), journal.step
    for step in range(journal.step, steps):
        started, taken = time.monotonic(), optimizer.steps
        try:
            row = {"step": step + 1, **take_step(step), "seconds": round(time.monotonic() - started, 2)}
        except BREAKS:
            if step > kept and optimizer.steps == taken:  # half a step is no state to go on from
                journal.save(step, optimizer.state())
            raise
        last = step + 1 == steps
        try:
            if watch.validate is not None and (last or _is_due(step + 1, watch.validate_every)):
                row |= watch.validate()
        except BREAKS:
            journal.save(step + 1, optimizer.state())
            raise
        finally:
            journal.append(row)
        if watch.report is not None:
            watch.report(row)
        stopped = watch.cancel.is_set() and not last
        if last or stopped or time.monotonic() - saved > watch.checkpoint_seconds:
            journal.save(step + 1, optimizer.state())
            saved, kept = time.monotonic(), step + 1
        if stopped:
            raise Stopped(f"The run was stopped after step {step + 1} of {steps}; the same command goes on.")


def _is_due(step: int, every: int) -> bool:
    return every > 0 and step % every == 0
