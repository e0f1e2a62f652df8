"""``python -m rrm_ui evaluate | report | calibrate``, run as a person runs them, with a scripted judge."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import until

ROWS = [
    {
        "query": f"What is {i} + {i}?",
        "response_a": str(2 * i),
        "response_b": str(2 * i + 1),
        "label": "AB"[i % 2],
        "subset": ["small", "large"][i // 12],
    }
    for i in range(24)
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "sums.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)) + "\n", encoding="utf-8")
    return path


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "rrm_ui", *map(str, arguments)]


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "RRM_MODEL": "scripted", **environment}
    return subprocess.run(command(*arguments), env=variables, capture_output=True, text=True, timeout=120)


def test_json_holds_the_contract_and_nothing_else(data: Path, tmp_path: Path) -> None:
    done = run("evaluate", data, "--limit", "4", "--votes", "2", "--budget", "20", "--out", tmp_path / "run", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["n"] == 4
    assert figures["interval"][0] <= figures["accuracy"] <= figures["interval"][1]
    assert {"no_verdict", "order_consistency", "seconds", "tokens"} <= set(figures)
    assert all({"n", "accuracy", "interval"} <= set(subset) for subset in figures["subsets"].values())
    assert [point[0] for point in figures["curves"]["votes"]] == [1, 2]
    assert figures["curves"]["budget"][-1][0] == 20
    assert "4 comparisons, 8 votes" in done.stderr  # said beforehand, with how long it takes
    assert "on this machine" in done.stderr


def test_a_killed_run_goes_on_and_ends_with_the_same_votes(data: Path, tmp_path: Path) -> None:
    options = ["--votes", "3", "--budget", "60"]
    killed = tmp_path / "killed"
    environment = {**os.environ, "RRM_MODEL": "scripted"}
    with subprocess.Popen(
        command("evaluate", data, *options, "--out", killed), env=environment, stderr=subprocess.DEVNULL
    ) as process:
        votes = killed / "votes.jsonl"
        until(lambda: votes.exists() and votes.read_bytes().count(b"\n") >= 5, 60)
        process.send_signal(signal.SIGKILL)
    kept = votes.read_bytes().count(b"\n")
    assert 5 <= kept < 72
    assert json.loads((killed / "run.json").read_text())["state"] == "running"
    again = run("evaluate", data, *options, "--out", killed, "--json")
    whole = run("evaluate", data, *options, "--out", tmp_path / "whole", "--json")
    assert again.returncode == whole.returncode == 0, again.stderr + whole.stderr
    first, second = json.loads(again.stdout), json.loads(whole.stdout)
    for figures in (first, second):
        figures.pop("seconds")
    assert first == second


def test_an_interrupted_run_keeps_what_finished_and_says_how_to_go_on(data: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "RRM_MODEL": "scripted"}
    out = tmp_path / "run"
    with subprocess.Popen(
        command("evaluate", data, "--votes", "2", "--budget", "60", "--out", out),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        votes = out / "votes.jsonl"
        until(lambda: votes.exists() and b"\n" in votes.read_bytes(), 60)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
        assert process.returncode == 1
    assert "the same command goes on" in stderr
    assert json.loads((out / "run.json").read_text())["state"] == "stopped"
    assert '"finished"' in votes.read_text()


def test_the_estimate_alone_runs_nothing(data: Path, tmp_path: Path) -> None:
    done = run("evaluate", data, "--budget", "10", "--estimate", "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert "24 comparisons" in done.stderr
    assert not (tmp_path / "run").exists()
    told = run("evaluate", data, "--budget", "10", "--estimate", "--json", "--out", tmp_path / "run")
    assert json.loads(told.stdout)["comparisons"] == 24


def test_texts_that_were_to_be_kept_out_are_not_there_already(data: Path, tmp_path: Path) -> None:
    options: list[str | Path] = [data, "--votes", "1", "--budget", "0", "--out", tmp_path / "run"]
    assert run("evaluate", *options).returncode == 0
    again = run("evaluate", *options, "--without-texts")
    assert again.returncode == 2
    assert "was begun with the texts in it" in again.stderr


def test_columns_and_labels_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("ask,left,right,who\nWhat is 1 + 1?,2,3,0\nWhat is 2 + 2?,5,4,1\nWhat is 3 + 3?,6,7,?\n")
    names = [f"--column={name}" for name in ("query=ask", "response_a=left", "response_b=right", "label=who")]
    options: list[str | Path] = ["--votes", "2", "--budget", "10", "--out", tmp_path / "run", "--json"]
    done = run("evaluate", path, *names, "--label-value", "0=A", "--label-value", "1=B", *options)
    assert done.returncode == 1, "a row is in no figure"
    figures = json.loads(done.stdout)
    assert (figures["n"], figures["data"]["unusable_rows"]) == (2, 1)
    assert "row 4:" in done.stderr  # the label that cannot be read
    assert "1 more rows of the data could not be used" in run("report", tmp_path / "run").stdout
    wrong = run("evaluate", path, "--column", "query", *options)
    assert wrong.returncode == 2
    assert "KEY=VALUE" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.jsonl"], "no file"),
        (["DATA", "--votes", "99"], "votes is 99"),
        (["DATA", "--limit", "0"], "--limit is 0"),
        (["DATA", "--budget", "-1"], "thinking_budget is -1"),
        (["DATA", "--label-value", "1=C"], "must be A, B or tie"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(data: Path, arguments: list[str], said: str) -> None:
    done = run("evaluate", *[str(data) if part == "DATA" else part for part in arguments], "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_benchmark_without_a_network_says_what_is_missing(tmp_path: Path) -> None:
    done = run("evaluate", "reward-bench", HF_HUB_OFFLINE="1", RRM_DATA_DIR=str(tmp_path), HF_HOME=str(tmp_path))
    assert done.returncode == 2
    assert "allenai/reward-bench" in done.stderr
    assert "python -m rrm_ui evaluate" in done.stderr


def test_reports_and_comparisons_are_written(data: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    run("evaluate", data, "--votes", "2", "--budget", "20", "--out", first)
    run("evaluate", data, "--votes", "2", "--budget", "0", "--out", second)
    page = tmp_path / "report.html"
    assert run("report", first, "--html", page, "--language", "zh-CN").returncode == 0
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "://" not in html.replace("http://www.w3.org", "")  # it loads nothing
    shown = run("report", first)
    assert "accuracy, strict" in shown.stdout
    assert json.loads(run("report", first, "--json").stdout)["n"] == 24
    compared = run("report", first, "--compare", second)
    assert "McNemar" in compared.stdout
    both = json.loads(run("report", first, "--compare", second, "--json").stdout)
    assert (both["n"], both["first_run"]["folder"], both["second_run"]["folder"]) == (24, str(first), str(second))
    assert run("report", first, "--language", "zh-CN").returncode == 2  # of what?
    assert run("report", tmp_path).returncode == 2
    fitted = run("calibrate", first, RRM_DATA_DIR=str(tmp_path / "data"))
    assert fitted.returncode == 0, fitted.stderr
    assert "temperature" in fitted.stdout
    assert run("calibrate", first, "--check", first, RRM_DATA_DIR=str(tmp_path / "data")).returncode == 2
    pair = ["--query", "q", "--response-a", "a", "--response-b", "b", "--votes", "2", "--budget", "20", "--calibrated"]
    judged = json.loads(run("judge", *pair, "--json", RRM_DATA_DIR=str(tmp_path / "data")).stdout)
    p_a, temperature = judged["p_a"], judged["temperature_scaling"]
    odds = (p_a / (1 - p_a)) ** (1 / temperature)
    assert judged["p_a_calibrated"] == pytest.approx(odds / (1 + odds))
    unfitted = run("judge", *pair, RRM_DATA_DIR=str(tmp_path / "nothing"))
    assert (unfitted.returncode, unfitted.stdout) == (2, "")  # said before anything runs
