"""What ``rank`` prints: each row as it ends, in the file's order, and how far the matches have come."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

from rrm_ui.ranking.contract import contract_dict
from rrm_ui.ranking.many import RankedRow, RowProgress, UnrankedRow
from rrm_ui.ranking.rows import RankRow
from rrm_ui.values import JudgeSettings

SHOWN_CHARACTERS = 60
SHOWN_ERRORS = 3


def tell(event: RankedRow | UnrankedRow, *, as_json: bool) -> None:
    """Print how a row ended, as one JSON object or for people."""
    row = event.row
    if isinstance(event, UnrankedRow):
        tell_unreadable(row.line, event.reason, as_json=as_json, id=row.id)
        return
    told = contract_dict(event.ranking)
    if as_json:
        print(json.dumps({"id": row.id, "line": row.line, **told}, ensure_ascii=False), flush=True)
        return
    stopped = "" if told["finished"] else "  (not ranked to its end)"
    print(f"{row.id}: {_short(row.entries.query)}{stopped}")
    _tell_order(row, told)
    for cycle in told["cycles"]:
        print(f"  they beat each other in a circle: {' > '.join(map(str, [*cycle, cycle[0]]))}")
    for one in told["left_out"]:
        print(f"  left out: {', '.join(map(str, one['responses']))}: {one['reason']}")
    for name in ("undecided", "no_verdict", "failed"):
        if told[name]:
            print(f"  {told[name]} matches {name.replace('_', ' ')}")
    if told["cut"]:
        print(f"  {told['cut']} matches with less thinking than asked for, because their texts are long")
    for error in told["errors"][:SHOWN_ERRORS]:
        print(f"    {error}")
    sys.stdout.flush()


def tell_unreadable(line: int, reason: str, *, as_json: bool, **more: Any) -> None:
    """Say why the row at ``line`` has no ranking; ``more`` goes into its JSON object."""
    print(f"row {line}: {reason}", file=sys.stderr)
    if as_json:
        print(json.dumps({**more, "line": line, "error": reason}, ensure_ascii=False), flush=True)


def _tell_order(row: RankRow, told: dict[str, Any]) -> None:
    texts = row.entries.as_given()
    if told["order"] is None:
        best = told["winner"]
        print("  no winner yet" if best is None else f"  best: {best}  {_short(texts[best])}")
        return
    for index in told["order"]:
        rating, low, high = told["ratings"][index]
        figures = f"{rating:6.0f} ({low:.0f} to {high:.0f}, Elo {told['elo'][index]:.0f})"
        print(f"  {told['ranks'][index]:>3}.  {figures}  {index}  {_short(texts[index])}")


def tell_left(rows: int, left: int, refused: int, *, kept: bool) -> None:
    """Say how many rows can go on, and how many this judge will never rank."""
    if refused:
        print(f"{refused} of {rows} rows cannot be ranked by this judge.", file=sys.stderr)
    if left:
        remedy = "the same command goes on" if kept else "with --out the same command could go on"
        print(f"{left} of {rows} rows are not ranked to their end; {remedy}.", file=sys.stderr)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"


class InOrder:
    """Hands rows on in the order of the file, each as soon as those before it are there."""

    def __init__(self, rows: list[RankRow], tell: Callable[[RankedRow | UnrankedRow], None]) -> None:
        self._lines = [row.line for row in rows]
        self._tell = tell
        self._held: dict[int, RankedRow | UnrankedRow] = {}
        self._next = 0

    def take(self, event: RankedRow | UnrankedRow) -> None:
        """Take a row that has ended."""
        self._held[event.row.line] = event
        while self._next < len(self._lines) and self._lines[self._next] in self._held:
            self._tell(self._held.pop(self._lines[self._next]))
            self._next += 1

    def flush(self) -> None:
        """Hand on what is left after a stop: rows before them were not ranked."""
        for line in sorted(self._held):
            self._tell(self._held.pop(line))


@dataclass
class ProgressCount:
    """How many matches are over, on standard error."""

    planned: int
    """Matches of all rows."""
    done: int
    """Those of an earlier sitting to begin with."""
    stream: TextIO
    _told: int = -1

    def announce(self, rows: int, asked: JudgeSettings) -> None:
        """Say what is to be done."""
        votes = (self.planned - self.done) * asked.votes
        print(
            f"{rows} queries, {self.planned} matches, {self.done} of them judged before; {votes} votes to cast, of at "
            f"most {votes * asked.thinking_budget:,} thinking tokens; more where a match has no majority",
            file=self.stream,
        )

    def add(self, progress: RowProgress) -> None:
        """Count a match; say so about twenty times in all."""
        self.done += 1
        step = self.done * 20 // max(1, self.planned)
        if step != self._told:
            self._told = step
            print(f"{self.done} of {self.planned} matches (row {progress.row.id})", file=self.stream, flush=True)

    def settle(self, planned: int, ended: RankedRow | UnrankedRow) -> None:
        """Take a row's matches for what they were: it may lack responses that are too long, or not be ranked at all."""
        if isinstance(ended, UnrankedRow):
            self.planned -= planned
        elif ended.ranking.finished:
            self.planned += len(ended.ranking.results) - planned

    def close(self) -> None:
        """Say how it ended."""
        print(f"{self.done} of {self.planned} matches judged", file=self.stream)
