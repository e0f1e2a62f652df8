"""Every command of ``python -m rrm_ui train``, on a small random model."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from rrm_ui.cli import main
from rrm_ui.cli.train import default_folder
from rrm_ui.engines.models.convert import quantization_config
from rrm_ui.folder_lock import locked
from rrm_ui.training.comparisons.families.sums import FAMILY
from rrm_ui.training.comparisons.generate import LabelledComparison, generate
from rrm_ui.training.data import read_comparisons, write_comparisons


@pytest.fixture
def comparisons() -> list[LabelledComparison]:
    return list(generate([FAMILY], 6, "train", 0))


@pytest.fixture
def embedded_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRM_PROMPT_FAMILY", "embedded")


def run_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> Path:
    """Run ``train`` with ``arguments`` and return the path that it prints."""
    code = main(["train", *arguments])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return Path(captured.out.strip().splitlines()[-1])


@pytest.mark.parametrize(
    "step",
    [["cold-start", "--sampled", "1"], ["direct"], ["grpo", "--samples", "2", "--comparisons-per-step", "2"]],
    ids=lambda step: step[0],
)
@pytest.mark.usefixtures("embedded_words")
def test_each_command_trains_and_leaves_an_adapter_with_curves_and_a_card(
    step: list[str],
    small_model: Path,
    comparisons: list[LabelledComparison],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = tmp_path / "comparisons.jsonl"
    write_comparisons(data, [*comparisons, replace(comparisons[0], id="once more")])
    out = tmp_path / "run"
    arguments = [*step, "--model", str(small_model), "--data", str(data), "--out", str(out), "--steps", "2"]
    budget = [] if step[0] == "direct" else ["--budget", "6"]
    adapter = run_command(capsys, *arguments, "--validation", str(data), *budget, "--rank", "2")
    weights = load_file(adapter / "adapter_model.safetensors")
    assert len(weights) == 2 * 7 * 2  # A and B of seven linear layers in each of two blocks
    rows = [json.loads(line) for line in (out / "curves.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [0, 1, 2]
    assert "accuracy" in rows[0]
    assert "accuracy" in rows[2]
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "small-model"
    assert str(tmp_path) not in json.dumps(config)
    card = (adapter / "README.md").read_text()
    assert "small-model" in card
    assert "What it can't do" in card
    assert "embedded " in card
    at_once = step[0] == "direct"
    assert ("`--budget 0`" in card) == at_once
    assert ("thoughts read well" in card) != at_once
    assert "| comparisons | 7, 6 of them different (digest " in card


def test_comparisons_come_from_one_command_the_same_each_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for path in paths:
        assert run_command(capsys, "comparisons", "--out", str(path), "--count", "40", "--seed", "7") == path
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(paths[0].read_text().splitlines()) == 40
    chinese = run_command(capsys, "comparisons", "--out", str(tmp_path / "zh"), "--count", "9", "--language", "zh")
    assert {json.loads(line)["language"] for line in chinese.read_text().splitlines()} == {"zh"}


def test_how_many_comparisons_of_a_family_differ_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "some.jsonl"
    assert (
        main(["train", "comparisons", "--out", str(out), "--count", "80", "--families", "messages,translations"]) == 0
    )
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    texts = {(row["query"], *sorted((row["response_a"], row["response_b"]))) for row in rows}
    of_messages = sum(query in {row["query"] for row in rows if row["family"] == "messages"} for query, *_ in texts)
    told = capsys.readouterr().err.splitlines()
    assert told == [
        f"messages: 40, {of_messages} of them different",
        "translations: 40",
        f"together: 80, {len(texts)} of them different",
    ]
    assert of_messages < 40


def test_a_run_without_a_folder_lies_where_the_page_looks(tmp_path: Path) -> None:
    assert default_folder("grpo", "Qwen/Qwen2.5-1.5B", 3, tmp_path) == tmp_path / "training" / "grpo-Qwen2.5-1.5B-s3"


def test_two_processes_do_not_train_in_one_folder(
    comparisons: list[LabelledComparison], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "comparisons.jsonl"
    write_comparisons(data, comparisons)
    with locked(tmp_path / "run", "training run"):
        code = main(["train", "direct", "--data", str(data), "--out", str(tmp_path / "run")])
    assert code != 0
    assert "Another process" in capsys.readouterr().err


def test_bad_input_is_told_and_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "comparisons", "--out", str(tmp_path / "x"), "--count", "0"]) == 2
    assert "--count is 0" in capsys.readouterr().err
    code = main(["train", "direct", "--data", str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "run")])
    assert code == 2
    assert "none.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["grpo", "--samples", "1"],
        ["grpo", "--budget", "0"],
        ["grpo", "--updates", "0"],
        ["grpo", "--temperature", "0"],
        ["grpo", "--comparisons-per-step", "0"],
        ["cold-start", "--examples-per-step", "0"],
        ["cold-start", "--learning-rate", "0"],
        ["cold-start", "--learning-rate", "nan"],
        ["direct", "--rank", "0"],
        ["direct", "--steps", "0"],
        ["gsm8k", "--samples", "0"],
        ["gsm8k", "--problems", "-1"],
    ],
    ids=" ".join,
)
def test_numbers_that_teach_nothing_are_refused_before_a_model_is_loaded(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "none.jsonl"
    assert main(["train", *arguments, "--data", str(data), "--out", str(tmp_path / "out")]) == 2
    assert f"error: {arguments[1]} is" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_finished_reinforcement_goes_on_with_more_steps_and_not_with_fewer(
    small_model: Path, comparisons: list[LabelledComparison], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "comparisons.jsonl", tmp_path / "run"
    write_comparisons(data, comparisons)
    small = ["--samples", "2", "--comparisons-per-step", "2", "--budget", "2", "--rank", "2"]
    command = ["grpo", "--model", str(small_model), "--data", str(data), "--out", str(out), *small]
    run_command(capsys, *command, "--steps", "1")
    run_command(capsys, *command, "--steps", "3")
    rows = [json.loads(line) for line in (out / "curves.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [1, 2, 3]
    assert main(["train", *command, "--steps", "2"]) == 2
    assert "3 steps already" in capsys.readouterr().err
    assert json.loads((out / "training.json").read_text())["steps"] == 3
    assert main(["train", *command, "--steps", "3", "--validation", str(data)]) == 2
    assert "validation_digest" in capsys.readouterr().err


def test_thoughts_about_assistants_are_not_taught_where_the_prompt_speaks_of_chatbots(
    small_model: Path,
    comparisons: list[LabelledComparison],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = tmp_path / "comparisons.jsonl"
    write_comparisons(data, comparisons)
    monkeypatch.setenv("RRM_PROMPT_FAMILY", "rm-r1")
    command = ["cold-start", "--model", str(small_model), "--data", str(data), "--out", str(tmp_path / "run")]
    assert main(["train", *command]) == 2
    assert "RRM_PROMPT_FAMILY=embedded" in capsys.readouterr().err


def test_a_file_of_ones_own_is_read_as_evaluate_reads_it_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    rows = [{"question": "Which?", "one": "this", "two": "that", "label": label} for label in ("A", "B", "tie", "A")]
    rows[3] |= {"one": "", "two": ""}
    place = tmp_path / "own.jsonl"
    place.write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = {"query": "question", "response_a": "one", "response_b": "two"}
    read = read_comparisons(str(place), 5.0, columns)
    assert [one.label for one in read.comparisons] == ["A", "B"]
    assert read.left_out == 2


def test_comparisons_that_cannot_be_written_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "comparisons", "--count", "2", "--out", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_gsm8k_keeps_what_a_model_answered_and_refuses_another_ones(
    small_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "gsm.jsonl", tmp_path / "taught.jsonl"
    rows = [{"question": f"What is {n} + 1?", "answer": f"It is {n + 1}.\n#### {n + 1}"} for n in range(3)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ["gsm8k", "--data", str(data), "--model", str(small_model), "--out", str(out), "--samples", "1"]
    assert main(["train", *command]) == 1  # what a random model writes has no result
    told = capsys.readouterr().err
    assert "Of 3 problems 0 got a wrong answer, 0 only right ones, 3 none that can be read" in told
    assert "nothing to compare" in told
    assert not out.exists()
    samples = out.with_name("taught.jsonl.samples")
    kept = sorted(map(json.loads, samples.read_text().splitlines()), key=lambda row: row["question"])
    assert [row["question"] for row in kept] == [row["question"] for row in rows]

    for row, result in zip(kept, ("1", "7", None), strict=True):
        row["samples"] = [f"The answer is {result}."] if result else []
    samples.write_text("".join(json.dumps(row) + "\n" for row in kept))
    before = samples.read_bytes()
    shutil.rmtree(small_model)  # what is there is not sampled again
    assert main(["train", *command]) == 0
    assert "Of 3 problems 1 got a wrong answer, 1 only right ones, 1 none that can be read" in capsys.readouterr().err
    assert samples.read_bytes() == before
    (made,) = out.read_text().splitlines()
    assert json.loads(made)["query"] == "What is 1 + 1?"
    assert main(["train", *command, "--seed", "1"]) == 2
    assert "another model, number or seed" in capsys.readouterr().err


def test_weights_that_are_stored_quantized_are_refused(
    small_model: Path,
    comparisons: list[LabelledComparison],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    quantized = tmp_path / "quantized"
    AutoModelForCausalLM.from_pretrained(small_model, quantization_config=quantization_config()).save_pretrained(
        quantized
    )
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(small_model / name, quantized)
    data = tmp_path / "comparisons.jsonl"
    write_comparisons(data, comparisons)
    assert (
        main(["train", "direct", "--model", str(quantized), "--data", str(data), "--out", str(tmp_path / "run")]) == 1
    )
    assert "is stored in nf4, and training needs the whole weights" in capsys.readouterr().err


@pytest.mark.usefixtures("embedded_words")
def test_what_an_error_advises_can_be_followed_in_the_same_folder(
    small_model: Path, comparisons: list[LabelledComparison], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, without, out = tmp_path / "comparisons.jsonl", tmp_path / "without.jsonl", tmp_path / "run"
    write_comparisons(data, comparisons)
    write_comparisons(without, [replace(one, working="") for one in comparisons])
    arguments = ["cold-start", "--model", str(small_model), "--out", str(out), "--steps", "1", "--budget", "4"]
    assert main(["train", *arguments, "--data", str(without)]) == 2
    assert "No comparison has a thought" in capsys.readouterr().err
    run_command(capsys, *arguments, "--data", str(data))
    elsewhere = ["--out", str(tmp_path / "elsewhere"), "--sampled", "1"]
    assert main(["train", *arguments, "--data", str(without), *elsewhere]) == 2
    assert "None of the 1 comparisons that were put to the model gave a right thought" in capsys.readouterr().err
