"""Training runs that are gone on with, or asked for once more: what is there stays what others started from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rrm_ui.cli import main
from rrm_ui.engines.models.adapter_files import CONFIG_FILE, adapter_hash

SAVE = """
import sys
from pathlib import Path
from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.scripted_model import scripted_prompts
from rrm_ui.training.policy import LoraOptions, Policy, add_adapter
from tests.model.tiny import random_qwen2
wrapper = add_adapter(random_qwen2(300, layers=4), LoraOptions(2, 4), 0)
Policy(wrapper.get_base_model(), wrapper, scripted_prompts(EMBEDDED)).save_adapter(Path(sys.argv[1]), "base")
"""
SMALL = ["--samples", "2", "--comparisons-per-step", "2", "--budget", "2", "--rank", "2"]


def test_an_adapter_is_the_same_file_whatever_process_wrote_it(tmp_path: Path) -> None:
    folders = [tmp_path / seed for seed in ("1", "2")]
    for folder in folders:
        variables = {**os.environ, "PYTHONHASHSEED": folder.name}
        subprocess.run([sys.executable, "-c", SAVE, str(folder)], env=variables, check=True, capture_output=True)
    assert len({adapter_hash(folder) for folder in folders}) == 1


def test_a_finished_run_that_is_asked_for_again_keeps_the_adapter_that_others_started_from(
    small_model: Path, sums_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = ["direct", "--model", str(small_model), "--data", str(sums_file), "--out", str(tmp_path / "first")]
    first += ["--steps", "1", "--rank", "2"]
    assert main(["train", *first]) == 0
    adapter = tmp_path / "first" / "adapter"
    config = json.loads((adapter / CONFIG_FILE).read_text())
    config["target_modules"].reverse()  # as an earlier version may have written them
    (adapter / CONFIG_FILE).write_text(json.dumps(config))
    before = adapter_hash(adapter)

    second = ["grpo", "--model", str(small_model), "--data", str(sums_file), "--out", str(tmp_path / "second"), *SMALL]
    second += ["--start", str(adapter)]
    assert main(["train", *second, "--steps", "1"]) == 0
    assert main(["train", *first]) == 0
    assert adapter_hash(adapter) == before
    assert main(["train", *second, "--steps", "2"]) == 0, capsys.readouterr().err


def test_a_run_with_a_checkpoint_needs_no_adapter_to_start_from(
    small_model: Path, sums_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start = tmp_path / "start"
    command = ["--model", str(small_model), "--data", str(sums_file), "--rank", "2", "--steps", "1"]
    assert main(["train", "direct", *command, "--out", str(tmp_path / "first")]) == 0
    shutil.copytree(tmp_path / "first" / "adapter", start)
    goes_on = ["grpo", *command[:4], *SMALL, "--start", str(start), "--out", str(tmp_path / "second")]
    assert main(["train", *goes_on, "--steps", "1"]) == 0
    shutil.rmtree(start)
    assert main(["train", *goes_on, "--steps", "2"]) == 0, capsys.readouterr().err
    assert main(["train", *goes_on[:-1], str(tmp_path / "third"), "--steps", "1"]) == 2
    assert f"There is no adapter in {start}" in capsys.readouterr().err


def test_files_that_were_moved_are_the_same_run(
    small_model: Path, sums_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "run"), *SMALL]
    assert main(["train", "grpo", "--model", str(small_model), "--data", str(sums_file), *out, "--steps", "1"]) == 0
    moved, renamed = tmp_path / "moved", sums_file.with_name("renamed.jsonl")
    shutil.copytree(small_model, moved, copy_function=shutil.copy)  # with times of its own
    sums_file.rename(renamed)
    command = ["train", "grpo", "--model", str(moved), "--data", str(renamed), *out]
    assert main([*command, "--steps", "2"]) == 0, capsys.readouterr().err
    assert json.loads((tmp_path / "run" / "training.json").read_text())["data"] == "renamed.jsonl"
