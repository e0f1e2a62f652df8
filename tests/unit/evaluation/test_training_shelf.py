from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rrm_ui.errors import BadInput
from rrm_ui.evaluation import training_shelf
from rrm_ui.evaluation.training_curves import CONFIGURATION, CURVES, TrainingRun, read_training
from rrm_ui.evaluation.training_shelf import TrainingShelf


def put_training(folder: Path, steps: int = 2) -> None:
    folder.mkdir(parents=True)
    (folder / CONFIGURATION).write_text(json.dumps({"kind": "grpo", "base": "embedded", "comparisons": 3}))
    (folder / CURVES).write_text(
        "".join(json.dumps({"step": step, "reward": 0.5}) + "\n" for step in range(1, steps + 1))
    )


@pytest.fixture
def shelf(tmp_path: Path) -> TrainingShelf:
    return TrainingShelf(tmp_path / "training", tmp_path / "shipped")


def test_training_runs_of_both_folders_are_listed(shelf: TrainingShelf, tmp_path: Path) -> None:
    assert shelf.summaries() == ()
    put_training(tmp_path / "training" / "mine", steps=4)
    put_training(tmp_path / "shipped" / "judge")
    listed = {one.key: one for one in shelf.summaries()}
    assert set(listed) == {"training:mine", "training:shipped:judge"}
    assert (listed["training:mine"].steps, listed["training:mine"].shipped) == (4, False)
    assert listed["training:shipped:judge"].shipped


@pytest.mark.parametrize(
    ("name", "content"), [(CONFIGURATION, "{"), (CONFIGURATION, "[]"), (CURVES, '{"loss": 1.0}\n')]
)
def test_a_broken_folder_hides_no_other_and_is_logged_once(
    shelf: TrainingShelf, tmp_path: Path, name: str, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    put_training(tmp_path / "training" / "good")
    put_training(tmp_path / "training" / "torn")
    (tmp_path / "training" / "torn" / name).write_text(content)
    for _ in range(2):
        assert [one.name for one in shelf.summaries()] == ["good"]
    assert len(caplog.records) == 1
    assert "torn" in caplog.text


def test_a_list_that_is_asked_for_again_reads_only_what_has_grown(
    shelf: TrainingShelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("old", "new"):
        put_training(tmp_path / "training" / name)
    read: list[str] = []

    def counted(folder: Path) -> TrainingRun:
        read.append(folder.name)
        return read_training(folder)

    monkeypatch.setattr(training_shelf, "read_training", counted)
    first = shelf.summaries()
    assert sorted(read) == ["new", "old"]
    assert shelf.summaries() == first
    assert len(read) == 2
    curves = tmp_path / "training" / "new" / CURVES
    with curves.open("a") as more:
        more.write('{"step": 9}\n')
    os.utime(curves, ns=(1, 1))
    assert {one.name: one.steps for one in shelf.summaries()} == {"old": 2, "new": 9}
    assert read[2:] == ["new"]
    curves.unlink()
    assert {one.name: one.steps for one in shelf.summaries()} == {"old": 2, "new": 0}


@pytest.mark.parametrize("key", ["", "good", "training:..", "training:../training/good", "training:/etc"])
def test_a_key_is_never_a_path(shelf: TrainingShelf, tmp_path: Path, key: str) -> None:
    put_training(tmp_path / "training" / "good")
    assert shelf.read("training:good").values("reward") == [(1, 0.5), (2, 0.5)]
    with pytest.raises(BadInput, match="no such training run"):
        shelf.read(key)
