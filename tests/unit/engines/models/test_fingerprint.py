"""Folders of models that are known again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from rrm_ui.engines.models.fingerprint import SAMPLE_BYTES, STRIDE_BYTES, WHOLE_BYTES, fingerprint

ROWS = 7 * STRIDE_BYTES // 2048


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    torch.manual_seed(0)
    weights = {"a": torch.randn(ROWS, 256), "norm": torch.randn(64), "z": torch.randn(ROWS, 256)}
    save_file(weights, folder / "model.safetensors")
    assert (folder / "model.safetensors").stat().st_size > WHOLE_BYTES
    return folder


def change(path: Path, place: int, content: bytes = b"other") -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(content)


def test_a_copy_is_the_same_model_whenever_it_was_made(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    for path in (tmp_path / "copy").iterdir():
        os.utime(path, (1, 1))
    assert fingerprint(tmp_path / "copy") == fingerprint(folder)


def test_a_change_of_any_file_is_seen(folder: Path) -> None:
    seen = {fingerprint(folder)}
    weights = folder / "model.safetensors"
    for place in (9, 2 * STRIDE_BYTES, weights.stat().st_size - 5):
        change(weights, place)
        seen.add(fingerprint(folder))
    (folder / "config.json").write_text("{ }")
    seen.add(fingerprint(folder))
    (folder / "config.json").rename(folder / "settings.json")
    assert len({*seen, fingerprint(folder)}) == 6


def test_another_tensor_is_seen_however_small(folder: Path) -> None:
    before = fingerprint(folder)
    content = (folder / "model.safetensors").read_bytes()
    header = int.from_bytes(content[:8], "little")
    norm = 8 + header + ROWS * 1024
    assert norm % STRIDE_BYTES > SAMPLE_BYTES  # and so is where no sample would be otherwise
    change(folder / "model.safetensors", norm)
    assert fingerprint(folder) != before


def test_a_large_file_of_another_kind_is_sampled_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"{" * (WHOLE_BYTES + 1))  # called so, and no such file
    before = fingerprint(tmp_path)
    change(tmp_path / "model.safetensors", STRIDE_BYTES + SAMPLE_BYTES - 5)
    assert fingerprint(tmp_path) != before
