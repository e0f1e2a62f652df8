"""The preference pairs that ``rank`` writes."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rrm_ui.cli.idle_options import refuse_idle
from rrm_ui.errors import BadInput, RecordFailure
from rrm_ui.files import write_text_atomically
from rrm_ui.ranking.events import Ranking
from rrm_ui.ranking.pair_rows import PAIR_FORMATS, PairFormat, pair_row
from rrm_ui.ranking.preferences import NO_PAIRS, PAIR_KINDS, PairKind, preferences
from rrm_ui.ranking.rows import RankRow


@dataclass(frozen=True)
class Wanted:
    """Which pairs to write; these where nobody says otherwise."""

    kind: PairKind = "best-worst"
    margin: float = 0.0
    confidence: float = 0.5
    layout: PairFormat = PAIR_FORMATS[0]


PLAIN = Wanted()


def add_pair_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--pairs`` and what says which."""
    parser.add_argument("--pairs", type=Path, help="file to write preference pairs to (JSON lines for DPO)")
    parser.add_argument("--pair-kind", choices=PAIR_KINDS, help=f"which pairs ({PLAIN.kind})")
    parser.add_argument("--margin", type=float, help=f"least Elo points between the two of a pair ({PLAIN.margin:g})")
    parser.add_argument(
        "--pair-confidence",
        type=float,
        metavar="P",
        help=f"least probability that the one chosen is truly better ({PLAIN.confidence}: every pair)",
    )
    parser.add_argument(
        "--pair-format",
        choices=PAIR_FORMATS,
        help=f"messages, or texts, which trl puts in no template ({PLAIN.layout})",
    )


def check_pairs(args: argparse.Namespace) -> None:
    """Check that the pairs asked for can be made and written.

    Raises:
        BadInput: they cannot, or none are asked for and an option says which.
    """
    if args.pairs is None:
        refuse_idle(args, "pair_kind", "margin", "pair_confidence", "pair_format", needed="--pairs")
        return
    wanted = _wanted(args)
    if not 0 <= wanted.margin < math.inf:  # a number that is none fails as well
        raise BadInput(f"--margin is {wanted.margin}; it must be a number of Elo points, 0 or more.")
    if not 0.5 <= wanted.confidence < 1:
        raise BadInput(f"--pair-confidence is {wanted.confidence}; it must be at least 0.5 and less than 1.")
    if args.pairs.is_dir():
        raise BadInput(f"{args.pairs} is a folder; name the file to write.")
    if not args.pairs.absolute().parent.is_dir():
        raise BadInput(f"{args.pairs} cannot be written: its folder is not there.")
    if not os.access(args.pairs.absolute().parent, os.W_OK):
        raise BadInput(f"{args.pairs} cannot be written: its folder may not be written.")
    if args.method == "knockout":
        raise BadInput(NO_PAIRS)


def write_pairs(args: argparse.Namespace, ranked: Iterable[tuple[RankRow, Ranking]], *, stopped: bool) -> None:
    """Write the pairs of the rows whose rankings reached their end.

    A file that is there stays as it is where the ranking was ``stopped``: it may hold the pairs of every row. Without
    any ranking at its end none is written either.

    Raises:
        RecordFailure: they cannot be written.
    """
    wanted = _wanted(args)
    finished = [(row, ranking) for row, ranking in ranked if ranking.finished]
    if not finished or (stopped and args.pairs.exists()):
        why = "the ranking was stopped" if stopped else "no row was ranked to its end"
        kept = f"{args.pairs} is left as it was" if args.pairs.exists() else "No pairs are written"
        print(f"{kept}: {why}.", file=sys.stderr)
        return
    pairs = [pair for row, ranking in finished for pair in _pairs(wanted, row, ranking)]
    try:
        write_text_atomically(args.pairs, "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs))
    except OSError as error:
        raise RecordFailure(f"The pairs cannot be written to {args.pairs}: {error.strerror}.") from error
    print(f"{len(pairs)} pairs written to {args.pairs}", file=sys.stderr)


def _wanted(args: argparse.Namespace) -> Wanted:
    given = {
        "kind": args.pair_kind,
        "margin": args.margin,
        "confidence": args.pair_confidence,
        "layout": args.pair_format,
    }
    return replace(PLAIN, **{name: value for name, value in given.items() if value is not None})


def _pairs(wanted: Wanted, row: RankRow, ranking: Ranking) -> Iterator[dict[str, Any]]:
    for preference in preferences(ranking, wanted.kind, wanted.margin, wanted.confidence):
        yield pair_row(preference, row, ranking.entries, wanted.layout)
