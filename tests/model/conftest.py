"""The embedded model, fetched once and kept in the shared data folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from rrm_ui.engines.models.catalogue import EMBEDDED
from rrm_ui.engines.models.devices import place
from rrm_ui.engines.models.fetch import fetch_model
from rrm_ui.settings import Settings
from rrm_ui.training.comparisons.families.sums import FAMILY
from rrm_ui.training.comparisons.generate import generate
from rrm_ui.training.data import write_comparisons
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


@pytest.fixture
def small_model(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> Path:
    """A random model of two layers as a folder, as somebody would bring their own."""
    folder = tmp_path / "small-model"
    random_qwen2(len(tokenizer), layers=2).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def sums_file(tmp_path: Path) -> Path:
    """A file of six comparisons to train on."""
    place = tmp_path / "comparisons.jsonl"
    write_comparisons(place, generate([FAMILY], 6, "train", 0))
    return place
