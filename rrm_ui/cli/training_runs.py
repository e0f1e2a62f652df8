"""Training runs at the command line: from options to a run of the recipe, and what is told of it."""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rrm_ui.cli.exit_codes import EXIT_DONE
from rrm_ui.cli.interrupt import interrupt_sets
from rrm_ui.cli.models import ProgressLine
from rrm_ui.cli.training_data import read_for_training
from rrm_ui.errors import BadInput
from rrm_ui.settings import get_settings

if TYPE_CHECKING:
    from rrm_ui.training.comparisons.generate import LabelledComparison
    from rrm_ui.training.policy import Policy
    from rrm_ui.training.recipes import TrainingJob
    from rrm_ui.training.supervised import SupervisedOptions


def cold_start(args: argparse.Namespace) -> int:
    """Teach short thoughts."""
    from rrm_ui.training.recipes import run_cold_start

    job, policy, comparisons = _prepare(args)
    with interrupt_sets(args.cancel):
        print(run_cold_start(job, policy, comparisons, _supervised(args), sampled=args.sampled))
    return EXIT_DONE


def direct(args: argparse.Namespace) -> int:
    """Teach verdicts without thinking."""
    from rrm_ui.training.recipes import run_direct

    job, policy, comparisons = _prepare(args)
    with interrupt_sets(args.cancel):
        print(run_direct(job, policy, comparisons, _supervised(args)))
    return EXIT_DONE


def grpo(args: argparse.Namespace) -> int:
    """Reinforce what leads to right verdicts."""
    from rrm_ui.training.grpo import GrpoOptions, constant_after_warmup
    from rrm_ui.training.recipes import run_grpo

    job, policy, comparisons = _prepare(args)
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
    with interrupt_sets(args.cancel):
        print(run_grpo(job, policy, comparisons, options))
    return EXIT_DONE


def _supervised(args: argparse.Namespace) -> SupervisedOptions:
    from rrm_ui.training.optimizer import Schedule
    from rrm_ui.training.supervised import SupervisedOptions

    schedule = Schedule(learning_rate=args.learning_rate or 3e-4)
    return SupervisedOptions(args.steps, args.examples_per_step, schedule, args.seed)


def _prepare(args: argparse.Namespace) -> tuple[TrainingJob, Policy, list[LabelledComparison]]:
    """Read the data and load the model."""
    from rrm_ui.training.policy import LoraOptions
    from rrm_ui.training.recipes import TrainingJob, load_policy

    settings = get_settings()
    comparisons = [one for source in args.data for one in read_for_training(args, source, settings)]
    # Gone through in turn: what is sorted by kind, or lies in a second file, must not wait for the end of the rest.
    random.Random(args.seed).shuffle(comparisons)
    validation = read_for_training(args, args.validation, settings) if args.validation else []
    lora = LoraOptions(args.rank, 2 * args.rank)
    progress = ProgressLine(sys.stderr)
    try:
        policy, base = load_policy(args.model, lora, args.seed, settings, progress)
    finally:
        progress.close()
    comparisons = _short_enough(args, policy, comparisons, "comparisons")
    validation = _short_enough(args, policy, validation, "comparisons to validate on")
    job = TrainingJob(
        base=base,
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
    return job, policy, comparisons


def _short_enough(
    args: argparse.Namespace, policy: Policy, comparisons: list[LabelledComparison], what: str
) -> list[LabelledComparison]:
    """Return those that take at most ``--longest`` tokens with their thinking, and say how many do not.

    Memory grows with the longest: one that does not fit would end the run at the same step again and again.
    """
    from rrm_ui.training.examples import comparison_of

    room = args.longest - getattr(args, "budget", 0)
    kept = [one for one in comparisons if len(policy.prompts.build(comparison_of(one), "AB").ids) <= room]
    if len(kept) < len(comparisons):
        count = len(comparisons) - len(kept)
        print(f"{count:,} {what} of more than {args.longest:,} tokens are left out (--longest)", file=sys.stderr)
    if comparisons and not kept:
        raise BadInput(f"Every comparison takes more than {args.longest:,} tokens; give a larger --longest.")
    return kept


def _tell(row: dict[str, Any]) -> None:
    """Print one step's figures to standard error."""
    print(" ".join(f"{name}={value}" for name, value in row.items()), file=sys.stderr, flush=True)
