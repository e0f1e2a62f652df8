"""What is measured: a model in memory, the prompt of a length, and a request that writes every token it may."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from rrm_ui.engines.interface import GenerationRequest, RowRequest
from rrm_ui.engines.local.cuda.steps import graphed_steps
from rrm_ui.engines.models.devices import place
from rrm_ui.engines.models.load import load_model, set_up_head
from rrm_ui.prompts.encoding import PromptBuilder, PromptTokens
from rrm_ui.prompts.families import FAMILIES
from rrm_ui.prompts.script import VerdictFormat
from rrm_ui.prompts.verdict import BOXED
from rrm_ui.settings import Settings
from rrm_ui.threads import call_in_thread
from tests.benchmarks.engine.shapes import SHAPES, random_model, random_tokenizer

if TYPE_CHECKING:
    from rrm_ui.engines.local.cuda.graphs import GraphedSteps

NEVER = "\x00"
"""Stands for the closing of a thought, so that every vote writes all its tokens."""

_FILLER = (
    "A farmer brings apples to the market in crates of twenty four. On Monday she sells seven crates and gives two "
    "apples of each to the children; on Tuesday it rains and she sells five. What does she earn in both days, if an "
    "apple costs thirty cents and the stand costs four coins a day? "
)


@dataclass
class Subject:
    """A model to measure."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    verdict_format: VerdictFormat
    name: str
    setup: str

    @cached_property
    def steps(self) -> GraphedSteps | None:
        """The recorded steps that the engine would use with it."""
        return graphed_steps(self.model)

    def prompt(self, tokens: int, variant: int = 0) -> PromptTokens:
        """Return a prompt of ``tokens`` tokens; the first 40 % are common to all variants."""
        ids = self.tokenizer.encode(_FILLER, add_special_tokens=False)
        if len(set(ids)) < 20:  # a tokenizer without words: any ids do
            ids = torch.randint(2, len(self.tokenizer), (997,), generator=torch.Generator().manual_seed(0)).tolist()
        shared = tokens * 2 // 5
        endless = ids * (2 * tokens // len(ids) + 2)
        rest = endless[variant * 7 + 3 :][: tokens - shared]
        return PromptTokens((*endless[:shared], *rest), (shared,))

    def request(self, prompt: PromptTokens, votes: int, new_tokens: int, *, probe_every: int = 0) -> GenerationRequest:
        """Return a request for ``votes`` votes that write ``new_tokens`` tokens each."""
        return GenerationRequest(
            rows=tuple(RowRequest(prompt, seed) for seed in range(votes)),
            verdict_format=self._endless_format(),
            thinking_budget=new_tokens,
            answer_tokens=1,
            temperature=0.6,
            top_p=1.0,
            probe_every=probe_every,
        )

    def _endless_format(self) -> VerdictFormat:
        """Return the model's format, but for a thought that nothing ends before its budget."""
        form = replace(self.verdict_format.form, close=NEVER)
        return replace(self.verdict_format, form=form, close_id=None, end_ids=frozenset())


def load_subject(settings: Settings) -> Subject:
    """Return the model that ``settings`` names."""
    loaded = call_in_thread(load_model, settings, lambda _: None)  # as the judge is loaded
    family = FAMILIES[loaded.details.prompt_family]
    prompts = PromptBuilder.of_model(loaded.model.generation_config, loaded.tokenizer, family)
    name = f"{loaded.details.name} {loaded.details.quantization}"
    return Subject(loaded.model, loaded.tokenizer, prompts.verdict_format, name, loaded.setup)


def build_subject(shape_name: str, settings: Settings) -> Subject:
    """Return a model of a named shape with random weights, as ``settings`` would have it loaded."""
    shape = SHAPES[shape_name]
    placement = place(settings, _parameters(shape_name))
    model = call_in_thread(random_model, shape, placement)
    head_note = set_up_head(model, settings.head_quantization)
    setup = "; ".join(part for part in (placement.describe(), head_note) if part)
    stem = (4, 5)  # any tokens do: what is measured writes its whole budget
    form = VerdictFormat(BOXED, (2, 3), stem, stem, stem, (6, 7), frozenset(), stem_text="w5 ")
    name = f"{shape_name} shape, random weights, {placement.quantization}"
    return Subject(model, random_tokenizer(shape.vocabulary), form, name, setup)


def _parameters(shape_name: str) -> int:
    """Return about how many weights a shape has."""
    shape: Any = SHAPES[shape_name]
    kv = shape.hidden // shape.heads * shape.kv_heads
    layer = shape.hidden * (2 * shape.hidden + 2 * kv + 3 * shape.intermediate)
    return int(shape.layers * layer + shape.vocabulary * shape.hidden * (1 if shape.tied else 2))
