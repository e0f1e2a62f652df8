"""What is told of a training run before the model's weights are loaded: mistakes, and what is too long."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rrm_ui.cli import main
from rrm_ui.engines.models import load
from rrm_ui.training.comparisons.families.sums import FAMILY
from rrm_ui.training.comparisons.generate import generate
from rrm_ui.training.data import write_comparisons


class WeightsLoaded(Exception):
    pass


@pytest.fixture(autouse=True)
def _embedded_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRM_PROMPT_FAMILY", "embedded")


@pytest.fixture
def _weights_stay_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise WeightsLoaded

    monkeypatch.setattr(load, "_load_weights", refuse)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what ``train`` with ``arguments``, which are bad input, says."""
    assert main(["train", *arguments]) == 2
    return capsys.readouterr().err


@pytest.mark.usefixtures("_weights_stay_away")
def test_a_sound_command_does_load_them(small_model: Path, sums_file: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsLoaded):
        main(["train", "direct", "--model", str(small_model), "--data", str(sums_file), "--out", str(tmp_path / "run")])
    assert not (tmp_path / "run" / "training.json").exists()


@pytest.mark.usefixtures("_weights_stay_away")
def test_without_any_thought_not_even_the_model_is_looked_for(
    sums_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_comparisons(sums_file, [replace(one, working="") for one in generate([FAMILY], 6, "train", 0)])
    command = [
        "cold-start",
        "--model",
        str(tmp_path / "nowhere"),
        "--data",
        str(sums_file),
        "--out",
        str(tmp_path / "run"),
    ]
    assert "No comparison has a thought" in told(capsys, *command)


@pytest.mark.usefixtures("_weights_stay_away")
def test_words_that_do_not_suit_the_thoughts(
    small_model: Path,
    sums_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RRM_PROMPT_FAMILY", "rm-r1")
    command = ["cold-start", "--model", str(small_model), "--data", str(sums_file), "--out", str(tmp_path / "run")]
    assert "RRM_PROMPT_FAMILY=embedded" in told(capsys, *command)


def test_a_folder_with_another_run(
    small_model: Path,
    sums_file: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["direct", "--model", str(small_model), "--data", str(sums_file), "--out", str(tmp_path / "run")]
    assert main(["train", *command, "--steps", "1", "--rank", "2"]) == 0
    request.getfixturevalue("_weights_stay_away")
    assert "holds another training run" in told(capsys, *command, "--steps", "1", "--rank", "2", "--seed", "1")


@pytest.mark.usefixtures("_weights_stay_away")
def test_an_adapter_to_start_from_that_is_not_there_or_has_another_rank(
    sums_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["grpo", "--model", str(tmp_path / "nowhere"), "--data", str(sums_file), "--out", str(tmp_path / "run")]
    assert "no adapter in" in told(capsys, *command, "--start", str(tmp_path / "start"))
    shutil.copytree(Path("assets/embedded-judge"), tmp_path / "start")
    rank = json.loads((tmp_path / "start" / "adapter_config.json").read_text())["r"]
    assert f"has rank {rank}" in told(capsys, *command, "--start", str(tmp_path / "start"), "--rank", str(rank + 1))


def loads(*arguments: str) -> None:
    """Run ``train`` with ``arguments`` up to where the weights are loaded."""
    with pytest.raises(WeightsLoaded):
        main(["train", *arguments])


@pytest.mark.usefixtures("_weights_stay_away")
def test_a_thought_counts_to_the_length_of_what_is_taught(
    small_model: Path, sums_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, *others = generate([FAMILY], 6, "train", 0)
    write_comparisons(
        sums_file, [replace(first, working="long " * 2000), replace(second, whole_thought="long " * 400), *others]
    )
    files = ["--model", str(small_model), "--data", str(sums_file), "--out", str(tmp_path / "run")]
    loads("cold-start", *files)
    told = capsys.readouterr().err
    assert "1 comparisons of more than 2,048 tokens are left out" in told
    assert "1 thoughts take more than 256 tokens (--budget), up to 40" in told
    loads("direct", *files)  # which teaches no thought
    assert "more than" not in capsys.readouterr().err


@pytest.mark.usefixtures("_weights_stay_away")
def test_no_comparison_is_longer_than_the_context(
    small_model: Path, sums_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = generate([FAMILY], 6, "train", 0)
    write_comparisons(sums_file, [replace(first, response_a="long " * 9000), *others])
    loads(
        "direct",
        "--model",
        str(small_model),
        "--data",
        str(sums_file),
        "--out",
        str(tmp_path / "run"),
        "--longest",
        "9999",
    )
    told = capsys.readouterr().err
    assert "--longest is 9,999 tokens and the context of" in told
    assert "1 comparisons of more than 8,192 tokens are left out" in told
