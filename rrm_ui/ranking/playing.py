"""Judging pairs together: by threads that mostly wait for their events, as rows of the engine's one batch."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rrm_ui.errors import BadInput, Busy, Failure
from rrm_ui.events import Event, JudgmentFailed, JudgmentFinished, Observer, VoteFinished
from rrm_ui.judge import JudgeModel, judge
from rrm_ui.ranking.entries import Entries
from rrm_ui.ranking.events import MatchEvent, MatchFinished, RankingSettings
from rrm_ui.ranking.matches import MatchResult, Pair, result_of
from rrm_ui.threads import in_threads
from rrm_ui.values import MAX_VOTES, Comparison, JudgeSettings, Judgment

VOTES_AT_ONCE = {"cpu": 24, "cuda": 64}
"""Votes that are written side by side, by device: beyond these a row more costs as much as it brings."""
BUSY_SECONDS = 0.5
"""Pause before a match is handed again to an engine that was full."""


@dataclass(frozen=True)
class Table:
    """What every match of a ranking needs."""

    entries: Entries
    settings: RankingSettings
    model: JudgeModel
    cancel: threading.Event
    observe: Observer
    person: str = ""
    most_votes: int = MAX_VOTES
    """What a match may come to when votes are added."""
    given_up: threading.Event = field(default_factory=threading.Event)
    """Set when nobody reads the events any more."""

    def comparison(self, pair: Pair) -> Comparison:
        """Return what is judged: the first response as A, the second as B."""
        return Comparison(self.entries.query, *(self.entries.texts[response] for response in pair))


Happened = MatchEvent | MatchFinished


def judge_together(table: Table, pairs: Sequence[Pair]) -> Generator[Happened, None, None]:
    """Judge ``pairs`` and yield what happens; a match that ``cancel`` cut is not given out.

    Closing the generator gives everything up and waits for nothing: the threads end by themselves.

    Raises:
        Whatever a match raises that is not about this match alone.
    """
    yield from in_threads(
        pairs,
        lambda pair: _match(table, pair),
        _width(table, len(pairs)),
        stopped=lambda: table.cancel.is_set() or table.given_up.is_set(),
        give_up=table.given_up.set,
        wait=False,
    )


def _width(table: Table, pairs: int) -> int:
    """Return how many matches to judge at once: enough to fill the batch, and one that waits its turn."""
    if not table.model.shares_batch:
        return 1
    votes = VOTES_AT_ONCE.get(table.model.details.device.split(":")[0], VOTES_AT_ONCE["cpu"])
    return min(pairs, -(-votes // table.settings.judge.votes) + 1)


def _match(table: Table, pair: Pair) -> Iterator[Happened]:
    """Judge one pair, with votes added while there is no majority."""
    asked, replays = table.settings.judge, 0
    judgment: Judgment | None = None
    failures: dict[str | None, Failure] = {}  # by message
    while True:
        before = judgment
        try:
            for event in _sitting(table, pair, asked, before):
                yield event
                if failure := _broken(event.event):
                    failures[failure.message] = failure
                if isinstance(event.event, JudgmentFinished):
                    judgment = event.event.judgment
        except Busy:
            if table.given_up.wait(BUSY_SECONDS) or table.cancel.is_set():
                return
            continue
        except BadInput as error:  # this pair cannot be judged, or not with more votes; the others can
            if before is None:
                yield MatchFinished(MatchResult(*pair, 0, 0, error=error.message), failure=error.failure)
            else:
                result = replace(result_of(pair, before, replays - 1), error=error.message)
                yield MatchFinished(result, before.votes, error.failure)
            return
        if judgment is None or judgment is before or table.given_up.is_set():
            return
        if table.cancel.is_set() and any(vote.status == "cancelled" for vote in judgment.votes):
            return
        more = min(2 * asked.votes, table.most_votes)
        if not _is_open(judgment) or replays == table.settings.replays or more <= asked.votes:
            result = result_of(pair, judgment, replays)
            yield MatchFinished(result, judgment.votes, failures.get(result.error))
            return
        asked, replays = replace(asked, votes=more), replays + 1


def _sitting(table: Table, pair: Pair, asked: JudgeSettings, before: Judgment | None) -> Iterator[MatchEvent]:
    """Cast the votes that ``before`` does not have yet."""
    earlier = () if before is None else tuple(vote for vote in before.votes if vote.status == "finished")
    comparison = table.comparison(pair)
    events = table.observe(
        judge(comparison, asked, table.model, table.cancel, earlier, watched=False, person=table.person)
    )
    try:
        for event in events:
            if table.given_up.is_set():
                return
            yield MatchEvent(pair, event)
    finally:
        events.close()


def _is_open(judgment: Judgment) -> bool:
    """Return whether more votes could tell who is better: without thinking they would repeat themselves."""
    settings = judgment.settings
    unsettled = judgment.tally.outcome in ("undecided", "no_verdict")
    return unsettled and judgment.error is None and not settings.repeats_readings


def _broken(event: Event) -> Failure | None:
    """Return what broke, if ``event`` says that something did."""
    return event.failure if isinstance(event, (VoteFinished, JudgmentFailed)) else None
