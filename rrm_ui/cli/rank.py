"""``python -m rrm_ui rank``: order many responses to each query of a file, or find the best of them."""

from __future__ import annotations

import argparse
import sys
import threading
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rrm_ui.cli.closing import add_closing_options, closing_settings
from rrm_ui.cli.exit_codes import EXIT_DONE, EXIT_FAILURE
from rrm_ui.cli.idle_options import refuse_idle
from rrm_ui.cli.interrupt import interrupt_sets
from rrm_ui.cli.loading import load_named_model
from rrm_ui.cli.outputs import refuse_replacing
from rrm_ui.cli.rank_pairs import add_pair_options, check_pairs, write_pairs
from rrm_ui.cli.rank_telling import InOrder, ProgressCount, tell, tell_left, tell_unreadable
from rrm_ui.errors import BadInput
from rrm_ui.folder_lock import locked
from rrm_ui.judge import JudgeModel
from rrm_ui.ranking.events import RankingSettings
from rrm_ui.ranking.many import RankedRow, RowProgress, UnrankedRow, rank_rows
from rrm_ui.ranking.methods import METHODS
from rrm_ui.ranking.record import CONFIGURATION, MATCHES, RankingRecord
from rrm_ui.ranking.rows import RankRow, read_rank_rows
from rrm_ui.ranking.tournament import check_ranking, method_of
from rrm_ui.values import JudgeSettings

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parser(subparsers: Subparsers) -> None:
    """Add the ``rank`` command; ``run`` answers it."""
    parser = subparsers.add_parser("rank", help="order many responses to a query, or find the best")
    parser.add_argument("file", type=Path, help="rows with query and responses (a list), or prompt and completions")
    parser.add_argument(
        "--method", choices=METHODS, default="round-robin", help="which matches are judged (round-robin)"
    )
    parser.add_argument("--share", type=float, help="of the pairs of a round robin, the telling ones (1)")
    parser.add_argument("--rounds", type=int, help="of a Swiss system (default: as many as an order takes)")
    parser.add_argument("--votes", type=int, default=2, help="votes for each match, over both orders (2)")
    parser.add_argument("--budget", type=int, help="thinking tokens for each vote (default: the model's)")
    add_closing_options(parser)
    parser.add_argument("--seed", type=int, default=0, help="of votes and draws (0)")
    parser.add_argument("--model", help="a name from `models`, a Hub id or a local folder (default: RRM_MODEL)")
    parser.add_argument("--out", type=Path, help="folder for every match as it ends; the same command goes on with it")
    add_pair_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a row and nothing else")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Rank every row; return 0 when all are ranked to their end, 1 if any is not."""
    _refuse_idle(args)
    check_pairs(args)
    _refuse_replacing(args)
    check_ranking(_ranking_settings(args, None))  # before a model is fetched for nothing
    rows, broken = read_rank_rows(args.file)
    for row in broken:
        tell_unreadable(row.line, row.reason, as_json=args.json)
    model = load_named_model(args.model)
    ended, cancelled = _rank(args, rows, _ranking_settings(args, model), model)
    ranked = {line: event.ranking for line, event in ended.items() if isinstance(event, RankedRow)}
    refused = len(ended) - len(ranked)
    left = len(rows) - refused - sum(ranking.finished for ranking in ranked.values())
    if args.pairs is not None:
        in_order = [(row, ranked[row.line]) for row in rows if row.line in ranked]
        write_pairs(args, in_order, stopped=cancelled and left > 0)
    tell_left(len(rows), left, refused, kept=args.out is not None)
    return EXIT_FAILURE if left or refused or broken else EXIT_DONE


def _refuse_idle(args: argparse.Namespace) -> None:
    if args.method != "round-robin":
        refuse_idle(args, "share", needed="--method round-robin")
    if args.method != "swiss":
        refuse_idle(args, "rounds", needed="--method swiss")


def _refuse_replacing(args: argparse.Namespace) -> None:
    """Refuse to write over the rows, or pairs over the record."""
    rows = {args.file: "the file that is ranked"}
    record = [args.out / name for name in (CONFIGURATION, MATCHES)] if args.out is not None else []
    if args.out is not None and args.out.exists() and not args.out.is_dir():
        raise BadInput(f"{args.out} is a file; name a folder to keep the matches in.")
    refuse_replacing(rows, *record)
    if args.pairs is not None:
        refuse_replacing(rows | dict.fromkeys(record, "a part of this ranking's record"), args.pairs)


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
    share = 1.0 if args.share is None else args.share
    return RankingSettings(args.method, share, args.rounds, judge=closing_settings(args, asked, model))


def _rank(
    args: argparse.Namespace, rows: list[RankRow], settings: RankingSettings, model: JudgeModel
) -> tuple[dict[int, RankedRow | UnrankedRow], bool]:
    """Rank ``rows`` with progress and print each in the file's order.

    Returns how they ended, by line, and whether it was asked to stop.
    """
    ended: dict[int, RankedRow | UnrankedRow] = {}
    told = InOrder(rows, lambda event: tell(event, as_json=args.json))
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
    return ended, cancel.is_set()
