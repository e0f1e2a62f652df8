"""Texts that a model writes while it is trained: many prompts, many samples of each, through the decode loop.

The loop is stepped in place, without a thread: nothing else owns the model, and training goes on with it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rrm_ui.engines.interface import GenerationRequest, Position, RowClosed, RowFailed, RowFinished, RowRequest, RowText
from rrm_ui.engines.local.job import Job
from rrm_ui.engines.local.loop import DecodeLoop
from rrm_ui.errors import EngineFailure, TextLost
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.prompts.script import VerdictFormat
from rrm_ui.training.stepping import Stopped


@dataclass(frozen=True)
class Rollout:
    """One sample: what was thought, how the thinking ended, and what was read after it."""

    text: str
    ids: tuple[int, ...]
    """Every token after the prompt, sampled or fed (see ``RowFinished.ids``)."""
    thinking_tokens: int
    closed_by_model: bool
    """False if the budget cut the thinking."""
    position: Position | None
    """Which response the verdict names; None if there is none."""
    p_first: float | None


LOST = Rollout("", (), 0, closed_by_model=False, position=None, p_first=None)
"""A sample whose tokens make no text: without a verdict, and nothing in it to learn from."""


@dataclass(frozen=True)
class SamplingOptions:
    """How rollouts are drawn."""

    budget: int = 256
    """Thinking tokens; what exceeds them is cut and the verdict read as it stands."""
    temperature: float = 1.0
    top_p: float = 1.0
    rows_at_once: int = 48
    """Rows that are written side by side."""


def seed_of(*parts: int | str) -> int:
    """Return the seed of one sample: a function of what it is a sample of, whichever others are drawn."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:7], "big")


def roll_out(
    loop: DecodeLoop,
    verdict_format: VerdictFormat,
    prompts: Sequence[PromptTokens],
    seeds: Sequence[Sequence[int]],
    options: SamplingOptions,
    cancel: threading.Event | None = None,
) -> Iterator[tuple[int, list[Rollout]]]:
    """Write ``len(seeds[i])`` samples after each prompt; yield (index of the prompt, its samples) as they finish.

    Raises:
        EngineFailure: the model computed no valid numbers.
        Stopped: ``cancel`` was set.
    """
    waiting = deque(
        (index, _job(prompt, mine, verdict_format, options))
        for index, (prompt, mine) in enumerate(zip(prompts, seeds, strict=True))
    )
    running: dict[int, tuple[Job, _Collector]] = {}
    while waiting or running:
        if cancel is not None and cancel.is_set():
            raise Stopped("The run was stopped; the same command goes on.")
        while waiting and loop.row_count + loop.waiting_rows < options.rows_at_once:
            index, job = waiting.popleft()
            running[index] = (job, _Collector(len(job.request.rows)))
            loop.add(job)
        loop.step()
        for index, (job, collector) in list(running.items()):
            events, done = job.take(timeout=0)
            for event in events:
                collector.fold(event)
            if done:
                del running[index]
                yield index, collector.rollouts()


def _job(prompt: PromptTokens, seeds: Sequence[int], verdict_format: VerdictFormat, options: SamplingOptions) -> Job:
    return Job(
        GenerationRequest(
            rows=tuple(RowRequest(prompt, seed) for seed in seeds),
            verdict_format=verdict_format,
            thinking_budget=options.budget,
            answer_tokens=0,
            temperature=options.temperature,
            top_p=options.top_p,
            probe_every=0,
            watched=False,
        )
    )


class _Collector:
    """Gathers the rows of one prompt."""

    def __init__(self, rows: int) -> None:
        self._texts = [""] * rows
        self._closed_by_model = [False] * rows
        self._finished: dict[int, RowFinished] = {}

    def fold(self, event: object) -> None:
        if isinstance(event, RowText) and event.phase == "thinking":
            self._texts[event.row] += event.text
        elif isinstance(event, RowClosed):
            self._closed_by_model[event.row] = event.by == "model"
        elif isinstance(event, RowFinished):
            self._finished[event.row] = event
        elif isinstance(event, RowFailed) and event.failure.code != TextLost.code:
            raise EngineFailure.of(event.failure)

    def rollouts(self) -> list[Rollout]:
        return [self._rollout(row) for row in range(len(self._texts))]

    def _rollout(self, row: int) -> Rollout:
        finished = self._finished.get(row)
        if finished is None:
            return LOST
        return Rollout(
            text=self._texts[row],
            ids=finished.ids,
            thinking_tokens=finished.thinking_tokens,
            closed_by_model=self._closed_by_model[row],
            position=finished.position,
            p_first=finished.p_first,
        )
