"""``python -m rrm_ui rank``: order many responses to each query of a file, or find the best of them."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rrm_ui.cli.closing import add_closing_options, closing_settings
from rrm_ui.cli.exit_codes import EXIT_DONE, EXIT_FAILURE
from rrm_ui.cli.interrupt import interrupt_sets
from rrm_ui.cli.loading import load_named_model
from rrm_ui.errors import BadInput, RecordFailure
from rrm_ui.files import write_text_atomically
from rrm_ui.folder_lock import locked
from rrm_ui.judge import JudgeModel
from rrm_ui.ranking.contract import contract_dict
from rrm_ui.ranking.events import Ranking, RankingSettings
from rrm_ui.ranking.many import RankedRow, RowProgress, UnrankedRow, rank_rows
from rrm_ui.ranking.methods import METHODS
from rrm_ui.ranking.preferences import PAIR_KINDS, PairKind, preference_pairs
from rrm_ui.ranking.record import RankingRecord
from rrm_ui.ranking.rows import RankRow, read_rank_rows
from rrm_ui.ranking.tournament import check_ranking, method_of
from rrm_ui.values import JudgeSettings

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

SHOWN_CHARACTERS = 60
SHOWN_ERRORS = 3


def add_parser(subparsers: Subparsers) -> None:
    """Add the ``rank`` command; ``run`` answers it."""
    parser = subparsers.add_parser("rank", help="order many responses to a query, or find the best")
    parser.add_argument("file", type=Path, help="rows with query and responses (a list of texts)")
    parser.add_argument(
        "--method", choices=METHODS, default="round-robin", help="which matches are judged (round-robin)"
    )
    parser.add_argument("--share", type=float, default=1.0, help="of the pairs of a round robin, the telling ones (1)")
    parser.add_argument("--rounds", type=int, help="of a Swiss system (default: as many as an order takes)")
    parser.add_argument("--votes", type=int, default=2, help="votes for each match, over both orders (2)")
    parser.add_argument("--budget", type=int, help="thinking tokens for each vote (default: the model's)")
    add_closing_options(parser)
    parser.add_argument("--seed", type=int, default=0, help="of votes and draws (0)")
    parser.add_argument("--model", help="a name from `models`, a Hub id or a local folder (default: RRM_MODEL)")
    parser.add_argument("--out", type=Path, help="folder for every match as it ends; the same command goes on with it")
    parser.add_argument("--pairs", type=Path, help="file to write preference pairs to (JSON lines for DPO)")
    parser.add_argument("--pair-kind", choices=PAIR_KINDS, default="best-worst", help="which pairs (best-worst)")
    parser.add_argument("--margin", type=float, default=0.0, help="least Elo points between the two of a pair (0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a row and nothing else")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Rank every row; return 0 when all are ranked to their end, 1 if any is not."""
    _check(args)
    check_ranking(_ranking_settings(args, None))  # before a model is fetched for nothing
    rows, broken = read_rank_rows(args.file)
    for row in broken:
        _tell_unreadable(row.line, row.reason, as_json=args.json)
    model = load_named_model(args.model)
    ended = _rank(args, rows, _ranking_settings(args, model), model)
    ranked = {line: event.ranking for line, event in ended.items() if isinstance(event, RankedRow)}
    if args.pairs is not None:
        _write_pairs(args.pairs, args.pair_kind, args.margin, [ranked.get(row.line) for row in rows])
    refused = len(ended) - len(ranked)
    left = len(rows) - refused - sum(ranking.finished for ranking in ranked.values())
    _tell_left(len(rows), left, refused, kept=args.out is not None)
    return EXIT_FAILURE if left or refused or broken else EXIT_DONE


def _ranking_settings(args: argparse.Namespace, model: JudgeModel | None) -> RankingSettings:
    """Return what is asked of ``model``, or of one with the usual defaults."""
    defaults = JudgeSettings() if model is None else model.defaults
    asked = replace(
        defaults,
        votes=args.votes,
        seed=args.seed,
        thinking_budget=defaults.thinking_budget if args.budget is None else args.budget,
        probe_every=0,
    )
    return RankingSettings(args.method, args.share, args.rounds, judge=closing_settings(args, asked, model))


def _tell_left(rows: int, left: int, refused: int, *, kept: bool) -> None:
    """Say how many rows can go on, and how many this judge will never rank."""
    if refused:
        print(f"{refused} of {rows} rows cannot be ranked by this judge.", file=sys.stderr)
    if left:
        remedy = "the same command goes on" if kept else "with --out the same command could go on"
        print(f"{left} of {rows} rows are not ranked to their end; {remedy}.", file=sys.stderr)


def _rank(
    args: argparse.Namespace, rows: list[RankRow], settings: RankingSettings, model: JudgeModel
) -> dict[int, RankedRow | UnrankedRow]:
    """Rank ``rows`` with progress, print each in the file's order, and return how they ended by line."""
    ended: dict[int, RankedRow | UnrankedRow] = {}
    told = InOrder(rows, lambda event: _tell(event, as_json=args.json))
    with ExitStack() as stack:
        record = None
        if args.out is not None:
            stack.enter_context(locked(args.out, "ranking"))
            record = stack.enter_context(RankingRecord(args.out, rows, settings, model.details))
        kept = sum(len(record.earlier(row.line)) for row in rows) if record is not None else 0
        planned = {row.line: method_of(row.entries, settings).matches for row in rows}
        count = ProgressCount(sum(planned.values()), kept, sys.stderr)
        count.announce(len(rows), settings.judge)
        cancel = stack.enter_context(interrupt_sets(threading.Event()))
        # Closed before the record is, whatever ends this: what is judged until then is written.
        for event in stack.enter_context(closing(rank_rows(rows, settings, model, record, cancel))):
            if isinstance(event, RowProgress):
                count.add(event)
                continue
            ended[event.row.line] = event
            count.settle(planned[event.row.line], event)
            told.take(event)
        told.flush()
        count.close()
    return ended


def _check(args: argparse.Namespace) -> None:
    if args.pairs is None:
        return
    if args.pairs.is_dir():
        raise BadInput(f"{args.pairs} is a folder; name the file to write.")
    if not args.pairs.absolute().parent.is_dir():
        raise BadInput(f"{args.pairs} cannot be written: its folder is not there.")
    if not os.access(args.pairs.absolute().parent, os.W_OK):
        raise BadInput(f"{args.pairs} cannot be written: its folder may not be written.")
    if args.method == "knockout":
        raise BadInput("A knockout finds a winner and no order, so it gives no pairs; use round-robin or swiss.")


def _tell(event: RankedRow | UnrankedRow, *, as_json: bool) -> None:
    row = event.row
    if isinstance(event, UnrankedRow):
        _tell_unreadable(row.line, event.reason, as_json=as_json, id=row.id)
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


def _tell_unreadable(line: int, reason: str, *, as_json: bool, **more: Any) -> None:
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


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"


def _write_pairs(path: Path, kind: PairKind, margin: float, rankings: list[Ranking | None]) -> None:
    """Write the pairs of the rankings that reached their end."""
    pairs = [
        pair
        for ranking in rankings
        if ranking is not None and ranking.finished
        for pair in preference_pairs(ranking, kind, margin)
    ]
    try:
        write_text_atomically(path, "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs))
    except OSError as error:
        raise RecordFailure(f"The pairs cannot be written to {path}: {error.strerror}.") from error
    print(f"{len(pairs)} pairs written to {path}", file=sys.stderr)


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
