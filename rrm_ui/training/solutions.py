"""A small model's own solutions of problems: where they are wrong they are what a judge must learn to see through."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rrm_ui.engines.local import DecodeLoop
from rrm_ui.engines.models.load import load_model
from rrm_ui.progress import ProgressCallback
from rrm_ui.prompts.chat_frame import chat_frame
from rrm_ui.prompts.encoding import PromptBuilder, PromptTokens, end_of_text_ids
from rrm_ui.prompts.families import FAMILIES
from rrm_ui.settings import Settings
from rrm_ui.training.gsm8k import SYSTEM, Problem
from rrm_ui.training.policy import KEPT_HEADS, ROLLOUT_TOKENS
from rrm_ui.training.rollouts import SamplingOptions, roll_out

LONGEST_SOLUTION = 220
"""Tokens; a solution that is cut there has no result and is not used."""


def sample_solutions(
    problems: Sequence[Problem], settings: Settings, place: Path, samples: int, seed: int, report: ProgressCallback
) -> list[tuple[Problem, list[str]]]:
    """Return each problem with ``samples`` solutions of the model that ``settings`` names.

    ``place`` gets a line for each problem as it is done, so that a killed run goes on.

    Raises:
        ModelUnavailable: the model cannot be had, does not fit, or cannot be asked.
        EngineFailure: it computed no valid numbers.
    """
    done = _read(place)
    missing = [one for one in problems if one.question not in done]
    if missing:
        loaded = load_model(settings, report)
        prompts = PromptBuilder(
            tokenizer=loaded.tokenizer.backend_tokenizer,
            frame=chat_frame(loaded.tokenizer),
            family=FAMILIES[loaded.details.prompt_family],
            end_ids=end_of_text_ids(loaded.model.generation_config, loaded.tokenizer),
        )
        loop = DecodeLoop(
            loaded.model, prompts.tokenizer, max_batch_tokens=ROLLOUT_TOKENS, cached_prefix_tokens=KEPT_HEADS
        )
        asked = [_prompt(prompts, one) for one in missing]
        seeds = [[seed + 1000 * index + sample for sample in range(samples)] for index in range(len(asked))]
        options = SamplingOptions(budget=LONGEST_SOLUTION, temperature=0.9)
        with place.open("a", encoding="utf-8") as file:
            for index, rollouts in roll_out(loop, prompts.verdict_format, asked, seeds, options):
                question, texts = missing[index].question, [one.text for one in rollouts if one.closed_by_model]
                done[question] = texts
                file.write(json.dumps({"question": question, "samples": texts}) + "\n")
                file.flush()
    return [(one, done[one.question]) for one in problems]


def _prompt(prompts: PromptBuilder, problem: Problem) -> PromptTokens:
    frame = prompts.frame
    head = prompts.text_ids(SYSTEM)
    if frame.has_system:
        head = [*prompts.marker_ids(frame.before_system), *head, *prompts.marker_ids(frame.before_user)]
    else:
        head = [*prompts.marker_ids(frame.before_user), *head, *prompts.text_ids("\n\n")]
    rest = [*prompts.text_ids(problem.question), *prompts.marker_ids(frame.after_user)]
    return PromptTokens((*head, *rest), (len(head),))


def _read(place: Path) -> dict[str, list[str]]:
    if not place.is_file():
        return {}
    done: dict[str, list[str]] = {}
    for line in place.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue  # a line that a kill cut short: sampled again
        done[row["question"]] = row["samples"]
    return done
