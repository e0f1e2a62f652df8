"""``evaluate``: what it says where comparisons could not be judged, and which rule its figures follow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rrm_ui.cli import evaluate as command
from rrm_ui.cli import main
from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import Script, ScriptedEngine, ScriptedRow, default_script
from rrm_ui.evaluation.record import read_run
from rrm_ui.scripted_model import scripted_model

Evaluate = Callable[..., int]


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """Evaluate three comparisons by a script."""
    rows = [{"query": f"What is {n}?", "response_a": "this", "response_b": "that", "label": "A"} for n in range(3)]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(script: Script, *options: str) -> int:
        monkeypatch.setattr(command, "load_named_model", lambda _name: scripted_model(ScriptedEngine(script)))
        return main(["evaluate", str(data), "--votes", "2", "--budget", "64", "--out", str(tmp_path / "run"), *options])

    return run


def failing(request: GenerationRequest, row: int) -> ScriptedRow:
    # The trial before a run asks for no answer; it is to work.
    return replace(default_script(request, row), fails_after=2 if request.answer_tokens else None)


def breaking(request: GenerationRequest, row: int) -> ScriptedRow:
    return replace(failing(request, row), breaks_engine=True)


@pytest.mark.parametrize(("script", "reason"), [(failing, "This vote broke off"), (breaking, "The engine stopped")])
def test_votes_that_all_fail_are_told_with_their_reason(
    evaluate: Evaluate, script: Script, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(script) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"3 comparisons could not be judged: {reason}" in told.err
    assert "The same command tries again." in told.err
    assert "stopped before any" not in told.err
    assert evaluate(default_script) == 0


def test_a_trial_that_breaks_keeps_nothing_from_being_judged(
    evaluate: Evaluate, capsys: pytest.CaptureFixture[str]
) -> None:
    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        # The trial asks for no answer.
        return replace(default_script(request, row), fails_after=None if request.answer_tokens else 2)

    assert evaluate(script) == 0
    assert "How long it takes cannot be told: This vote broke off" in capsys.readouterr().err
    assert evaluate(script, "--estimate") == 1


def test_a_comparison_that_is_too_long_is_told_and_the_exit_code_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = ("What is 2?", "word " * 6000)
    rows = [{"query": text, "response_a": "this", "response_b": "that", "label": "A"} for text in texts]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setattr(command, "load_named_model", lambda _: scripted_model(ScriptedEngine(), context_tokens=8000))
    asked = ["evaluate", str(data), "--votes", "2", "--budget", "64", "--out", str(tmp_path / "run")]
    assert main(asked) == 1
    told = capsys.readouterr()
    assert "1 of 2 comparisons judged, 2 of 2 with a label" in told.out
    assert "1 cannot be judged and count as without a verdict; the first: The query and the two responses" in told.out
    assert "1 of 2 comparisons cannot be judged by this model." in told.err
    assert main([*asked, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["not_judged"] == 1


def test_what_was_judged_is_shown_beside_what_could_not_be(
    evaluate: Evaluate, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[GenerationRequest] = []

    def first_fails(request: GenerationRequest, row: int) -> ScriptedRow:
        if request.answer_tokens and request not in asked:
            asked.append(request)
        return (failing if request in asked[:1] else default_script)(request, row)

    assert evaluate(first_fails, "--json") == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["n"] == 2
    assert "1 comparison could not be judged: This vote broke off" in told.err


def test_a_scale_of_labels_is_refused_and_can_be_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "load_named_model", lambda _: scripted_model(ScriptedEngine()))
    data, out = tmp_path / "rows.csv", tmp_path / "run"
    rows = [f"question {value},this,that,{value}" for value in (-2, -1, 0, 1, 2)]
    data.write_text("\n".join(["query,response_a,response_b,overall", *rows]))
    asked = ["evaluate", str(data), "--column", "label=overall", "--votes", "2", "--budget", "64", "--out", str(out)]
    assert main(asked) == 2
    assert "-2=…, -1=…, 0=…, 1=…, 2=… (in a terminal --label-value=-2=…, once for each)" in capsys.readouterr().err
    meanings = [f"--label-value={one}" for one in ("-2=A", "-1=A", "0=tie", "1=B", "2=B")]
    assert main([*asked, *meanings]) == 0
    labels = {judged.item.query: judged.item.label for judged in read_run(out).judged}
    assert [labels[f"question {value}"] for value in (-2, -1, 0, 1, 2)] == ["A", "A", "tie", "B", "B"]


def test_rows_that_share_an_id_are_judged_once_each_and_repeats_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "load_named_model", lambda _: scripted_model(ScriptedEngine()))
    data, out = tmp_path / "rows.jsonl", tmp_path / "run"
    pairs = [("right", "wrong"), ("right", "worse"), ("wrong", "right"), ("better", "worse")]
    rows = [{"id": "p", "prompt": "Which?", "chosen": chosen, "rejected": rejected} for chosen, rejected in pairs]
    again = [{**rows[1], "id": f"again {n}"} for n in range(2)]
    data.write_text("".join(json.dumps(row) + "\n" for row in [*rows, *again]))
    asked = ["evaluate", str(data), "--votes", "2", "--budget", "64", "--out", str(out)]
    assert main(asked) == 0
    told = capsys.readouterr().err
    assert "2 comparisons repeat an earlier one, as it is or with A and B swapped, and count again." in told
    assert "2 comparisons have the texts of another one and a different label; all of them count." in told
    assert {judged.item.id for judged in read_run(out).judged} == {"p", "p#2", "p#3", "p#4", "again 0", "again 1"}
    votes = (out / "votes.jsonl").read_bytes()
    assert votes.count(b"\n") == 12
    assert main(asked) == 0
    assert (out / "votes.jsonl").read_bytes() == votes
