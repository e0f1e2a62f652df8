"""``python -m rrm_ui``, run as a person runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PAIR = ["--query", "What is 2 + 2?", "--response-a", "4", "--response-b", "5"]


def run(*arguments: str, model: str = "scripted") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RRM_MODEL": model}
    command = [sys.executable, "-m", "rrm_ui", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_a_verdict_streams_to_the_terminal() -> None:
    done = run("judge", *PAIR, "--votes", "2", "--budget", "40")
    assert done.returncode == 0, done.stderr
    assert "thinking closed by the budget" in done.stdout
    assert "is better" in done.stdout or "Undecided" in done.stdout


def test_json_is_one_object_and_nothing_else() -> None:
    done = run("judge", *PAIR, "--votes", "2", "--budget", "40", "--seed", "9", "--top-p", "0.9", "--json")
    assert done.returncode == 0, done.stderr
    judgment = json.loads(done.stdout)
    assert (judgment["settings"]["seed"], judgment["settings"]["top_p"]) == (9, 0.9)
    assert len(judgment["votes"]) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_gives_the_comparison_and_options_win(tmp_path: Path, encoding: str) -> None:
    pair = tmp_path / "pair.json"
    text = json.dumps({"query": "q", "response_a": "一", "response_b": "b"}, ensure_ascii=False)
    pair.write_text(text, encoding=encoding)
    done = run("judge", "--file", str(pair), "--response-b", "二", "--votes", "1", "--budget", "0", "--json")
    assert json.loads(done.stdout)["comparison"] == {"query": "q", "response_a": "一", "response_b": "二"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--query", "q", "--response-a", "a"], "response_b is missing"),
        ([*PAIR, "--votes", "65"], "votes is 65"),
        ([*PAIR, "--budget", "-1"], "thinking_budget is -1"),
        (["--file", "no-such-file.json"], "cannot be read"),
        (["--file", "pyproject.toml"], "not a JSON file"),
        ([*PAIR[:4], "--response-b", " "], "response B is empty"),
        ([*PAIR, "--votes", "many"], "invalid int value"),
    ],
)
def test_bad_input_exits_with_2_and_one_sentence(arguments: list[str], words: str) -> None:
    done = run("judge", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_model_that_cannot_be_had_exits_with_1(tmp_path: Path) -> None:
    done = run("judge", *PAIR, "--model", str(tmp_path))
    assert done.returncode == 1
    assert str(tmp_path) in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_keeps_what_was_finished() -> None:
    command = [sys.executable, "-m", "rrm_ui", "judge", *PAIR, "--budget", "400", "--votes", "3"]
    command += ["--seed", "44"]  # of its votes one ends long before the others
    environment = {**os.environ, "RRM_MODEL": "scripted"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    until_finished = iter(process.stdout.readline, "")
    assert any(re.search(r"\d \| = [AB] ", line) for line in until_finished)
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "cancelled" in rest
    assert re.search(r"^[AB] is better \([1-3] : 0|^[AB] is better \(0 : [1-3]", rest, re.M), rest
    assert "Traceback" not in errors


def test_a_reader_who_has_enough_ends_a_command_without_a_traceback() -> None:
    command = [sys.executable, "-m", "rrm_ui", "report", "assets/runs/visitor", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=60) == 1


def test_models_lists_the_catalogue() -> None:
    done = run("models")
    assert done.returncode == 0
    for name in ("embedded", "embedded-small", "Reward-Reasoning/RRM-7B", "Reward-Reasoning/RRM-32B"):
        assert name in done.stdout


def test_importing_the_package_takes_neither_torch_nor_gradio() -> None:
    code = "import rrm_ui, sys; print('torch' in sys.modules, 'gradio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"]


def test_an_unknown_command_is_refused() -> None:
    assert run("judges").returncode == 2
