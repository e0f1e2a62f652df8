"""The settings of a server reach the engine that it gets, and a model that cannot be asked gets none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from rrm_ui import assembly
from rrm_ui.engines import local
from rrm_ui.errors import ModelUnavailable
from rrm_ui.prompts.encoding import PromptBuilder
from rrm_ui.scripted_model import scripted_prompts
from rrm_ui.settings import Settings
from tests.model.tiny import random_qwen2

ENVIRONMENT = {
    "RRM_MAX_ROWS": "7",
    "RRM_MAX_BATCH_TOKENS": "12345",
    "RRM_CACHED_PREFIX_TOKENS": "678",
    "RRM_MAX_WAITING": "9",
    "RRM_JUDGMENT_SECONDS": "321",
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the loop and the engine were made with."""
    made: dict[str, Any] = {}

    class Loop:
        def __init__(self, _model: object, _tokenizer: object, **options: Any) -> None:
            made.update(options)

    class Engine:
        def __init__(self, _loop: object, max_waiting: int, judgment_seconds: float, free_tokens: object) -> None:
            made.update(max_waiting=max_waiting, judgment_seconds=judgment_seconds, free_tokens=free_tokens)

    monkeypatch.setattr(local, "DecodeLoop", Loop)
    monkeypatch.setattr(local, "LocalEngine", Engine)
    return made


def make_engine(settings: Settings) -> None:
    prompts = scripted_prompts()
    model = random_qwen2(prompts.tokenizer.get_vocab_size(with_added_tokens=True))
    most = settings.max_batch_tokens or 1000
    assembly._engine_of_server(model, prompts, most, settings)


def test_what_is_set_reaches_the_engine(asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    make_engine(Settings())
    steps = asked.pop("steps")
    assert steps is None  # recorded on CUDA alone
    assert asked == {
        "max_batch_tokens": 12345,
        "cached_prefix_tokens": 678,
        "max_rows": 7,
        "max_waiting": 9,
        "judgment_seconds": 321,
        "free_tokens": None,
    }


def test_without_settings_a_cpu_writes_a_bounded_number_of_votes_and_room_is_measured(asked: dict[str, Any]) -> None:
    make_engine(Settings())
    assert asked["max_rows"] == assembly.CPU_ROWS
    assert asked["free_tokens"]() > 0


@pytest.mark.parametrize("unusable", ["head", "verdict_format"])
def test_a_model_that_cannot_be_asked_gets_no_engine(monkeypatch: pytest.MonkeyPatch, unusable: str) -> None:
    """Otherwise it would be served, or take the place of one that can."""

    class Prompts:
        def __getattr__(self, name: str) -> Any:
            if name == unusable:
                raise ModelUnavailable("It cannot be asked.")
            return ()

    loaded: Any = SimpleNamespace(
        words=SimpleNamespace(family=None), model=SimpleNamespace(generation_config=None), tokenizer=None
    )
    monkeypatch.setattr(PromptBuilder, "of_model", lambda *_: Prompts())
    monkeypatch.setattr(assembly, "_engine_of_server", lambda *_: pytest.fail("an engine was made"))
    with pytest.raises(ModelUnavailable, match="cannot be asked"):
        assembly.judge_model(loaded, Settings(max_batch_tokens=1000))
