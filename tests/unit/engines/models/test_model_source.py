"""The models that a running server may change to, with a tiny one that is fetched, converted and loaded."""

from __future__ import annotations

import pytest
import torch

from rrm_ui import model_source
from rrm_ui.engines.models import catalogue, fetch, hardware
from rrm_ui.engines.models.catalogue import CatalogueEntry
from rrm_ui.engines.models.fetch import room_needed
from rrm_ui.engines.models.resources import WORKING_MEMORY_BYTES
from rrm_ui.errors import ModelUnavailable
from rrm_ui.model_source import NamedModels
from rrm_ui.scripted_model import scripted_model
from rrm_ui.settings import Settings
from tests.unit.engines.models.conftest import Recorder

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="expects the CPU's answers")


@pytest.fixture
def source(entry: CatalogueEntry, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> NamedModels:
    """Models for a server that began with another one, in words that were chosen for that."""
    monkeypatch.setattr(catalogue, "CATALOGUE", (*catalogue.CATALOGUE, entry))
    return NamedModels(settings.model_copy(update={"model": "embedded", "prompt_family": "rm-r1"}))


def test_a_model_by_name_is_fetched_and_then_loaded(source: NamedModels, report: Recorder) -> None:
    source.fetch("tiny", 0, report)
    assert report.stages == ["looking", "fetching", "checking", "converting", "saving"]
    loading = Recorder()
    model = source.load("tiny", loading)
    try:
        assert loading.stages == ["looking", "loading", "warming"]
        assert model.details.name == "tiny"
        assert model.details.prompt_family == "embedded"  # not the words that were chosen for the first model
        assert model.weights_bytes > 0
    finally:
        model.engine.stop()


def test_a_model_fits_beside_another_if_there_is_room_to_judge(
    source: NamedModels, settings: Settings, entry: CatalogueEntry, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.fetch("tiny", 0, report)
    needed = room_needed("tiny", settings)
    votes = entry.family.votes * entry.shape.context_tokens * entry.shape.kv_bytes  # its context is that small
    assert needed > WORKING_MEMORY_BYTES + 2 * votes
    for free, fits in ((needed, True), (needed - 1, False)):
        monkeypatch.setattr(hardware, "memory_for_weights", lambda _, free=free: (free, "memory"))
        assert source.fits_beside("tiny") is fits


def test_memory_that_will_be_let_go_counts(
    source: NamedModels, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "free_memory_bytes", lambda: 10)
    with pytest.raises(ModelUnavailable, match="tiny needs about"):
        source.fetch("tiny", 0, report)
    source.fetch("tiny", 2 * WORKING_MEMORY_BYTES, report)


def test_the_first_models_own_words_and_adapter_stay_with_it(
    settings: Settings, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = settings.model_copy(update={"model": "embedded", "prompt_family": "rm-r1", "adapter": "my/lora"})
    assert NamedModels(first)._settings_for("embedded") == first
    other = NamedModels(first)._settings_for("tiny")
    assert (other.prompt_family, other.adapter) == ("auto", "auto")
    unnamed = NamedModels(first.model_copy(update={"model": "auto"}))
    monkeypatch.setattr(model_source, "load_judge_model", lambda *_: scripted_model())
    found = unnamed.load_first(report).details.name
    again = unnamed._settings_for(found)
    assert (again.model, again.prompt_family, again.adapter) == (found, "rm-r1", "my/lora")
    untrained = first.model_copy(update={"adapter": "none"})
    assert NamedModels(untrained)._settings_for("tiny").adapter == "none"
