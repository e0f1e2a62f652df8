from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.record import write_state
from rrm_ui.evaluation.shelf import RunShelf
from tests.unit.evaluation.folders import put_run
from tests.unit.evaluation.made_runs import RunShape, made_run


@pytest.fixture
def shelf(tmp_path: Path) -> RunShelf:
    return RunShelf(tmp_path / "runs", tmp_path / "shipped")


def test_an_empty_shelf_holds_nothing(shelf: RunShelf) -> None:
    assert shelf.summaries() == ()


def test_runs_are_listed_newest_first_with_those_that_ship(shelf: RunShelf, tmp_path: Path) -> None:
    for name, created in (("old", "2026-01-01T00:00:00+00:00"), ("new", "2026-03-01T00:00:00+00:00")):
        run = made_run(1, name=name)
        put_run(replace(run, spec=replace(run.spec, created=created)), tmp_path / "runs" / name)
    put_run(made_run(2, name="with the program"), tmp_path / "shipped" / "reference")
    listed = shelf.summaries()
    assert [run.key for run in listed] == ["new", "shipped:reference", "old"]
    assert [run.shipped for run in listed] == [False, True, False]
    assert (listed[0].name, listed[0].votes, listed[0].budget, listed[0].state) == ("new", 4, 256, "finished")


@pytest.mark.parametrize(("limit", "taken"), [(None, 40), (6, 6), (100, 40)])
def test_a_run_says_how_many_comparisons_of_its_data_it_takes(
    shelf: RunShelf, tmp_path: Path, limit: int | None, taken: int
) -> None:
    run = made_run(1)
    put_run(replace(run, spec=replace(run.spec, limit=limit)), tmp_path / "runs" / "a")
    (listed,) = shelf.summaries()
    assert (listed.comparisons, listed.rows) == (taken, 40)


def test_a_seed_is_told_whole(shelf: RunShelf, tmp_path: Path) -> None:
    run = made_run(1)
    seed = 2**53 + 1
    put_run(
        replace(run, spec=replace(run.spec, settings=replace(run.spec.settings, seed=seed))), tmp_path / "runs" / "a"
    )
    assert [one.seed for one in shelf.summaries()] == [str(seed)]


def test_a_broken_folder_is_no_run_hides_no_other_and_is_logged_once(
    shelf: RunShelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put_run(made_run(1), tmp_path / "runs" / "good")
    (tmp_path / "runs" / "torn").mkdir()
    (tmp_path / "runs" / "torn" / "run.json").write_text('{"format": 1,')
    (tmp_path / "runs" / "other").mkdir()
    for _ in range(2):
        assert [run.key for run in shelf.summaries()] == ["good"]
    assert len(caplog.records) == 1
    assert "torn" in caplog.text


@pytest.mark.parametrize("key", ["nothing", "..", "../runs/good", "/etc", "", "shipped:good", "good/../good"])
def test_a_key_is_a_name_never_a_path(shelf: RunShelf, tmp_path: Path, key: str) -> None:
    put_run(made_run(1), tmp_path / "runs" / "good")
    assert shelf.folder_of("good") == tmp_path / "runs" / "good"
    with pytest.raises(BadInput, match="no such run"):
        shelf.read(key)


def test_a_run_that_grew_is_read_again_and_an_unchanged_one_is_not(shelf: RunShelf, tmp_path: Path) -> None:
    run = made_run(1, RunShape(items=10, unfinished=4, state="running"))
    folder = put_run(run, tmp_path / "runs" / "growing")
    first = shelf.read("growing")
    assert shelf.read("growing") is first
    assert shelf.findings("growing", "strict") is shelf.findings("growing", "strict")
    assert shelf.findings("growing", "strict").n == 6
    whole = made_run(1, RunShape(items=10))
    shutil.rmtree(folder)
    put_run(whole, folder)
    os.utime(folder / "votes.jsonl", ns=(1, 1))
    assert shelf.findings("growing", "strict").n == 10
    write_state(folder, run.spec, "stopped", 99.0)
    os.utime(folder / "run.json", ns=(2, 2))
    assert shelf.read("growing").seconds == 99.0


def test_the_list_follows_a_runs_state(shelf: RunShelf, tmp_path: Path) -> None:
    run = made_run(1)
    folder = put_run(run, tmp_path / "runs" / "one")
    assert [listed.state for listed in shelf.summaries()] == ["finished"]
    write_state(folder, run.spec, "stopped", 1.0)
    os.utime(folder / "run.json", ns=(3, 3))
    assert [listed.state for listed in shelf.summaries()] == ["stopped"]


def test_each_rule_has_its_findings(shelf: RunShelf, tmp_path: Path) -> None:
    put_run(made_run(1, RunShape(unreadable_share=0.4)), tmp_path / "runs" / "one")
    assert shelf.findings("one", "lenient").curves.scoring == "lenient"
    assert shelf.findings("one", "strict").curves.scoring == "strict"


def test_new_folders_never_collide(shelf: RunShelf, tmp_path: Path) -> None:
    first = shelf.new_folder("My <b>prefs</b>/../x.jsonl")
    first.mkdir(parents=True)
    second = shelf.new_folder("My <b>prefs</b>/../x.jsonl")
    assert first.parent == second.parent == tmp_path / "runs"
    assert first != second
    assert first.name.split("-", 2)[2] == "my-b-prefs-b-x-jsonl"
    assert shelf.new_folder("评测").name.endswith("-run")
