"""Scripted judges that read the responses they are shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rrm_ui.engines.interface import GenerationRequest, Position
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.judge import JudgeModel
from rrm_ui.scripted_model import byte_tokenizer, scripted_model

_TOKENIZER = byte_tokenizer()


def shown(request: GenerationRequest, row: int) -> tuple[float, float]:
    """Return the worth of the two responses as the row sees them: texts like ``worth 3``."""
    first, second = (float(found) for found in re.findall(r"worth (-?\d+(?:\.\d+)?)", read_by(request, row))[:2])
    return first, second


def read_by(request: GenerationRequest, row: int) -> str:
    """Return the whole prompt of the row."""
    return _TOKENIZER.decode(list(request.rows[row].prompt.ids), skip_special_tokens=False)


def by_worth(request: GenerationRequest, row: int) -> ScriptedRow:
    """Prefer the response that is worth more; without a difference, the one that comes first."""
    first, second = shown(request, row)
    position: Position = "first" if first >= second else "second"
    return ScriptedRow(("so. ",), position, 0.9 if position == "first" else 0.1)


def judge_by(script: Callable[[GenerationRequest, int], ScriptedRow] = by_worth, **options: Any) -> JudgeModel:
    """Return a judge whose votes follow ``script``."""
    return scripted_model(ScriptedEngine(script=script, **options))
