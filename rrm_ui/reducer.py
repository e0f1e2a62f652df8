"""What a judgment looks like while it happens: events in, the state that a page or a terminal shows out.

``JudgmentView`` is the only place where events become a picture. Its texts only ever grow at their end, so
that a streaming surface can send the new suffix and nothing else; readings are kept as one growing string
for the same reason.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any, Literal, assert_never

from rrm_ui.errors import Failure
from rrm_ui.events import (
    AnswerText,
    Event,
    JudgmentFailed,
    JudgmentFinished,
    NoticeGiven,
    Reading,
    TallyChanged,
    ThinkingClosed,
    ThinkingText,
    VerdictProbability,
    VoteFinished,
    VoteStarted,
    Waiting,
)
from rrm_ui.values import Choice, ClosedBy, Judgment, Notice, Order, Probe, ReadFrom, Tally, Vote, VoteStatus

Phase = Literal["idle", "waiting", "reading", "running", "finished", "failed", "stopped"]
PaneState = VoteStatus | Literal["waiting", "thinking", "answering"]

DECISIVE_STEP = 0.1
"""A stretch of thinking counts as decisive if it moved the verdict's probability by at least this much."""
DECISIVE_PASSAGES = 3
"""How many decisive stretches of one vote are worth a reader's time."""


@dataclass(frozen=True)
class Passage:
    """A stretch of a thought and what it did to the probability of A."""

    start: int
    """Where it begins in the thinking, in characters."""
    end: int
    p_before: float
    p_after: float

    @property
    def step(self) -> float:
        """How far the probability moved, in either direction."""
        return abs(self.p_after - self.p_before)


def decisive_passages(
    vote: Vote, most: int = DECISIVE_PASSAGES, least_step: float = DECISIVE_STEP
) -> tuple[Passage, ...]:
    """Return the stretches of ``vote``'s thinking in which P(A) moved most, in reading order.

    Between two readings lies one stretch. There is none before the first reading, because nothing says where
    the vote stood before it; the last one ends where the thinking ends, with the probability of the verdict.
    """
    readings = [(probe.offset, probe.p_a) for probe in vote.probes]
    if vote.p_a is not None:
        readings.append((len(vote.thinking), vote.p_a))
    passages = [
        Passage(start, end, before, after)
        for (start, before), (end, after) in itertools.pairwise(readings)
        if end > start
    ]
    strongest = sorted((p for p in passages if p.step >= least_step), key=lambda p: -p.step)[:most]
    return tuple(sorted(strongest, key=lambda p: p.start))


def utf16_offset(text: str, offset: int) -> int:
    """Return ``offset``, counted in characters, in the UTF-16 units that a browser counts in."""
    return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2


@dataclass
class Pane:
    """One vote as it is shown."""

    index: int
    order: Order
    seed: int
    budget: int
    state: PaneState = "waiting"
    tokens: int = 0
    """Thinking tokens so far."""
    answer: str = ""
    forced: list[tuple[int, int]] = field(default_factory=list)
    """Character ranges of ``answer`` that the model did not write."""
    closed_by: ClosedBy | None = None
    read_from: ReadFrom | None = None
    choice: Choice | None = None
    p_a: float | None = None
    probes: list[Probe] = field(default_factory=list)
    passages: tuple[Passage, ...] = ()
    failure: Failure | None = None
    _thinking: str = ""
    _new: list[str] = field(default_factory=list)
    _readings: str = ""

    @property
    def thinking(self) -> str:
        """The thought so far. Tokens are joined when they are looked at: adding each would copy the whole."""
        if self._new:
            self._thinking += "".join(self._new)
            self._new.clear()
        return self._thinking

    def think(self, text: str, tokens: int) -> None:
        """Grow the thought."""
        self.state, self.tokens = "thinking", tokens
        self._new.append(text)

    def read(self, probe: Probe) -> None:
        """Note a reading of the verdict's probability."""
        self.probes.append(probe)
        self._readings += f"{probe.tokens}:{probe.p_a:.4f} "

    def reply(self, text: str, *, forced: bool) -> None:
        """Grow the answer."""
        self.state = "answering"
        start = len(self.answer)
        self.answer += text
        if forced:
            if self.forced and self.forced[-1][1] == start:
                start = self.forced.pop()[0]
            self.forced.append((start, len(self.answer)))

    def finish(self, vote: Vote, failure: Failure | None = None) -> None:
        """Take the whole vote, which is over; ``failure`` is what broke, where more is known than its message."""
        self.state = vote.status
        self.failure = (failure or Failure(vote.error)) if vote.error is not None else None
        self.tokens = vote.thinking_tokens
        self._thinking, self.answer, self.forced = vote.thinking, vote.answer, list(vote.forced)
        self._new.clear()
        self.closed_by, self.read_from = vote.closed_by, vote.read_from
        self.choice, self.p_a = vote.choice, vote.p_a
        self.passages = decisive_passages(vote)

    def to_dict(self) -> dict[str, Any]:
        """Return the pane for a browser: ranges in UTF-16 units, readings as ``tokens:p_a`` words."""

        def units(text: str, span: tuple[int, int]) -> list[int]:
            return [utf16_offset(text, end) for end in span]

        return {
            "index": self.index,
            "order": self.order,
            "seed": str(self.seed),
            "state": self.state,
            "tokens": self.tokens,
            "budget": self.budget,
            "thinking": self.thinking,
            "answer": self.answer,
            "forced": [units(self.answer, span) for span in self.forced],
            "closed_by": self.closed_by,
            "read_from": self.read_from,
            "choice": self.choice,
            "p_a": self.p_a,
            "probes": self._readings,
            "passages": [[*units(self.thinking, (p.start, p.end)), p.p_before, p.p_after] for p in self.passages],
            "failure": self.failure.to_dict() if self.failure else None,
        }


@dataclass
class JudgmentView:
    """Everything that is shown of one judgment. ``apply`` every event; ``to_dict`` whenever it is to be drawn."""

    budget: int = 0
    """Thinking tokens asked for per vote; a ``budget_cut`` notice lowers it."""
    phase: Phase = "idle"
    place: int = 0
    """Judgments ahead in the queue."""
    wait_seconds: float | None = None
    """How long they will take, roughly; None while nothing tells."""
    reading: tuple[int, int] | None = None
    """Prompt tokens read so far, and how many there are."""
    panes: dict[int, Pane] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    notices: list[Notice] = field(default_factory=list)
    failure: Failure | None = None
    judgment: Judgment | None = None

    def apply(self, event: Event) -> None:
        """Fold one event in."""
        match event:
            case Waiting(place, seconds):
                self.phase, self.place, self.wait_seconds = "waiting", place, seconds
            case Reading(tokens, total):
                self.place, self.wait_seconds, self.reading = 0, None, (tokens, total)
                if self.phase != "running":  # rows that wait for room may have their prompts read while others think
                    self.phase = "reading"
            case NoticeGiven(notice):
                self._notice(notice)
            case TallyChanged(tally):
                self.tally = tally
            case JudgmentFailed(failure):
                self.phase, self.failure = "failed", failure
            case JudgmentFinished(judgment):
                self._finish(judgment)
            case _:
                self._apply_to_pane(event)

    def _apply_to_pane(
        self,
        event: VoteStarted | ThinkingText | VerdictProbability | ThinkingClosed | AnswerText | VoteFinished,
    ) -> None:
        match event:
            case VoteStarted(index, order, seed):
                self.panes[index] = Pane(index, order, seed, self.budget)
                self.tally = Tally(outstanding=len(self.panes))
            case ThinkingText(index, text, tokens):
                self.phase = "running"
                self.panes[index].think(text, tokens)
            case VerdictProbability(index, probe):
                self.panes[index].read(probe)
            case ThinkingClosed(index, by):
                self.panes[index].closed_by = by
            case AnswerText(index, text, forced):
                self.phase = "running"
                self.panes[index].reply(text, forced=forced)
            case VoteFinished(vote, failure):
                self.panes[vote.index].finish(vote, failure)
            case _:
                assert_never(event)

    def _notice(self, notice: Notice) -> None:
        self.notices.append(notice)
        if notice.code == "budget_cut":
            self.budget = int(notice.values["given"])

    def _finish(self, judgment: Judgment) -> None:
        self.judgment, self.tally = judgment, judgment.tally
        if judgment.error is not None and self.failure is None:
            self.failure = Failure(judgment.error)
        cancelled = any(vote.status == "cancelled" for vote in judgment.votes)
        self.phase = "failed" if judgment.error is not None else "stopped" if cancelled else "finished"

    def to_dict(self) -> dict[str, Any]:
        """Return the view as JSON for a browser.

        ``judgment`` is JSON text rather than an object: seeds have 63 bits, and a browser's numbers only 53,
        so what is downloaded must never pass through them.
        """
        return {
            "phase": self.phase,
            "place": self.place,
            "wait": None if self.wait_seconds is None else round(self.wait_seconds),
            "reading": list(self.reading) if self.reading else None,
            "budget": self.budget,
            "panes": [self.panes[index].to_dict() for index in sorted(self.panes)],
            "tally": self.tally.to_dict(),
            "notices": [notice.to_dict() for notice in self.notices],
            "failure": self.failure.to_dict() if self.failure else None,
            "judgment": json.dumps(self.judgment.to_dict(), ensure_ascii=False) if self.judgment else None,
        }
