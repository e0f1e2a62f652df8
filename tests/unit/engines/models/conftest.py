"""No test here reaches the network: pip looks into a local folder, the Hub is a closed port or a fake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from huggingface_hub import constants

from rrm_ui.engines.models import adapter_files, devices
from rrm_ui.engines.models.catalogue import CatalogueEntry
from rrm_ui.engines.models.checkpoint import Recipe
from rrm_ui.engines.models.convert import convert
from rrm_ui.progress import Progress
from rrm_ui.settings import Settings
from tests.unit.engines.models.fake_hub import FakeHub, serving
from tests.unit.engines.models.tiny import tiny_entry, write_gguf, write_wheels

CLOSED_PORT = "http://127.0.0.1:9"


def point_hub_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what ``HF_ENDPOINT`` does, which the client reads once on import."""
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")


@pytest.fixture(scope="session")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model's file."""
    return write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture(scope="session")
def wheelhouse(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny model's wheels."""
    folder = tmp_path_factory.mktemp("wheelhouse")
    write_wheels(gguf, folder)
    return folder


@pytest.fixture(scope="session")
def entry(gguf: Path) -> CatalogueEntry:
    """The tiny model's catalogue entry."""
    return tiny_entry(gguf)


@pytest.fixture(scope="session")
def plain_folder(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model in bfloat16, as ``save_pretrained`` would write it."""
    folder = tmp_path_factory.mktemp("plain") / "my-model"
    folder.mkdir()
    convert(gguf, folder, Recipe("bf16"), None, lambda _: None)
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with an empty data folder."""
    return Settings(data_dir=tmp_path / "data", hub_timeout=2.0)


@pytest.fixture(autouse=True)
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for adapters in place of the project's own."""
    monkeypatch.setattr(adapter_files, "ASSETS", tmp_path / "assets")
    return tmp_path / "assets"


@pytest.fixture(autouse=True)
def takes_nf4(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left to ``auto`` becomes NF4 whichever processor the tests run on; tests of the choice undo this."""
    monkeypatch.setattr(devices, "computes_in_bf16", lambda: True)
    monkeypatch.setattr(devices, "largest_code", lambda: None)


@pytest.fixture(autouse=True)
def no_network(tmp_path: Path, wheelhouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Hub answers nothing, its cache is empty, and pip finds wheels in ``wheelhouse`` only."""
    point_hub_at(CLOSED_PORT, monkeypatch)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)  # whatever the shell says
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheelhouse))
    monkeypatch.setenv("PIP_RETRIES", "0")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[FakeHub], FakeHub]]:
    """Put a fake Hub where the client looks for the real one."""
    with ExitStack() as stack:

        def start(hub: FakeHub) -> FakeHub:
            stack.enter_context(serving(hub))
            point_hub_at(hub.url, monkeypatch)
            return hub

        yield start


class Recorder:
    """Keeps the progress that it hears."""

    def __init__(self) -> None:
        self.heard: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.heard.append(progress)

    @property
    def stages(self) -> list[str]:
        """The stages in order, each once."""
        return list(dict.fromkeys(progress.stage for progress in self.heard))


@pytest.fixture
def report() -> Recorder:
    return Recorder()
