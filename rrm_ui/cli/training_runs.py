"""Training runs at the command line: from options to a run of the recipe, and what is told of it."""

from __future__ import annotations

import argparse
import random
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rrm_ui.cli.exit_codes import EXIT_DONE
from rrm_ui.cli.interrupt import interrupt_sets
from rrm_ui.cli.models import ProgressLine
from rrm_ui.cli.training_data import read_for_training
from rrm_ui.cli.training_lengths import short_enough
from rrm_ui.settings import Settings, get_settings

if TYPE_CHECKING:
    from rrm_ui.training.comparisons.generate import LabelledComparison
    from rrm_ui.training.job import TrainingJob
    from rrm_ui.training.policy import LoraOptions, Policy
    from rrm_ui.training.supervised import SupervisedOptions
    from rrm_ui.training.untrained import Untrained


def cold_start(args: argparse.Namespace) -> int:
    """Teach short thoughts."""
    from rrm_ui.training.recipes import run_cold_start

    with ExitStack() as running:
        job, model, comparisons = _prepare(args, running)
        print(run_cold_start(job, model, comparisons, _supervised(args), sampled=args.sampled))
    return EXIT_DONE


def direct(args: argparse.Namespace) -> int:
    """Teach verdicts without thinking."""
    from rrm_ui.training.recipes import run_direct

    with ExitStack() as running:
        job, model, comparisons = _prepare(args, running)
        print(run_direct(job, model, comparisons, _supervised(args)))
    return EXIT_DONE


def grpo(args: argparse.Namespace) -> int:
    """Reinforce what leads to right verdicts."""
    from rrm_ui.training.grpo import GrpoOptions, constant_after_warmup
    from rrm_ui.training.recipes import run_grpo

    options = GrpoOptions(
        steps=args.steps,
        comparisons_per_step=args.comparisons_per_step,
        samples=args.samples,
        budget=args.budget,
        temperature=args.temperature,
        updates=args.updates,
        schedule=constant_after_warmup(args.learning_rate or 1e-4),
        seed=args.seed,
    )
    with ExitStack() as running:
        job, model, comparisons = _prepare(args, running)
        print(run_grpo(job, model, comparisons, options))
    return EXIT_DONE


def _supervised(args: argparse.Namespace) -> SupervisedOptions:
    from rrm_ui.training.optimizer import Schedule
    from rrm_ui.training.supervised import SupervisedOptions

    schedule = Schedule(learning_rate=args.learning_rate or 3e-4)
    return SupervisedOptions(args.steps, args.examples_per_step, schedule, args.seed)


def _prepare(args: argparse.Namespace, running: ExitStack) -> tuple[TrainingJob, Untrained, list[LabelledComparison]]:
    """Read the data and find the model, checking what needs no weights.

    From when they are loaded until the end of ``running`` a first Ctrl+C ends the run in good order.
    """
    from rrm_ui.training.job import TrainingJob, require_start
    from rrm_ui.training.policy import LoraOptions
    from rrm_ui.training.taught import require_thoughts

    settings = get_settings()
    lora = LoraOptions(args.rank, 2 * args.rank)
    if args.start:
        require_start(args.start, args.out, lora)
    comparisons = [one for source in args.data for one in read_for_training(args, source, settings)]
    if args.step == "cold-start":
        require_thoughts(comparisons, args.sampled)
    # Gone through in turn: what is sorted by kind, or lies in a second file, must not wait for the end of the rest.
    random.Random(args.seed).shuffle(comparisons)
    validation = read_for_training(args, args.validation, settings) if args.validation else []
    model = _find(args, settings, lora, running)
    comparisons, validation = short_enough(args, model, comparisons, validation)
    job = TrainingJob(
        data=", ".join(Path(source).name for source in args.data),
        folder=args.out,
        start=args.start,
        lora=lora,
        seed=args.seed,
        validation=validation,
        validate_every=args.validate_every,
        budget=getattr(args, "budget", 0),
        report=_tell,
        cancel=args.cancel,
    )
    return job, model, comparisons


def _find(args: argparse.Namespace, settings: Settings, lora: LoraOptions, running: ExitStack) -> Untrained:
    """Return the model that is to be trained, which shows on standard error how its preparation goes."""
    from rrm_ui.training.untrained import find_model

    progress = ProgressLine(sys.stderr)
    try:
        found = find_model(args.model, lora, args.seed, settings, progress)
    finally:
        progress.close()

    def load() -> Policy:
        try:
            policy = found.load()
        finally:
            progress.close()
        running.enter_context(interrupt_sets(args.cancel))
        return policy

    return replace(found, load=load)


def _tell(row: dict[str, Any]) -> None:
    """Print one step's figures to standard error."""
    print(" ".join(f"{name}={value}" for name, value in row.items()), file=sys.stderr, flush=True)
