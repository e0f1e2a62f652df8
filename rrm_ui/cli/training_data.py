"""Comparisons to train on, at the command line: made from a seed or from GSM8K, and read from what ``--data`` names."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import TYPE_CHECKING

from rrm_ui.cli.columns import columns_of, label_values_of
from rrm_ui.cli.exit_codes import EXIT_DONE
from rrm_ui.cli.models import ProgressLine
from rrm_ui.errors import UserError
from rrm_ui.settings import Settings, get_settings

if TYPE_CHECKING:
    from rrm_ui.training.comparisons.generate import LabelledComparison


def make_comparisons(args: argparse.Namespace) -> int:
    """Write comparisons that are better by construction."""
    from rrm_ui.training.comparisons.catalogue import families_named
    from rrm_ui.training.comparisons.generate import generate
    from rrm_ui.training.data import by_family, counted, write_comparisons

    made = list(generate(families_named(args.families), args.count, args.split, args.seed, args.language))
    write_comparisons(args.out, made)
    for name, comparisons in {**by_family(made), "together": made}.items():
        print(f"{name}: {counted(comparisons)}", file=sys.stderr)
    print(args.out)
    return EXIT_DONE


def make_from_gsm8k(args: argparse.Namespace) -> int:
    """Write comparisons of GSM8K's solutions with a model's own wrong ones, and say what it came to.

    Raises:
        BadInput: the file holds no problem that is short enough.
        UserError: no answer of the model is wrong.
    """
    from rrm_ui.training.data import write_comparisons
    from rrm_ui.training.gsm8k import compare_problems, outcome_of, read_problems
    from rrm_ui.training.solutions import sample_solutions

    problems = read_problems(args.data)[: args.problems]
    place = args.out.with_name(args.out.name + ".samples")
    settings = get_settings().model_copy(update={"model": args.model, "adapter": "none"})
    solved = sample_solutions(problems, settings, place, args.samples, args.seed, ProgressLine(sys.stderr))
    outcomes = Counter(outcome_of(problem, samples) for problem, samples in solved)
    print(
        f"Of {len(solved):,} problems {outcomes['wrong']:,} got a wrong answer, {outcomes['right']:,} only right ones, "
        f"{outcomes['unread']:,} none that can be read",
        file=sys.stderr,
    )
    if not outcomes["wrong"]:
        raise UserError(
            f"No answer of {args.model} is wrong, so there is nothing to compare. Ask it more problems (--problems), "
            "or a weaker model (--model)."
        )
    write_comparisons(args.out, compare_problems(solved, "train", args.seed))
    print(args.out)
    return EXIT_DONE


def read_for_training(args: argparse.Namespace, source: str, settings: Settings) -> list[LabelledComparison]:
    """Read comparisons and say how many there are to learn from."""
    from rrm_ui.training.data import counted, read_comparisons

    read = read_comparisons(source, settings.hub_timeout, columns_of(args), label_values_of(args))
    told = [f"comparisons: {counted(read.comparisons)}"]
    if args.step == "cold-start":
        told.append(f"{sum(one.has_thought for one in read.comparisons):,} with the words of a thought")
    if read.left_out:
        told.append(f"{read.left_out:,} rows are left out, broken or without a better response")
    print(f"{source}: {'; '.join(told)}", file=sys.stderr)
    return read.comparisons
