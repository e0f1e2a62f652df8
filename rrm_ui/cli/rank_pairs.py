"""The preference pairs that ``rank`` writes."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from rrm_ui.errors import BadInput, RecordFailure
from rrm_ui.files import write_text_atomically
from rrm_ui.ranking.events import Ranking
from rrm_ui.ranking.preferences import PAIR_KINDS, preference_pairs


def add_pair_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--pairs`` and what says which."""
    parser.add_argument("--pairs", type=Path, help="file to write preference pairs to (JSON lines for DPO)")
    parser.add_argument("--pair-kind", choices=PAIR_KINDS, default="best-worst", help="which pairs (best-worst)")
    parser.add_argument("--margin", type=float, default=0.0, help="least Elo points between the two of a pair (0)")


def check_pairs(args: argparse.Namespace) -> None:
    """Check that the pairs asked for can be made and written.

    Raises:
        BadInput: they cannot.
    """
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


def write_pairs(args: argparse.Namespace, rankings: list[Ranking | None]) -> None:
    """Write the pairs of the rankings that reached their end."""
    pairs = [
        pair
        for ranking in rankings
        if ranking is not None and ranking.finished
        for pair in preference_pairs(ranking, args.pair_kind, args.margin)
    ]
    try:
        write_text_atomically(args.pairs, "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs))
    except OSError as error:
        raise RecordFailure(f"The pairs cannot be written to {args.pairs}: {error.strerror}.") from error
    print(f"{len(pairs)} pairs written to {args.pairs}", file=sys.stderr)
