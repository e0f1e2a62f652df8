"""``python -m rrm_ui train``: its steps and their options."""

from __future__ import annotations

import argparse
import math
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from rrm_ui.cli.columns import add_column_options
from rrm_ui.cli.training_data import make_comparisons, make_from_gsm8k
from rrm_ui.cli.training_runs import cold_start, direct, grpo
from rrm_ui.errors import BadInput, UserError
from rrm_ui.folder_lock import locked
from rrm_ui.settings import get_settings

if TYPE_CHECKING:
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


def default_folder(step: str, model: str, seed: int, data_dir: Path) -> Path:
    """Return the folder that a run gets if none is named; the Evaluate page lists what lies there."""
    name = re.sub(r"[^\w.-]+", "-", f"{step}-{Path(model).name}-s{seed}")
    return data_dir / "training" / name


STEPS = {
    "comparisons": make_comparisons,
    "gsm8k": make_from_gsm8k,
    "cold-start": cold_start,
    "direct": direct,
    "grpo": grpo,
}
