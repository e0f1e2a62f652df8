"""What all tests share: settings that no shell has changed, and data folders of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rrm_ui.settings import get_settings

for name in [name for name in os.environ if name.startswith("RRM_")]:
    if name not in ("RRM_DATA_DIR", "RRM_TEST_DEVICE"):  # where fetched models are kept, and what tests/gpu run on
        del os.environ[name]


@pytest.hookimpl(tryfirst=True)  # before the plugin looks for the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what shares servers and models in one process where tests run side by side (``-n 2 --dist loadgroup``).

    Two browsers at a time would each be too slow for what is to be seen in time.
    """
    for item in items:
        place = item.path.relative_to(Path(__file__).parent)
        item.add_marker(pytest.mark.xdist_group("browser" if place.parts[0] == "browser" else str(place)))


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, without any model."""
    monkeypatch.setenv("RRM_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    return tmp_path
