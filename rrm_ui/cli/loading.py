"""The judge of a command: named by an option or the environment, made ready with progress on standard error."""

from __future__ import annotations

import math
import sys

from rrm_ui.assembly import load_judge_model
from rrm_ui.cli.models import ProgressLine
from rrm_ui.judge import JudgeModel
from rrm_ui.settings import get_settings


def load_named_model(name: str | None) -> JudgeModel:
    """Return the judge called ``name``, or the one that the environment names.

    Raises:
        ModelUnavailable: it cannot be had, does not fit, or cannot judge.
    """
    settings = get_settings().model_copy(update={"judgment_seconds": math.inf})  # a terminal has Ctrl+C
    if name:
        settings = settings.model_copy(update={"model": name})
    progress = ProgressLine(sys.stderr)
    try:
        return load_judge_model(settings, progress)
    finally:
        progress.close()
