"""Every test gets a data folder of its own, except those marked to share the fetched models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rrm_ui.settings import get_settings


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RRM_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    return tmp_path
