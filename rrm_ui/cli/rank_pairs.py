"""The preference pairs that ``rank`` writes."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rrm_ui.errors import BadInput, RecordFailure
from rrm_ui.files import write_text_atomically
from rrm_ui.ranking.events import Ranking
from rrm_ui.ranking.pair_rows import pair_row
from rrm_ui.ranking.preferences import NO_PAIRS, PAIR_KINDS, preferences
from rrm_ui.ranking.rows import RankRow


def add_pair_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--pairs`` and what says which."""
    parser.add_argument("--pairs", type=Path, help="file to write preference pairs to (JSON lines for DPO)")
    parser.add_argument("--pair-kind", choices=PAIR_KINDS, default="best-worst", help="which pairs (best-worst)")
    parser.add_argument("--margin", type=float, default=0.0, help="least Elo points between the two of a pair (0)")
    parser.add_argument(
        "--pair-confidence",
        type=float,
        default=0.5,
        metavar="P",
        help="least probability that the one chosen is truly better (0.5: every pair)",
    )


def check_pairs(args: argparse.Namespace) -> None:
    """Check that the pairs asked for can be made and written.

    Raises:
        BadInput: they cannot.
    """
    if not 0.5 <= args.pair_confidence < 1:  # a number that is none fails as well
        raise BadInput(f"--pair-confidence is {args.pair_confidence}; it must be at least 0.5 and less than 1.")
    if args.pairs is None:
        return
    if args.pairs.is_dir():
        raise BadInput(f"{args.pairs} is a folder; name the file to write.")
    if not args.pairs.absolute().parent.is_dir():
        raise BadInput(f"{args.pairs} cannot be written: its folder is not there.")
    if not os.access(args.pairs.absolute().parent, os.W_OK):
        raise BadInput(f"{args.pairs} cannot be written: its folder may not be written.")
    if args.method == "knockout":
        raise BadInput(NO_PAIRS)


def write_pairs(args: argparse.Namespace, ranked: Iterable[tuple[RankRow, Ranking]]) -> None:
    """Write the pairs of the rows whose rankings reached their end."""
    pairs = [pair for row, ranking in ranked if ranking.finished for pair in _pairs(args, row, ranking)]
    try:
        write_text_atomically(args.pairs, "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs))
    except OSError as error:
        raise RecordFailure(f"The pairs cannot be written to {args.pairs}: {error.strerror}.") from error
    print(f"{len(pairs)} pairs written to {args.pairs}", file=sys.stderr)


def _pairs(args: argparse.Namespace, row: RankRow, ranking: Ranking) -> Iterator[dict[str, Any]]:
    for preference in preferences(ranking, args.pair_kind, args.margin, args.pair_confidence):
        yield {**({"id": row.id} if row.named else {}), **pair_row(preference, ranking.entries)}
