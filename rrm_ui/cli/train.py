"""``python -m rrm_ui train``: make comparisons, and train a judge on them by the published recipe."""

from __future__ import annotations

import argparse
import math
import random
import re
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rrm_ui.cli.columns import add_column_options, columns_of, label_values_of
from rrm_ui.cli.exit_codes import EXIT_DONE
from rrm_ui.cli.interrupt import interrupt_sets
from rrm_ui.cli.models import ProgressLine
from rrm_ui.errors import BadInput, UserError
from rrm_ui.folder_lock import locked
from rrm_ui.settings import Settings, get_settings

if TYPE_CHECKING:
    from rrm_ui.training.comparisons.generate import LabelledComparison
    from rrm_ui.training.policy import Policy
    from rrm_ui.training.recipes import TrainingJob
    from rrm_ui.training.supervised import SupervisedOptions

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

EXTRA = "Training needs more libraries: pip install -r requirements-train.txt"
OUT_OF_MEMORY = (
    "The machine ran out of memory, however few tokens were computed at once. Leave out the longest comparisons "
    "(--longest), or give a smaller --budget; what was trained up to the last checkpoint is kept."
)
LEAST = {
    "count": 1,
    "problems": 1,
    "samples": 1,
    "steps": 1,
    "rank": 1,
    "validate_every": 0,
    "budget": 0,
    "sampled": 0,
    "examples_per_step": 1,
    "longest": 1,
    "comparisons_per_step": 1,
    "updates": 1,
}
"""The least value of each option."""
LEAST_OF_GRPO = {"samples": 2, "budget": 1}
"""Of a single sample, or of samples that think nothing, no group can differ."""


def add_parser(subparsers: Subparsers) -> None:
    """Add the ``train`` command with its steps; ``run`` answers it."""
    parser = subparsers.add_parser("train", help="train a judge: comparisons, gsm8k, cold-start, grpo, direct")
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    _add_comparisons(steps.add_parser("comparisons", help="write comparisons whose better response is known"))
    _add_gsm8k(steps.add_parser("gsm8k", help="write comparisons from GSM8K and a model's own wrong answers"))
    cold = steps.add_parser("cold-start", help="teach short thoughts, by supervised training")
    direct = steps.add_parser("direct", help="teach verdicts without thinking (DirectJudge)")
    grpo = steps.add_parser("grpo", help="reinforce what leads to right verdicts")
    for one in (cold, direct, grpo):
        _add_common(one)
    for one in (cold, direct):
        one.add_argument("--examples-per-step", type=int, default=8, help="comparisons of a step (8)")
    for one in (cold, grpo):
        one.add_argument("--budget", type=int, default=256, help="thinking tokens of a sample (256)")
    cold.add_argument("--sampled", type=int, default=0, help="comparisons put to the untrained model first (0)")
    grpo.add_argument("--comparisons-per-step", type=int, default=8, help="groups of a step (8)")
    grpo.add_argument("--samples", type=int, default=8, help="samples of each comparison: one group (8)")
    grpo.add_argument("--updates", type=int, default=1, help="optimizer steps on the same samples (1)")
    grpo.add_argument("--temperature", type=float, default=1.0, help="of the samples (1.0)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do one step of the recipe."""
    _check_numbers(args)
    try:
        if args.step in ("comparisons", "gsm8k"):
            return int(STEPS[args.step](args))
        args.out = args.out or default_folder(args.step, args.model, args.seed, get_settings().data_dir)
        args.cancel = threading.Event()
        with locked(args.out, "training run"):
            return int(STEPS[args.step](args))
    except ModuleNotFoundError as error:
        if error.name != "peft":
            raise
        raise UserError(EXTRA) from error
    except (RuntimeError, MemoryError) as error:
        from rrm_ui.engines.local.memory import is_out_of_memory

        if not is_out_of_memory(error):
            raise
        raise UserError(OUT_OF_MEMORY) from error


def _check_numbers(args: argparse.Namespace) -> None:
    least = LEAST | (LEAST_OF_GRPO if args.step == "grpo" else {})
    for name, value in vars(args).items():
        if name in least and value < least[name]:
            raise BadInput(f"--{name.replace('_', '-')} is {value}; give at least {least[name]}.")
    for name in ("learning_rate", "temperature"):
        value = getattr(args, name, None)
        if value is not None and not (math.isfinite(value) and value > 0):
            raise BadInput(f"--{name.replace('_', '-')} is {value}; give a number above 0.")


def _add_comparisons(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="the file to write (JSON lines)")
    parser.add_argument("--count", type=int, default=1000, help="comparisons (1000)")
    parser.add_argument(
        "--split",
        choices=("train", "validation", "test"),
        default="train",
        help="drawn apart from the other two (train)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the comparisons (0)")
    parser.add_argument(
        "--families",
        default="trained",
        help="which kinds: trained, cold-start, reinforced, held-out, all, or names with commas (trained)",
    )
    parser.add_argument("--language", choices=("en", "zh"), help="this language alone (default: every third in zh)")


def _add_gsm8k(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="GSM8K's training split (JSON lines or Parquet)")
    parser.add_argument("--out", type=Path, required=True, help="the file to write (JSON lines)")
    parser.add_argument("--model", default="embedded", help="whose wrong answers are rejected (default: embedded)")
    parser.add_argument("--problems", type=int, default=240, help="problems that the model is asked (240)")
    parser.add_argument("--samples", type=int, default=3, help="answers sampled for each problem (3)")
    parser.add_argument("--seed", type=int, default=0, help="of the samples (0)")


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="embedded", help="catalogue name, Hub id or local folder")
    parser.add_argument("--data", action="append", required=True, help="comparisons to train on; may be given again")
    parser.add_argument("--out", type=Path, help="folder of the run; the same command goes on with it")
    parser.add_argument("--start", type=Path, help="adapter to start from")
    parser.add_argument("--steps", type=int, default=100, help="a finished run of grpo goes on if given more (100)")
    parser.add_argument("--learning-rate", type=float, help="default 3e-4, for grpo 1e-4")
    parser.add_argument("--longest", type=int, default=2048, help="tokens of a comparison with its thinking (2048)")
    parser.add_argument("--rank", type=int, default=8, help="of the adapter (8)")
    parser.add_argument("--seed", type=int, default=0, help="of the adapter, the order and the samples (0)")
    parser.add_argument("--validation", help="comparisons to validate on")
    parser.add_argument("--validate-every", type=int, default=25, help="steps between validations (25)")
    add_column_options(parser)


def _write_comparisons(args: argparse.Namespace) -> int:
    from rrm_ui.training.comparisons.catalogue import families_named
    from rrm_ui.training.comparisons.generate import generate
    from rrm_ui.training.data import families_of, write_comparisons

    made = list(generate(families_named(args.families), args.count, args.split, args.seed, args.language))
    write_comparisons(args.out, made)
    for name, count in families_of(made).items():
        print(f"{name}: {count}", file=sys.stderr)
    print(args.out)
    return EXIT_DONE


def _write_gsm8k(args: argparse.Namespace) -> int:
    from rrm_ui.training.data import write_comparisons
    from rrm_ui.training.gsm8k import compare_problems, read_problems
    from rrm_ui.training.solutions import sample_solutions

    problems = read_problems(args.data)[: args.problems]
    place = args.out.with_name(args.out.name + ".samples")
    settings = get_settings().model_copy(update={"model": args.model, "adapter": "none"})
    solved = sample_solutions(problems, settings, place, args.samples, args.seed, ProgressLine(sys.stderr))
    write_comparisons(args.out, compare_problems(solved, "train", args.seed))
    print(args.out)
    return EXIT_DONE


def _cold_start(args: argparse.Namespace) -> int:
    from rrm_ui.training.recipes import run_cold_start

    job, policy, comparisons = _prepare(args)
    with interrupt_sets(args.cancel):
        print(run_cold_start(job, policy, comparisons, _supervised(args), sampled=args.sampled))
    return EXIT_DONE


def _direct(args: argparse.Namespace) -> int:
    from rrm_ui.training.recipes import run_direct

    job, policy, comparisons = _prepare(args)
    with interrupt_sets(args.cancel):
        print(run_direct(job, policy, comparisons, _supervised(args)))
    return EXIT_DONE


def _grpo(args: argparse.Namespace) -> int:
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
    comparisons = [one for source in args.data for one in _read(args, source, settings)]
    # Gone through in turn: what is sorted by kind, or lies in a second file, must not wait for the end of the rest.
    random.Random(args.seed).shuffle(comparisons)
    validation = _read(args, args.validation, settings) if args.validation else []
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


def _read(args: argparse.Namespace, source: str, settings: Settings) -> list[LabelledComparison]:
    """Read comparisons and say how many there are to learn from."""
    from rrm_ui.training.data import read_comparisons

    read = read_comparisons(source, settings.hub_timeout, columns_of(args), label_values_of(args))
    told = [f"{len(read.comparisons):,} comparisons"]
    if args.step == "cold-start":
        told.append(f"{sum(one.has_thought for one in read.comparisons):,} with the words of a thought")
    if read.left_out:
        told.append(f"{read.left_out:,} rows are left out, broken or without a better response")
    print(f"{source}: {'; '.join(told)}", file=sys.stderr)
    return read.comparisons


def default_folder(step: str, model: str, seed: int, data_dir: Path) -> Path:
    """Return the folder that a run gets if none is named; the Evaluate page lists what lies there."""
    name = re.sub(r"[^\w.-]+", "-", f"{step}-{Path(model).name}-s{seed}")
    return data_dir / "training" / name


def _tell(row: dict[str, Any]) -> None:
    """Print one step's figures to standard error."""
    print(" ".join(f"{name}={value}" for name, value in row.items()), file=sys.stderr, flush=True)


STEPS = {
    "comparisons": _write_comparisons,
    "gsm8k": _write_gsm8k,
    "cold-start": _cold_start,
    "direct": _direct,
    "grpo": _grpo,
}
