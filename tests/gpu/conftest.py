"""Tests that need a GPU: ``python -m pytest tests/gpu``. They are no part of a plain ``pytest``.

Nothing is downloaded. ``RRM_TEST_DEVICE=cpu TRITON_INTERPRET=1`` runs what does not time or fill a GPU on a CPU, in
Triton's interpreter.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import torch
from transformers import Qwen2ForCausalLM

from rrm_ui.engines.interface import GenerationRequest, RowRequest
from rrm_ui.engines.local import DecodeLoop
from rrm_ui.engines.models.checkpoint import Recipe
from rrm_ui.engines.models.convert import convert
from rrm_ui.engines.models.hardware import Device
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.prompts.script import VerdictFormat
from rrm_ui.prompts.verdict import BOXED
from tests.benchmarks.engine.shapes import random_tokenizer
from tests.model.tiny import random_qwen2
from tests.unit.engines.models.tiny import write_gguf

DEVICE = cast(Device, os.environ.get("RRM_TEST_DEVICE", "cuda"))
VOCABULARY = 512
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if torch.cuda.is_available():
        return
    for item in items:
        if HERE in item.path.parents and (DEVICE == "cuda" or item.get_closest_marker("cuda")):
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device, and torch finds none"))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two layers with a tokenizer of bytes, as a plain ``transformers`` folder in bfloat16."""
    place = tmp_path_factory.mktemp("gpu") / "tiny-model"
    place.mkdir()
    convert(write_gguf(place.parent / "tiny.gguf"), place, Recipe("bf16"), None, lambda _: None)
    config = json.loads((place / "config.json").read_text())
    (place / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 16_384}))
    return place


@pytest.fixture
def model() -> Qwen2ForCausalLM:
    """A random model in fp32, whose choices stand apart."""
    attention = "sdpa" if DEVICE == "cuda" else "packed_gqa"
    return random_qwen2(VOCABULARY, attention=attention).to(DEVICE)  # type: ignore[arg-type]


@pytest.fixture
def loop(model: Qwen2ForCausalLM) -> DecodeLoop:
    return new_loop(model)


def new_loop(model: Qwen2ForCausalLM) -> DecodeLoop:
    tokenizer = random_tokenizer(model.config.vocab_size).backend_tokenizer
    return DecodeLoop(model, tokenizer, max_batch_tokens=10**6, cached_prefix_tokens=4096)


def prompt(tokens: int, seed: int = 0) -> PromptTokens:
    generator = torch.Generator().manual_seed(seed)
    return PromptTokens(tuple(torch.randint(8, VOCABULARY, (tokens,), generator=generator).tolist()))


def request(
    prompts: list[PromptTokens],
    budget: int,
    *,
    temperature: float = 0.0,
    end_ids: frozenset[int] = frozenset(),
    probe_every: int = 0,
) -> GenerationRequest:
    """Return a request with a row for each of ``prompts``, whose thinking only the budget or ``end_ids`` close."""
    return GenerationRequest(
        rows=tuple(RowRequest(one, seed) for seed, one in enumerate(prompts)),
        verdict_format=VerdictFormat(
            replace(BOXED, close="\x00"), (2, 3), (4, 5), (4, 5), (4, 5), (6, 7), end_ids, stem_text="w5 "
        ),
        thinking_budget=budget,
        answer_tokens=4,
        temperature=temperature,
        top_p=1.0,
        probe_every=probe_every,
    )
