"""Judges for measurements of the engine under load: the embedded model, or a random one that needs no time."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from rrm_ui.assembly import judge_model
from rrm_ui.engines.local import DecodeLoop, LocalEngine
from rrm_ui.engines.models.load import load_model
from rrm_ui.judge import JudgeModel
from rrm_ui.settings import get_settings
from rrm_ui.threads import call_in_thread
from rrm_ui.values import JudgeSettings, ModelDetails
from tests.model.tiny import byte_loop

Judges = Callable[[], JudgeModel]
"""Each call returns a judge with an engine of its own that knows no prompt."""


def add_model_argument(parser: argparse.ArgumentParser) -> None:
    """Let the caller choose the model."""
    parser.add_argument("--model", choices=("tiny", "embedded"), default="tiny", help="tiny: random, and fast")


def judges_of(name: str) -> Judges:
    """Return judges on the model called ``name``, which is loaded once."""
    if name == "tiny":
        return tiny_judge
    settings = get_settings().model_copy(update={"model": name})
    loaded = call_in_thread(load_model, settings, lambda _: None)  # as the judge is loaded
    return lambda: judge_model(loaded, settings)


def tiny_judge(max_rows: int = 32, judgment_seconds: float = math.inf) -> JudgeModel:
    """Return a judge on a random model."""
    made = byte_loop()
    loop = DecodeLoop(
        made.model, made.prompts.tokenizer, max_batch_tokens=100_000, cached_prefix_tokens=4096, max_rows=max_rows
    )
    details = ModelDetails("tiny", prompt_family=made.prompts.family.name, context_tokens=4096, demonstration=True)
    return JudgeModel(LocalEngine(loop, 32, judgment_seconds), made.prompts, details, JudgeSettings())


@contextmanager
def judging(judges: Judges) -> Iterator[JudgeModel]:
    """Lend a judge whose engine's thread ends: threads that computed slow each other down while they live."""
    model = judges()
    try:
        yield model
    finally:
        model.engine.stop()


def short(model: JudgeModel, votes: int, budget: int) -> JudgeSettings:
    """Return settings for ``votes`` votes that think for ``budget`` tokens at most."""
    return replace(model.defaults, votes=votes, thinking_budget=budget)
