from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from rrm_ui.errors import BadInput, RecordFailure
from rrm_ui.evaluation.training_curves import CONFIGURATION, CURVES, read_curves
from rrm_ui.training.journal import Journal
from tests.full_disk import fill_disk


def test_a_run_goes_on_from_its_last_checkpoint_and_forgets_later_lines(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {"seed": 0}).begin()
    assert (journal.step, journal.state) == (0, None)
    journal.append({"step": 1, "loss": 2.0})
    journal.append({"step": 2, "loss": 1.0})
    journal.save(2, {"weights": [torch.tensor([1.5])]})
    journal.append({"step": 3, "loss": 0.5})

    again = Journal(tmp_path, {"seed": 0}).begin()

    assert again.step == 2
    assert again.state is not None
    assert again.state["weights"][0].tolist() == [1.5]
    assert [row["step"] for row in again.rows()] == [1, 2]


def test_only_the_newest_checkpoint_is_kept_and_a_half_written_one_is_ignored(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {}).begin()
    journal.save(1, {"n": 1})
    journal.save(12, {"n": 12})
    (tmp_path / "checkpoint-000020.partial").mkdir()

    again = Journal(tmp_path, {})

    assert again.state == {"n": 12}
    assert [path.name for path in tmp_path.glob("checkpoint-*[0-9]")] == ["checkpoint-000012"]


def test_another_run_in_the_folder_is_refused_with_what_differs(tmp_path: Path) -> None:
    options = {"steps": 9, "schedule": {"learning_rate": 0.1}}
    Journal(tmp_path, {"seed": 0, "start": None, "options": options}).begin()
    now = {"seed": 1, "start": "adapter 1", "options": {**options, "schedule": {"learning_rate": 0.2}}}
    with pytest.raises(BadInput) as refused:
        Journal(tmp_path, now)
    assert (
        "differs in options.schedule.learning_rate (0.1, now 0.2), seed (0, now 1), start (none, now adapter 1))"
        in refused.value.message
    )


def test_a_model_is_known_by_its_revision_whatever_its_folder_is_called(tmp_path: Path) -> None:
    Journal(tmp_path, {"base": "mine (revision abc)"}).begin()
    assert Journal(tmp_path, {"base": "moved (revision abc)"}).begin().step == 0
    assert json.loads((tmp_path / CONFIGURATION).read_text()) == {"base": "moved (revision abc)"}
    with pytest.raises(BadInput, match=r"differs in base \(moved \(revision abc\), now moved \(revision abd\)\)"):
        Journal(tmp_path, {"base": "moved (revision abd)"})


def test_a_run_that_is_refused_before_it_begins_does_not_stand_in_the_way_of_another(tmp_path: Path) -> None:
    Journal(tmp_path / "run", {"sampled": 0})
    assert not (tmp_path / "run").exists()
    assert Journal(tmp_path / "run", {"sampled": 4}).begin().step == 0


def test_what_may_change_is_written_anew_and_nothing_else(tmp_path: Path) -> None:
    Journal(tmp_path, {"seed": 0, "steps": 50}, ("steps",)).begin().save(50, {})
    assert Journal(tmp_path, {"seed": 0, "steps": 80}, ("steps",)).begin().step == 50
    assert json.loads((tmp_path / CONFIGURATION).read_text()) == {"seed": 0, "steps": 80}
    with pytest.raises(BadInput, match="differs in seed"):
        Journal(tmp_path, {"seed": 1, "steps": 90}, ("steps",))
    assert json.loads((tmp_path / CONFIGURATION).read_text())["steps"] == 80


def test_a_place_that_is_no_folder_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot hold a training run"):
        Journal(tmp_path / "file", {}).begin()


def test_a_torn_last_line_of_the_curves_is_left_out(tmp_path: Path) -> None:
    (tmp_path / CURVES).write_text('{"step": 1}\n{"st')
    assert read_curves(tmp_path) == [{"step": 1}]


def test_a_broken_line_in_the_middle_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / CURVES).write_text('{"st\n{"step": 1}\n')
    with pytest.raises(ValueError):
        read_curves(tmp_path)


def test_a_run_killed_before_its_first_checkpoint_begins_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {}).begin()
    journal.append({"step": 0, "accuracy": 0.5})
    journal.append({"step": 1, "loss": 1.0})
    assert Journal(tmp_path, {}).begin().rows() == []


def test_a_full_disk_is_one_sentence_and_the_checkpoint_before_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, {}).begin()
    journal.save(1, {"n": 1})

    def full(*_: Any) -> None:  # torch's own words
        raise RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed\n at a place")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(RecordFailure, match=r"folder can no longer be written \(PytorchStreamWriter .* failed\)\."):
        journal.save(2, {"n": 2})
    assert Journal(tmp_path, {}).state == {"n": 1}
    fill_disk(journal._curves, tmp_path / CURVES)
    with pytest.raises(RecordFailure, match="No space left"):
        journal.append({"step": 2})
