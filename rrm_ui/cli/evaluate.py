"""``python -m rrm_ui evaluate``: judge a file or a benchmark of labelled comparisons, and say how good the judge is."""

from __future__ import annotations

import argparse
import json
import re
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rrm_ui.cli.closing import add_closing_options, closing_settings
from rrm_ui.cli.columns import add_column_options, columns_of, label_values_of
from rrm_ui.cli.exit_codes import EXIT_DONE, EXIT_FAILURE
from rrm_ui.cli.interrupt import interrupt_sets
from rrm_ui.cli.loading import load_named_model
from rrm_ui.cli.summary import duration, print_findings
from rrm_ui.errors import BadInput, EngineFailure
from rrm_ui.evaluation.analysis import contract_json, find
from rrm_ui.evaluation.estimate import WorkEstimate, estimate
from rrm_ui.evaluation.findings import SCORINGS
from rrm_ui.evaluation.items import ItemSet, sample_items
from rrm_ui.evaluation.record import Run
from rrm_ui.evaluation.repeats import find_repeats
from rrm_ui.evaluation.runner import RunProgress, run_evaluation
from rrm_ui.evaluation.sources import load_items
from rrm_ui.judge import JudgeModel, check_settings
from rrm_ui.settings import Settings, get_settings
from rrm_ui.values import JudgeSettings
from rrm_ui.wording import fill

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


REPEATED = (
    "{n} {n?comparison repeats:comparisons repeat} an earlier one, as it is or with A and B swapped, "
    "and {n?counts:count} again."
)
CONTRADICTED = (
    "{n} {n?comparison has:comparisons have} the texts of another one and a different label; all of them count."
)
LOG_SECONDS = 30.0
"""Between two lines of progress where the output is not a terminal."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the ``evaluate`` command; ``run`` answers it."""
    parser = subparsers.add_parser("evaluate", help="measure a judge on labelled comparisons")
    parser.add_argument(
        "data", help="a file (JSONL, JSON, CSV, TSV, Parquet), a benchmark's name, or owner/name on the Hub"
    )
    parser.add_argument("--model", help="a name from `models`, a Hub id or a local folder (default: RRM_MODEL)")
    parser.add_argument("--votes", type=int, help="votes per comparison (default: the model's)")
    parser.add_argument("--budget", type=int, help="thinking tokens per vote; 0 for the verdict at once")
    parser.add_argument("--limit", type=int, help="judge a sample of this many comparisons, drawn by the seed")
    parser.add_argument("--seed", type=int, default=0, help="of the sample and of the votes (default 0)")
    parser.add_argument("--one-order", action="store_true", help="show A first in every vote, not in half of them")
    parser.add_argument("--probe-every", type=int, help="thinking tokens between two readings of the verdict (64)")
    add_closing_options(parser)
    parser.add_argument("--out", type=Path, help="folder of the run; the same command again goes on with it")
    add_column_options(parser)
    parser.add_argument("--without-texts", action="store_true", help="keep the comparisons' texts out of the record")
    parser.add_argument("--estimate", action="store_true", help="say how long it would take, and stop")
    parser.add_argument("--scoring", choices=SCORINGS, default="strict", help="how splits count (default strict)")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object and nothing else")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate; return 0 when every row is judged, 2 for bad input, 1 if it was stopped or a row could not be."""
    if args.limit is not None and args.limit < 1:
        raise BadInput(f"--limit is {args.limit}; give at least 1.")
    check_settings(_judge_settings(args, None))  # before a model is fetched for nothing
    settings = get_settings()
    item_set = load_items(args.data, columns_of(args), label_values_of(args), hub_timeout=settings.hub_timeout)
    _tell_broken(item_set)
    _tell_repeats(item_set)
    return _evaluate(args, item_set, settings)


def _evaluate(args: argparse.Namespace, item_set: ItemSet, settings: Settings) -> int:
    """Make the model ready, say what is to be done, and do it."""
    model = load_named_model(args.model)
    asked = _judge_settings(args, model)
    work = _tell_work(args, item_set, asked, model)
    if args.estimate:
        if args.json:
            print(json.dumps(asdict(work) if work else None))
        return EXIT_DONE
    folder = args.out or default_folder(settings, item_set, model, asked, args.limit)
    print(f"run: {folder}", file=sys.stderr)
    line = RunLine(sys.stderr)
    with interrupt_sets(threading.Event()) as cancel:
        done = run_evaluation(
            item_set,
            asked,
            model,
            folder,
            limit=args.limit,
            texts=not args.without_texts,
            report=line,
            cancel=cancel,
        )
    line.close()
    return _tell_result(args, done)


def _tell_result(args: argparse.Namespace, done: Run) -> int:
    if done.complete:
        findings = find(done, args.scoring)
        if args.json:
            print(json.dumps(contract_json(done, findings), ensure_ascii=False))
        else:
            print_findings(done, findings, sys.stdout)
    if done.spec.broken:
        print(f"{len(done.spec.broken)} rows of the data could not be used (see above).", file=sys.stderr)
    if done.state != "finished" or any(judged.error for judged in done.judged):
        _tell_left(done)
        return EXIT_FAILURE
    return EXIT_FAILURE if done.spec.broken else EXIT_DONE


def _tell_left(done: Run) -> None:
    """Say how many comparisons are not judged, and why."""
    left = len(done.judged) - len(done.complete)
    if done.state == "finished":
        impossible = sum(judged.error is not None for judged in done.judged)
        print(f"{impossible} of {len(done.judged)} comparisons cannot be judged by this model.", file=sys.stderr)
    elif done.unjudged is not None:
        print(done.unjudged.failure.message, file=sys.stderr)
        print("The same command tries again.", file=sys.stderr)
    elif not done.complete:
        print("The run was stopped before any comparison was judged; the same command goes on.", file=sys.stderr)
    else:
        print(f"{left} comparisons are not judged yet; the same command goes on with them.", file=sys.stderr)


def default_folder(
    settings: Settings, item_set: ItemSet, model: JudgeModel, asked: JudgeSettings, limit: int | None
) -> Path:
    """Return the folder that a run gets if none is named: the same question finds the same folder."""
    name = item_set.benchmark or Path(item_set.name).stem
    parts = [name, model.details.name, f"v{asked.votes}", f"t{asked.thinking_budget}", f"s{asked.seed}"]
    parts += ["ab"] if not asked.both_orders else []
    parts += [f"sure{asked.sure_at:g}x{asked.sure_probes}p{asked.probe_every}"] if asked.close_when_sure else []
    parts += [f"n{limit}"] if limit is not None else []
    return settings.data_dir / "runs" / re.sub(r"[^\w.-]+", "-", "-".join(parts))


def _judge_settings(args: argparse.Namespace, model: JudgeModel | None) -> JudgeSettings:
    """Return what is asked of ``model``, or of one with the usual defaults."""
    plain = JudgeSettings()
    defaults = plain if model is None else model.defaults
    asked = JudgeSettings(
        thinking_budget=defaults.thinking_budget if args.budget is None else args.budget,
        votes=defaults.votes if args.votes is None else args.votes,
        both_orders=not args.one_order,
        seed=args.seed,
        probe_every=plain.probe_every if args.probe_every is None else args.probe_every,
    )
    return closing_settings(args, asked, model, args.probe_every)


def _tell_broken(item_set: ItemSet, most: int = 10) -> None:
    for row in item_set.broken[:most]:
        print(f"row {row.line}: {row.reason}", file=sys.stderr)
    if len(item_set.broken) > most:
        print(f"... and {len(item_set.broken) - most} more rows that cannot be used", file=sys.stderr)


def _tell_repeats(item_set: ItemSet) -> None:
    for told, count in zip((REPEATED, CONTRADICTED), find_repeats(item_set.items), strict=True):
        if count:
            print(fill(told, {"n": count}), file=sys.stderr)


def _tell_work(
    args: argparse.Namespace, item_set: ItemSet, asked: JudgeSettings, model: JudgeModel
) -> WorkEstimate | None:
    """Say what is to be done and about how long that takes, and return it; None where that cannot be told."""
    columns = ", ".join(f"{field} from {name}" for field, name in item_set.columns.items())
    print(
        f"{item_set.name}: {len(item_set.items):,} comparisons" + (f" ({columns})" if columns else ""), file=sys.stderr
    )
    try:
        work = estimate(sample_items(item_set.items, args.limit, asked.seed), asked, model)
    except EngineFailure as broken:  # by the comparison that was tried: the others may be judged all the same
        if args.estimate:
            raise
        print(f"How long it takes cannot be told: {broken.message}", file=sys.stderr)
        return None
    print(
        f"{work.comparisons:,} comparisons, {work.votes:,} votes: {work.prompt_tokens:,} tokens to read and at most "
        f"{work.thinking_tokens:,} to think; at most about {duration(work.seconds)} on this machine",
        file=sys.stderr,
    )
    return work


class RunLine:
    """Shows a run's progress: one line redrawn in place on a terminal, now and then a line in a log."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown_at = 0.0
        self._width = 0

    def __call__(self, progress: RunProgress) -> None:
        """Show ``progress`` if it is time."""
        now = time.monotonic()
        terminal = self._stream.isatty()
        over = progress.votes_done == progress.votes
        if not (terminal or over or now - self._shown_at > LOG_SECONDS):
            return
        left = f", {duration(progress.seconds_left)} left" if progress.seconds_left else ""
        text = (
            f"{progress.items_done} of {progress.items} comparisons, {progress.votes_done} of {progress.votes} votes, "
            f"{progress.tokens_per_second:.0f} tokens/s{left}"
        )
        self._shown_at = now
        if terminal:
            print("\r" + text.ljust(self._width), end="", file=self._stream, flush=True)
            self._width = len(text)
        else:
            print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """Leave the cursor on a fresh line."""
        if self._width:
            print(file=self._stream, flush=True)
