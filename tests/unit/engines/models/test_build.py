"""Making a checkpoint while processes are killed, start together, or leave rubbish."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM

from rrm_ui.engines.models import build
from rrm_ui.engines.models.adapter_files import adapter_hash
from rrm_ui.engines.models.build import ready_checkpoint
from rrm_ui.engines.models.catalogue import CatalogueEntry
from rrm_ui.engines.models.checkpoint import MANIFEST, Recipe, ingredients, read_manifest
from rrm_ui.errors import ModelUnavailable
from rrm_ui.settings import Settings
from tests.unit.engines.models.conftest import Recorder
from tests.unit.engines.models.test_adapter import write_adapter

Make = Callable[..., Path]
PROGRAM = [sys.executable, "-m", "tests.unit.engines.models.prepare_tiny"]


@pytest.fixture
def make(entry: CatalogueEntry, settings: Settings) -> Make:
    """Make the tiny checkpoint in this process."""
    assert entry.gguf is not None
    gguf_source = entry.gguf

    def run(report: Recorder, recipe: Recipe | None = None) -> Path:
        return ready_checkpoint(entry, gguf_source, recipe or Recipe(), settings, report)

    return run


def start(gguf: Path, settings: Settings, wait_at: str = "") -> subprocess.Popen[str]:
    command = [*PROGRAM, str(gguf), str(settings.data_dir), *([wait_at] if wait_at else [])]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def rest_of(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    assert process.wait() == 0
    return lines


def stages(lines: list[str]) -> set[str]:
    return {line.split()[0] for line in lines}


def hidden(models_dir: Path) -> list[str]:
    return [path.name for path in models_dir.iterdir() if path.name.startswith(".") and path.suffix != ".lock"]


def test_a_second_call_uses_the_first_ones_result(make: Make, report: Recorder) -> None:
    folder = make(report)
    assert report.stages == ["looking", "fetching", "checking", "converting", "saving"]
    again = Recorder()
    assert make(again) == folder
    assert again.stages == ["looking"]
    AutoModelForCausalLM.from_pretrained(folder)


@pytest.mark.parametrize("moment", ["fetching 4", "checking", "converting 9", "saving"])
def test_a_kill_at_any_moment_leaves_nothing_that_is_trusted(
    moment: str, gguf: Path, settings: Settings, make: Make, report: Recorder
) -> None:
    process = start(gguf, settings, moment)
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if line.startswith(moment):
            process.send_signal(signal.SIGKILL)
            break
    assert process.wait() == -signal.SIGKILL, f"never came to {moment}: {seen}"
    process.stdout.close()
    models = settings.models_dir
    assert list(models.glob("tiny-*")) == []
    parts = list(models.glob("sources/*/part???.bin"))
    joined = list(models.glob("sources/*/*.gguf"))
    already = sum(part.stat().st_size for part in parts)
    assert bool(parts) == (moment in ("fetching 4", "checking"))
    assert bool(joined) == (moment in ("converting 9", "saving"))

    AutoModelForCausalLM.from_pretrained(make(report))
    assert hidden(models) == []
    assert [path.name for path in next(models.glob("sources/*")).iterdir()] == ["tiny-q4_k_m.gguf"]
    fetched = [progress.done for progress in report.heard if progress.stage == "fetching"]
    assert fetched[:1] == ([] if joined else [already])


def test_of_two_processes_one_prepares_and_both_use_it(gguf: Path, settings: Settings) -> None:
    first, second = start(gguf, settings), start(gguf, settings)
    reports = [rest_of(first), rest_of(second)]
    assert reports[0][-1] == reports[1][-1]
    assert sorted("converting" in stages(lines) for lines in reports) == [False, True]
    waited = next(lines for lines in reports if "converting" not in stages(lines))
    assert stages(waited) <= {"looking", "waiting", "ready"}


def test_a_process_waits_for_the_one_that_holds_the_lock(gguf: Path, settings: Settings, report: Recorder) -> None:
    with build.model_lock(settings.models_dir, "tiny", report):
        other = start(gguf, settings)
        assert other.stdout is not None
        assert [other.stdout.readline().split()[0] for _ in range(2)] == ["looking", "waiting"]
        assert list(settings.models_dir.glob("tiny-*")) == []
    lines = rest_of(other)
    assert "converting" in stages(lines)


def test_another_models_leftovers_are_left_alone(make: Make, settings: Settings, report: Recorder) -> None:
    theirs = settings.models_dir / ".tiny-small-0123456789ab.partial"
    ours = settings.models_dir / ".tiny-0123456789ab.partial"
    for folder in (theirs, ours):
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"half")
    make(report)
    assert theirs.exists()
    assert not ours.exists()


@pytest.mark.parametrize("damage", ["cut short", "missing file", "no manifest", "broken manifest"])
def test_a_checkpoint_that_is_not_whole_is_made_anew(damage: str, make: Make, report: Recorder) -> None:
    folder = make(report)
    weights, manifest = folder / "model.safetensors", folder / MANIFEST
    if damage == "cut short":
        os.truncate(weights, 1000)
    elif damage == "missing file":
        (folder / "tokenizer.json").unlink()
    elif damage == "no manifest":
        manifest.unlink()
    else:
        manifest.write_text("{")
    again = Recorder()
    assert make(again) == folder
    assert "converting" in again.stages
    assert "fetching" not in again.stages
    assert read_manifest(folder) is not None


def test_a_finished_checkpoint_needs_neither_lock_nor_source(
    make: Make, report: Recorder, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(report)
    for name in ("model_lock", "checked_gguf"):
        monkeypatch.setattr(build, name, lambda *_: pytest.fail("asked for more than the folder"))
    assert make(Recorder()) == folder


def test_the_adapter_is_part_of_the_key(
    make: Make, entry: CatalogueEntry, assets: Path, report: Recorder, settings: Settings
) -> None:
    plain = make(report, Recipe("bf16"))
    write_adapter(plain, assets / "tiny-judge")
    again = Recorder()
    adapted = make(again, Recipe("bf16"))
    assert adapted != plain
    assert "fetching" not in again.stages
    assert entry.gguf is not None
    sha256 = adapter_hash(assets / "tiny-judge")
    assert ingredients(entry, entry.gguf, Recipe("bf16")).adapter_sha256 == sha256
    manifest = read_manifest(adapted)
    assert manifest is not None
    assert manifest["adapter_sha256"] == sha256
    assert (adapted / "model.safetensors").read_bytes() != (plain / "model.safetensors").read_bytes()


def test_every_ingredient_changes_the_folder(entry: CatalogueEntry, settings: Settings) -> None:
    assert entry.gguf is not None
    recipes = [Recipe("nf4", "tied"), Recipe("nf4", "nf4"), Recipe("bf16", "tied")]
    folders = {ingredients(entry, entry.gguf, recipe).folder(settings.models_dir) for recipe in recipes}
    assert len(folders) == 3
    assert {folder.parent for folder in folders} == {settings.models_dir}


def test_a_folder_that_cannot_be_written_is_named(make: Make, settings: Settings, report: Recorder) -> None:
    settings.data_dir.parent.mkdir(parents=True, exist_ok=True)
    settings.data_dir.write_text("a file where the folder should be")
    with pytest.raises(ModelUnavailable, match=rf"{settings.models_dir} cannot be written \(.+\); set RRM_DATA_DIR"):
        make(report)


def test_no_room_for_the_checkpoint_is_said_before_converting(
    make: Make, settings: Settings, report: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "weights_bytes", lambda *_: 10**16)
    with pytest.raises(ModelUnavailable, match="of disk space in"):
        make(report)
    assert "converting" not in report.stages
    assert len(list(settings.models_dir.glob("sources/*/*.gguf"))) == 1  # stays for the next try
