"""``python -m rrm_ui calibrate``: fit a temperature on a run's labels, for the probabilities of the same judge."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rrm_ui.cli.exit_codes import EXIT_DONE
from rrm_ui.evaluation.calibration_store import check_calibration, fit_calibration, store_calibration
from rrm_ui.evaluation.record import read_run
from rrm_ui.settings import get_settings

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parser(subparsers: Subparsers) -> None:
    """Add the ``calibrate`` command; ``run`` answers it."""
    parser = subparsers.add_parser("calibrate", help="fit a temperature on a run, for the judge that made it")
    parser.add_argument("folder", type=Path, help="a run over labelled comparisons")
    parser.add_argument(
        "--check", type=Path, metavar="FOLDER", help="another run, over other comparisons, to measure it on"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fit, store, and say what it does elsewhere."""
    stored = fit_calibration(read_run(args.folder))
    checked = None if args.check is None else check_calibration(read_run(args.check), stored)
    store_calibration(stored, get_settings().data_dir)  # last: what it takes the place of is gone
    orders = "both orders" if stored.both_orders else "one order"
    print(f"temperature {stored.temperature:.3f}, fitted on {stored.n} comparisons of {stored.data}")
    print(f"for {stored.model} ({stored.mode}), votes: {stored.votes}, {orders}")
    if checked is not None:
        before, after = checked
        print(
            f"on {args.check}: Brier {before.brier:.4f} before, {after.brier:.4f} after; "
            f"calibration error {before.ece:.4f} before, {after.ece:.4f} after (n {after.n})"
        )
    return EXIT_DONE
