"""What all tests share: settings that no shell has changed, and data folders of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rrm_ui.settings import get_settings

BROWSER = "tests/browser/"
GPU = "tests/gpu/"

for name in [name for name in os.environ if name.startswith("RRM_")]:
    if name not in ("RRM_DATA_DIR", "RRM_TEST_DEVICE"):  # where fetched models are kept, and what tests/gpu run on
        del os.environ[name]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep what shares servers and models in one process where tests run side by side (``-n 2``): a file's tests.

    And all that drive a browser: two browsers at a time would each be too slow for what is to be seen in time. Those
    of a GPU share nothing that is dear, and half of their time in Triton's interpreter is one file's.
    """
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(GPU):
                return nodeid
            return BROWSER if nodeid.startswith(BROWSER) else str(super()._split_scope(nodeid))

    return ByFile(config, log)


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
