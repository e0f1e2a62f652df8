"""The card beside a trained adapter: what it was made from, how, and what it can't do."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from rrm_ui.evaluation.training_curves import CONFIGURATION
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.data import counted
from rrm_ui.training.journal import Journal

_VALIDATED = ("accuracy", "low", "high", "single_order", "orders_agree", "closed_by_model", "tokens")


def write_card(
    folder: Path,
    kind: str,
    journal: Journal,
    comparisons: Sequence[LabelledComparison],
    weight: torch.Tensor,
    more: dict[str, Any],
) -> None:
    """Write ``README.md`` to the adapter's ``folder``; ``weight`` is one of its weights, where it was trained."""
    configuration = json.loads((journal.folder / CONFIGURATION).read_text(encoding="utf-8"))
    rows = journal.rows()
    trained = [row for row in rows if "seconds" in row]
    facts = {
        "base": configuration["base"],
        "trained by": kind,
        "adapter": f"LoRA of rank {configuration['lora']['rank']} on linear layers, {name_of(weight.dtype)}",
        "comparisons": f"{counted(comparisons)} (digest {configuration['comparisons_digest']})",
        "data": configuration["data"],
        "asked in the words of": configuration["words"],
        "steps": len(trained),
        "seed": configuration["seed"],
        "started from": configuration["start"] or "the untrained model",
        "hardware": _hardware(weight.device),
        "seconds of training": round(sum(row["seconds"] for row in trained)),
        **more,
    }
    lines = [f"# {kind} adapter", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in facts.items()]
    lines += ["", *_validations(rows), *_limits(thinks=configuration["kind"] != "direct")]
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _validations(rows: list[dict[str, Any]]) -> list[str]:
    validated = [row for row in rows if "accuracy" in row]
    if not validated:
        return []
    lines = ["## Validation", "", "One sample in each order; accuracy by the mean probability of both orders.", ""]
    lines += ["| step | " + " | ".join(_VALIDATED) + " |", "|---" * (len(_VALIDATED) + 1) + "|"]
    lines += [f"| {row['step']} | " + " | ".join(f"{row[name]:.3f}" for name in _VALIDATED) + " |" for row in validated]
    return [*lines, ""]


def _limits(*, thinks: bool) -> list[str]:
    thoughts = (
        ", and its thoughts read well even where they are wrong."
        if thinks
        else ". It was taught to say its verdict at once: judge with `--budget 0`, or with the page's slider *Thinking "
        "budget* at 0. With more it thinks, which it was not taught."
    )
    return [
        "## What it can't do",
        "",
        "It learned from these comparisons and from nothing else: it need be no judge of what they do not hold, be it "
        f"longer texts, expert knowledge, other languages or questions of style{thoughts} Ask it in the words that it "
        "was trained with (`RRM_PROMPT_FAMILY`, `RRM_PROMPT_FILE`). Look at whether both orders agree, and measure it "
        "on your own comparisons with `python -m rrm_ui evaluate`.",
    ]


def name_of(dtype: torch.dtype) -> str:
    """Return ``bfloat16`` for ``torch.bfloat16``."""
    return str(dtype).removeprefix("torch.")


def _hardware(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{torch.get_num_threads()} CPU threads ({platform.machine()}), torch {torch.__version__}"
