"""An engine without a model: rows follow scripts, so that tests not about the model are fast and repeatable."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

from rrm_ui.engines.interface import (
    EngineLoad,
    GenerationRequest,
    Position,
    PromptRead,
    Queued,
    RowClosed,
    RowEvent,
    RowFailed,
    RowFinished,
    RowProbed,
    RowText,
)
from rrm_ui.errors import EngineFailure, EngineStopped, Failure, QueueFull
from rrm_ui.prompts.certainty import Certainty
from rrm_ui.prompts.script import Closer

TICK = 0.1
"""Seconds between two batches of events, as with the real engine."""

_SENTENCES = (
    "First I work out what the query needs. ",
    "The first response states a result and gives its steps. ",
    "The second response is shorter, and one of its steps does not follow. ",
    "Checking the steps again, one after the other. ",
    "On the whole one of them does what was asked more closely. ",
)


@dataclass(frozen=True)
class ScriptedRow:
    """What one row does."""

    thinking: tuple[str, ...]
    """The thought, a piece a token. If the budget is shorter it is cut and the verdict is read from probabilities."""
    position: Position | None = "first"
    p_first: float = 0.9
    """Where the verdict's probability ends; it moves there from one half as the thought goes on."""
    answer: str | None = None
    """What follows the thinking; None for the plain verdict of ``position``."""
    fails_after: int | None = None
    """Thinking tokens after which this row fails."""
    breaks_engine: bool = False
    """Whether failing takes the whole engine down rather than this row."""


Script = Callable[[GenerationRequest, int], ScriptedRow]


def default_script(request: GenerationRequest, row: int) -> ScriptedRow:
    """Return a plausible thought; length and verdict follow from the row's seed (three in four prefer the first)."""
    draw = random.Random(request.rows[row].seed)
    pieces = _pieces(itertools.islice(itertools.cycle(_SENTENCES), draw.randint(6, 14)))
    position: Position = "first" if draw.random() < 0.75 else "second"
    return ScriptedRow(tuple(pieces), position, 0.9 if position == "first" else 0.15)


def _pieces(sentences: Iterator[str]) -> list[str]:
    return [word + " " for sentence in sentences for word in sentence.split()]


@dataclass
class ScriptedEngine:
    """Plays scripts at a given speed, behind the same interface as the real engine."""

    script: Script = default_script
    tokens_per_second: float | None = None
    """Speed of each row; None plays everything at once."""
    capacity: int = 64
    """Requests that run side by side; later ones wait."""
    max_waiting: int = 32
    stopped: bool = False
    requests: list[GenerationRequest] = field(default_factory=list)
    """Every request so far, for tests to look at."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: dict[int, int] = field(default_factory=dict)
    _waiting: list[int] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=itertools.count)

    def load(self) -> EngineLoad:
        """Return how busy the engine is now."""
        with self._lock:
            return EngineLoad(sum(self._running.values()), len(self._waiting))

    def read_ahead(self, head: Sequence[int]) -> None:
        """Do nothing: nothing is read."""

    def widen(self) -> None:
        """Do nothing: scripted rows hold no memory."""

    def stop(self) -> None:
        """End: later requests are refused, and running ones are told."""
        self.stopped = True

    def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
        """Play ``request``; see ``Engine.stream``."""
        with self._lock:
            if self.stopped:
                raise EngineStopped()
            if len(self._waiting) >= self.max_waiting:
                raise QueueFull(len(self._waiting))
            ticket = next(self._ids)
            self._waiting.append(ticket)
            self.requests.append(request)
        try:
            while (ahead := self._admit(ticket, len(request.rows))) > 0:
                yield [Queued(ahead)]
                time.sleep(TICK)
            total = sum(len(prompt.ids) for prompt in {row.prompt for row in request.rows})
            yield [PromptRead(total, total)]
            yield from self._play(request, ticket)
        finally:
            with self._lock:
                self._running.pop(ticket, None)
                if ticket in self._waiting:
                    self._waiting.remove(ticket)

    def _admit(self, ticket: int, rows: int) -> int:
        """Admit ``ticket`` if it is its turn; return how many requests are ahead of it."""
        with self._lock:
            ahead = self._waiting.index(ticket) + max(0, len(self._running) - self.capacity + 1)
            if ahead == 0:
                self._waiting.remove(ticket)
                self._running[ticket] = rows
            return ahead

    def _play(self, request: GenerationRequest, ticket: int) -> Iterator[list[RowEvent]]:
        rows = [_row_events(request, index, self.script(request, index)) for index in range(len(request.rows))]
        started, played = time.monotonic(), 0
        while rows:
            if self.tokens_per_second is None:
                due = played + 64
            else:
                time.sleep(TICK)
                due = int((time.monotonic() - started) * self.tokens_per_second)
            batch: list[RowEvent] = []
            try:
                for row in list(rows):
                    for event in itertools.islice(row, due - played):
                        batch.append(event)
                        if isinstance(event, (RowFinished, RowFailed)):
                            rows.remove(row)
            except EngineFailure:
                yield batch  # what happened before the break is still told
                raise
            if self.stopped:
                yield batch
                raise EngineStopped()
            with self._lock:
                self._running[ticket] = len(rows)
            played = due
            yield batch


def _row_events(request: GenerationRequest, row: int, script: ScriptedRow) -> Iterator[RowEvent]:
    """Yield one row's events, a token each."""
    budget, every = request.thinking_budget, request.probe_every
    certainty = Certainty(request.certainty) if request.certainty is not None else None
    written = script.thinking[:budget]
    closed_by: Closer = "budget" if len(script.thinking) > budget or budget == 0 else "model"
    p_first = script.p_first
    for tokens, piece in enumerate(written, start=1):
        if tokens - 1 == script.fails_after:
            if script.breaks_engine:
                raise EngineFailure("The engine stopped in the middle of this judgment. Judge again.")
            yield RowFailed(row, Failure("This vote broke off in the middle of its thinking."))
            return
        yield RowText(row, "thinking", piece, False, tokens)
        if every and tokens % every == 0:
            reading = 0.5 + (script.p_first - 0.5) * tokens / len(script.thinking)
            yield RowProbed(row, tokens, reading)
            if certainty is not None and tokens < len(written) and certainty.reached(tokens, reading):
                written, closed_by, p_first = written[:tokens], "certainty", reading
                break
    cut = closed_by != "model"
    yield RowClosed(row, closed_by)
    form = request.verdict_format.form
    choice = {"first": form.choices[0], "second": form.choices[1], None: ""}[script.position]
    answer = script.answer if script.answer is not None else f"{form.stem}{choice}{form.end}"
    yield RowText(row, "answer", answer, cut, 0 if cut else len(answer.split()))
    has_verdict = script.position is not None
    yield RowFinished(
        row=row,
        position=script.position,
        p_first=p_first if has_verdict else None,
        read_from=None if not has_verdict else "logits" if cut else "boxed",
        thinking_tokens=len(written),
        answer_tokens=0 if cut else len(answer.split()),
    )
