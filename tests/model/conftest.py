"""The embedded model, fetched once and kept in the shared data folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from rrm_ui.engines.models.catalogue import EMBEDDED
from rrm_ui.engines.models.devices import place
from rrm_ui.engines.models.fetch import fetch_model
from rrm_ui.settings import Settings
from tests.model.tiny import Loop, prompt_builder, random_qwen2


@pytest.fixture(scope="session")
def embedded_dir() -> Path:
    """The embedded model's folder in NF4; fetched where it is not yet, into ``RRM_DATA_DIR`` or the default."""
    return fetch_model("embedded", Settings(quantization="nf4"), lambda _: None)


@pytest.fixture(scope="session")
def form_of_embedded() -> str:
    """How the embedded model computes on this machine, where nothing is asked for."""
    return f"{place(Settings(), EMBEDDED.shape.parameters).quantization}, head int8"


@pytest.fixture(scope="session")
def tokenizer(embedded_dir: Path) -> PreTrainedTokenizerFast:
    """The embedded model's own tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(embedded_dir)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    return tokenizer


@pytest.fixture
def loop(tokenizer: PreTrainedTokenizerFast) -> Loop:
    """A decode loop over a small random model with the real tokenizer."""
    return Loop(random_qwen2(len(tokenizer)), prompt_builder(tokenizer))
