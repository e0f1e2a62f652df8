"""What happens while a comparison is judged, in order: one stream for page, command line, API and tests.

``VoteStarted`` opens a vote; ``ThinkingText`` grows it; ``VerdictProbability`` reads it;
``ThinkingClosed`` ends the thought; ``AnswerText`` follows; ``VoteFinished`` carries the whole vote.
``TallyChanged`` follows every vote that counts. The stream ends with ``JudgmentFinished``; if the engine
broke, ``JudgmentFailed`` says why just before it, and the judgment holds what had been finished.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from typing import Any

from rrm_ui.errors import Failure
from rrm_ui.values import ClosedBy, Judgment, Notice, Order, Probe, Tally, Vote


@dataclass(frozen=True)
class Waiting:
    """Other people's votes are ahead of this judgment."""

    place: int
    """How many judgments are ahead, at least 1."""
    seconds: float | None = None
    """How long that will take, roughly; None while nothing tells."""


@dataclass(frozen=True)
class Reading:
    """The prompts are being read (prefilled): most often before any vote thinks, else of votes that waited for room."""

    tokens: int
    """Prompt tokens read so far."""
    total: int


@dataclass(frozen=True)
class VoteStarted:
    """A vote has its order and its seed."""

    vote: int
    order: Order
    seed: int


@dataclass(frozen=True)
class ThinkingText:
    """A vote's thought grew."""

    vote: int
    text: str
    tokens: int
    """Thinking tokens written so far, these included."""


@dataclass(frozen=True)
class VerdictProbability:
    """A reading of the verdict, had the thought ended here."""

    vote: int
    probe: Probe


@dataclass(frozen=True)
class ThinkingClosed:
    """A vote's thought ended."""

    vote: int
    by: ClosedBy


@dataclass(frozen=True)
class AnswerText:
    """A vote's answer grew; ``forced`` text was fed, not written by the model."""

    vote: int
    text: str
    forced: bool


@dataclass(frozen=True)
class VoteFinished:
    """A vote is over, well or badly (``vote.status``)."""

    vote: Vote
    failure: Failure | None = None
    """What broke, if something did; ``vote.error`` is its message."""


@dataclass(frozen=True)
class TallyChanged:
    """The count moved."""

    tally: Tally


@dataclass(frozen=True)
class NoticeGiven:
    """Something the reader must know now, such as a budget that was cut to fit the context."""

    notice: Notice


@dataclass(frozen=True)
class JudgmentFailed:
    """The engine broke: the failure says what happened and what to do."""

    failure: Failure


@dataclass(frozen=True)
class JudgmentFinished:
    """The last event of every stream that was not abandoned."""

    judgment: Judgment


Event = (
    Waiting
    | Reading
    | VoteStarted
    | ThinkingText
    | VerdictProbability
    | ThinkingClosed
    | AnswerText
    | VoteFinished
    | TallyChanged
    | NoticeGiven
    | JudgmentFailed
    | JudgmentFinished
)

Observer = Callable[[Generator[Event, None, None]], Generator[Event, None, None]]
"""Sees the events of every judgment on their way, as a running server does."""


def unobserved(events: Generator[Event, None, None]) -> Generator[Event, None, None]:
    """Pass ``events`` on as they are."""
    return events


def merge_texts(events: Iterable[Event]) -> list[Event]:
    """Return ``events`` with a vote's pieces of text put together where nothing else happened to it between them."""
    kept: list[Event] = []
    newest: dict[int, int] = {}  # by vote, where its latest text stands
    for event in events:
        if isinstance(event, (ThinkingText, AnswerText)):
            place = newest.get(event.vote)
            joined = None if place is None else _joined(kept[place], event)
            if place is not None and joined is not None:
                kept[place] = joined
                continue
            newest[event.vote] = len(kept)
        elif isinstance(event, (VerdictProbability, ThinkingClosed)):
            newest.pop(event.vote, None)
        kept.append(event)
    return kept


def _joined(before: Event, after: ThinkingText | AnswerText) -> Event | None:
    """Return two pieces of a vote's text as one; None where they are of different kinds."""
    if isinstance(before, ThinkingText) and isinstance(after, ThinkingText):
        return replace(after, text=before.text + after.text)
    if isinstance(before, AnswerText) and isinstance(after, AnswerText) and before.forced == after.forced:
        return replace(after, text=before.text + after.text)
    return None


def small_dict(event: Event) -> dict[str, Any]:
    """Return an event as a small JSON object; a final judgment comes whole, without a wrapper.

    This is what the streaming API yields: clients without diff support get every yield in full,
    so each one must stay small.
    """
    if isinstance(event, JudgmentFinished):
        return event.judgment.to_dict()
    if isinstance(event, VoteFinished):
        vote = event.vote
        return {
            "event": "VoteFinished",
            "vote": vote.index,
            "choice": vote.choice,
            "p_a": vote.p_a,
            "status": vote.status,
        }
    row: dict[str, Any] = {"event": type(event).__name__}
    for name, value in vars(event).items():
        row[name] = value.to_dict() if isinstance(value, (Tally, Notice, Failure)) else value
    if isinstance(event, VerdictProbability):
        row["probe"] = [event.probe.tokens, event.probe.p_a]
    return row
