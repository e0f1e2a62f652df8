"""A small model's own solutions of problems: where they are wrong they are what a judge must learn to see through."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rrm_ui.engines.local import DecodeLoop
from rrm_ui.engines.local.onnx_product import cores_for
from rrm_ui.engines.models.load import load_model
from rrm_ui.errors import BadInput
from rrm_ui.progress import ProgressCallback
from rrm_ui.prompts.encoding import PromptBuilder, PromptTokens
from rrm_ui.row_log import RowLog, read_rows, recording
from rrm_ui.settings import Settings
from rrm_ui.training.gsm8k import SYSTEM, Problem
from rrm_ui.training.policy import KEPT_HEADS, ROLLOUT_TOKENS
from rrm_ui.training.rollouts import SamplingOptions, roll_out, seed_of

LONGEST_SOLUTION = 220
"""Tokens; a solution that is cut there has no result and is not used."""


def sample_solutions(
    problems: Sequence[Problem], settings: Settings, place: Path, samples: int, seed: int, report: ProgressCallback
) -> list[tuple[Problem, list[str]]]:
    """Return each problem with ``samples`` solutions of the model that ``settings`` names.

    ``place`` gets a line for each problem as it is done, so that a killed run goes on.

    Raises:
        BadInput: ``place`` holds samples of another model, or drawn otherwise.
        ModelUnavailable: the model cannot be had, does not fit, or cannot be asked.
        EngineFailure: it computed no valid numbers.
    """
    drawn = {"model": settings.model, "count": samples, "seed": seed}
    with recording(str(place.parent)):
        log = RowLog(place)
        kept = list(read_rows(place))
    if any(row.get("drawn") != drawn for row in kept):
        raise BadInput(f"{place} holds answers of another model, number or seed. Choose another --out, or remove it.")
    done = {row["question"]: row["samples"] for row in kept}
    missing = [one for one in problems if one.question not in done]
    if missing:
        loaded = load_model(settings, report)
        prompts = PromptBuilder.of_model(loaded.model.generation_config, loaded.tokenizer, loaded.words.family)
        loop = DecodeLoop(
            loaded.model, prompts.tokenizer, max_batch_tokens=ROLLOUT_TOKENS, cached_prefix_tokens=KEPT_HEADS
        )
        asked = [_prompt(prompts, one) for one in missing]
        seeds = [[seed_of(seed, one.question, sample) for sample in range(samples)] for one in missing]
        options = SamplingOptions(budget=LONGEST_SOLUTION, temperature=0.9)
        with recording(str(place.parent)), log, cores_for(loaded.model):
            for index, rollouts in roll_out(loop, prompts.verdict_format, asked, seeds, options):
                question, texts = missing[index].question, [one.text for one in rollouts if one.closed_by_model]
                done[question] = texts
                log.append({"question": question, "drawn": drawn, "samples": texts})
    return [(one, done[one.question]) for one in problems]


def _prompt(prompts: PromptBuilder, problem: Problem) -> PromptTokens:
    head = prompts.start_of_turn(SYSTEM)
    rest = [*prompts.text_ids(problem.question), *prompts.marker_ids(prompts.frame.after_user)]
    return PromptTokens((*head, *rest), (len(head),))
