"""``python -m rrm_ui report``: what a run's votes say, for a terminal, as HTML or as JSON; two runs compared."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rrm_ui.cli.exit_codes import EXIT_DONE
from rrm_ui.cli.summary import print_comparison, print_findings
from rrm_ui.errors import BadInput
from rrm_ui.evaluation.analysis import compare_runs, comparison_json, contract_json, find
from rrm_ui.evaluation.findings import SCORINGS
from rrm_ui.evaluation.record import Run, read_run
from rrm_ui.evaluation.report import comparison_html, report_html, training_html
from rrm_ui.evaluation.training_curves import is_training, read_training
from rrm_ui.languages import LANGUAGES

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_parser(subparsers: Subparsers) -> None:
    """Add the ``report`` command; ``run`` answers it."""
    parser = subparsers.add_parser("report", help="show what a run says, or compare two runs")
    parser.add_argument("folder", type=Path, help="a run's folder, or that of a training run")
    parser.add_argument("--compare", type=Path, metavar="FOLDER", help="another run over the same comparisons")
    parser.add_argument("--scoring", choices=SCORINGS, help="how splits count (default strict)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one self-contained HTML file")
    parser.add_argument("--language", choices=LANGUAGES, help="of the HTML file (default en)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object and nothing else")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Report on a run, a pair of them, or a training run."""
    if args.language and not args.html:
        raise BadInput("--language is the language of the HTML file; give --html too.")
    if is_training(args.folder):
        _report_training(args)
    elif args.compare is None:
        _report(args, read_run(args.folder))
    else:
        _compare(args, read_run(args.folder), read_run(args.compare))
    return EXIT_DONE


def _report_training(args: argparse.Namespace) -> None:
    """Show the curves of a training run: as HTML, as JSON, or its validations, without any its last step."""
    if args.compare or args.scoring:
        raise BadInput(f"{args.folder} is a training run: --compare and --scoring are for runs of `evaluate`.")
    training = read_training(args.folder)
    if args.html:
        _write(args.html, training_html(training, language=args.language or "en"))
    if args.json:
        print(json.dumps({"asked": training.asked, "curves": training.rows}, ensure_ascii=False))
    elif not args.html:
        for row in [row for row in training.rows if "accuracy" in row] or training.rows[-1:]:
            print(" ".join(f"{name}={value}" for name, value in row.items()))
        if not training.rows:
            print("This training run has not taken a step yet.", file=sys.stderr)


def _report(args: argparse.Namespace, run_: Run) -> None:
    findings = find(run_, args.scoring or "strict")
    if args.html:
        _write(args.html, report_html(run_, findings, language=args.language or "en"))
    if args.json:
        print(json.dumps(contract_json(run_, findings), ensure_ascii=False))
    elif not args.html:
        print_findings(run_, findings, sys.stdout)


def _compare(args: argparse.Namespace, first: Run, second: Run) -> None:
    comparison = compare_runs(first, second, args.scoring or "strict")
    if args.html:
        _write(args.html, comparison_html(first, second, comparison, language=args.language or "en"))
    if args.json:
        print(json.dumps(comparison_json(first, second, comparison), ensure_ascii=False))
    elif not args.html:
        print_comparison(first, second, comparison, sys.stdout)


def _write(path: Path, html: str) -> None:
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}.") from error
    print(f"written: {path}", file=sys.stderr)
