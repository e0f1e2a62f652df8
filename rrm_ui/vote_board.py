"""The votes of one judgment as they grow: engine rows in, votes and events in a person's terms out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rrm_ui.engines.interface import PromptRead, Queued, RowClosed, RowEvent, RowFailed, RowFinished, RowProbed, RowText
from rrm_ui.events import (
    AnswerText,
    Event,
    Reading,
    ThinkingClosed,
    ThinkingText,
    VerdictProbability,
    VoteFinished,
    VoteStarted,
    Waiting,
)
from rrm_ui.values import Choice, ClosedBy, Order, Probe, ReadFrom, Vote, VoteStatus


@dataclass
class _OpenVote:
    """What is known so far of one vote."""

    index: int
    order: Order
    seed: int
    thinking: str = ""
    answer: str = ""
    forced: list[tuple[int, int]] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=lambda: {"thinking": 0, "answer": 0})
    closed_by: ClosedBy | None = None
    probes: list[Probe] = field(default_factory=list)

    def grow(self, event: RowText) -> None:
        self.tokens[event.phase] = event.tokens
        if event.phase == "thinking":
            self.thinking += event.text
            return
        start = len(self.answer)
        self.answer += event.text
        if event.forced:
            if self.forced and self.forced[-1][1] == start:
                start = self.forced.pop()[0]
            self.forced.append((start, len(self.answer)))

    def close(
        self,
        status: VoteStatus,
        choice: Choice | None = None,
        p_a: float | None = None,
        read_from: ReadFrom | None = None,
        error: str | None = None,
    ) -> Vote:
        """Return the vote as it ends: what it wrote, and the verdict or the reason for having none."""
        return Vote(
            index=self.index,
            order=self.order,
            seed=self.seed,
            choice=choice,
            p_a=p_a,
            thinking=self.thinking,
            answer=self.answer,
            forced=tuple(self.forced),
            thinking_tokens=self.tokens["thinking"],
            answer_tokens=self.tokens["answer"],
            closed_by=self.closed_by or "cancelled",
            read_from=read_from,
            probes=tuple(self.probes),
            status=status,
            error=error,
        )


class VoteBoard:
    """Folds row events into votes. The engine's rows are the votes that are not in ``earlier``, in their order."""

    def __init__(self, orders: Sequence[Order], seeds: Sequence[int], earlier: Sequence[Vote] = ()) -> None:
        self._over: dict[int, Vote] = {vote.index: vote for vote in earlier}
        self._open = {
            index: _OpenVote(index, order, seed)
            for index, (order, seed) in enumerate(zip(orders, seeds, strict=True))
            if index not in self._over
        }
        self._index_of_row = tuple(self._open)

    def open_votes(self) -> tuple[int, ...]:
        """Return the indices of the votes that are not over."""
        return tuple(self._open)

    def starts(self) -> list[VoteStarted]:
        """Return what to tell a reader about the votes that are to be cast."""
        return [VoteStarted(vote.index, vote.order, vote.seed) for vote in self._open.values()]

    def votes(self) -> tuple[Vote, ...]:
        """Return the votes that are over, by index."""
        return tuple(self._over[index] for index in sorted(self._over))

    def finished(self) -> list[Vote]:
        """Return the votes that ended by themselves and therefore count."""
        return [vote for vote in self._over.values() if vote.status == "finished"]

    def open_count(self) -> int:
        """Return how many votes are not over."""
        return len(self._open)

    def close_open(
        self, status: Literal["cancelled", "stopped_early", "failed"], error: str | None = None
    ) -> list[Vote]:
        """End every vote that is not over, keeping what it wrote, and return them."""
        closed = [self._open.pop(index).close(status, error=error) for index in sorted(self._open)]
        self._over.update({vote.index: vote for vote in closed})
        return closed

    def saved_tokens(self, stopped: Sequence[Vote]) -> int:
        """Return about how many tokens stopping saved: what the stopped votes lack to the finished ones' mean."""
        lengths = [vote.tokens for vote in self.finished()]
        mean = sum(lengths) / len(lengths) if lengths else 0.0
        return round(sum(max(0.0, mean - vote.thinking_tokens - vote.answer_tokens) for vote in stopped))

    def tokens_saved_by_closing(self) -> int | None:
        """Return about how many tokens the thoughts that were closed when sure lack to the mean of the other votes.

        None where no other vote finished: nothing then says how long the closed ones would have gone on.
        """
        lengths = [vote.thinking_tokens for vote in self.finished() if vote.closed_by != "certainty"]
        if not lengths:
            return None
        closed = [vote.thinking_tokens for vote in self.finished() if vote.closed_by == "certainty"]
        return max(0, round(len(closed) * sum(lengths) / len(lengths) - sum(closed)))

    def fold(self, event: RowEvent) -> Iterator[Event]:
        """Take one row event and yield what it means to a reader."""
        match event:
            case Queued(place, seconds):
                yield Waiting(place, seconds)
            case PromptRead(tokens, total):
                yield Reading(tokens, total)
            case RowText(row, phase, text, forced, tokens):
                vote = self._vote(row)
                vote.grow(event)
                thinks = phase == "thinking"
                yield ThinkingText(vote.index, text, tokens) if thinks else AnswerText(vote.index, text, forced)
            case RowProbed(row, tokens, p_first):
                vote = self._vote(row)
                probe = Probe(tokens, _p_a(vote.order, p_first), len(vote.thinking))
                vote.probes.append(probe)
                yield VerdictProbability(vote.index, probe)
            case RowClosed(row, by):
                vote = self._vote(row)
                vote.closed_by = by
                yield ThinkingClosed(vote.index, by)
            case RowFinished():
                yield VoteFinished(self._finish(event))
            case RowFailed(row, failure):
                index = self._index_of_row[row]
                self._over[index] = self._open.pop(index).close("failed", error=failure.message)
                yield VoteFinished(self._over[index], failure)

    def _vote(self, row: int) -> _OpenVote:
        return self._open[self._index_of_row[row]]

    def _finish(self, event: RowFinished) -> Vote:
        vote = self._open.pop(self._index_of_row[event.row])
        vote.tokens = {"thinking": event.thinking_tokens, "answer": event.answer_tokens}
        p_a = None if event.p_first is None else _p_a(vote.order, event.p_first)
        choice: Choice | None = None
        if event.position is not None:
            choice = "A" if (event.position == "first") == (vote.order == "AB") else "B"
        self._over[vote.index] = vote.close("finished", choice, p_a, event.read_from)
        return self._over[vote.index]


def _p_a(order: Order, p_first: float) -> float:
    return p_first if order == "AB" else 1 - p_first
