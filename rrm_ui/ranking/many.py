"""Many queries ranked side by side, so that the last matches of one leave the engine's batch no emptier."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from rrm_ui.errors import BadInput
from rrm_ui.judge import JudgeModel
from rrm_ui.ranking.entries import leave_out_too_long
from rrm_ui.ranking.events import MatchFinished, Ranking, RankingFinished, RankingSettings
from rrm_ui.ranking.record import RankingRecord
from rrm_ui.ranking.rows import RankRow
from rrm_ui.ranking.tournament import rank
from rrm_ui.threads import in_threads

ROWS_AT_ONCE = 4


@dataclass(frozen=True)
class RowProgress:
    """A match of a row is over."""

    row: RankRow
    matches: int
    """Matches of the row that are over."""


@dataclass(frozen=True)
class RankedRow:
    """A row whose ranking is over, or was stopped."""

    row: RankRow
    ranking: Ranking


@dataclass(frozen=True)
class UnrankedRow:
    """A row that cannot be ranked with this judge; the others go on."""

    row: RankRow
    reason: str


Happened = RowProgress | RankedRow | UnrankedRow


def rank_rows(
    rows: Sequence[RankRow],
    settings: RankingSettings,
    model: JudgeModel,
    record: RankingRecord | None = None,
    cancel: threading.Event | None = None,
) -> Generator[Happened, None, None]:
    """Rank every row and yield what ends, rows in the order in which they end.

    Matches that ``record`` has are not judged again, and new ones go into it. Setting ``cancel`` stops after what has
    finished; rows that were not begun are then not given out. Closing the generator sets it.

    Raises:
        BadInput: a setting is out of range.
        EngineFailure, RecordFailure: nothing can go on; what was written is kept.
    """
    cancel = cancel or threading.Event()
    given_up, turn = threading.Event(), threading.Lock()

    def give_up() -> None:
        given_up.set()
        cancel.set()  # whatever ended the reading ends the matches too

    yield from in_threads(
        rows,
        lambda row: _rank_row(row, settings, model, record, cancel, turn),
        min(ROWS_AT_ONCE, len(rows)),
        stopped=lambda: cancel.is_set() or given_up.is_set(),
        give_up=give_up,
        wait=True,
    )


def _rank_row(
    row: RankRow,
    settings: RankingSettings,
    model: JudgeModel,
    record: RankingRecord | None,
    cancel: threading.Event,
    turn: threading.Lock,
) -> Iterator[Happened]:
    try:
        entries = leave_out_too_long(row.entries, settings.judge, model)
    except BadInput as error:
        yield UnrankedRow(row, error.message)
        return
    earlier = record.earlier(row.line, all_ranked=not entries.left_out) if record else []
    done = len(earlier)
    for event in rank(entries, settings, model, cancel, earlier):
        if isinstance(event, MatchFinished):
            done += 1
            if record is not None:
                with turn:
                    record.keep(row.line, event.result, event.votes)
            yield RowProgress(row, done)
        elif isinstance(event, RankingFinished):
            yield RankedRow(row, event.ranking)
