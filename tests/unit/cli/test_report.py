"""``report``: figures by the rule that was asked for, and of any training run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rrm_ui.cli import main
from rrm_ui.evaluation.analysis import find
from rrm_ui.evaluation.benchmarks import REWARD_BENCH_SECTIONS
from rrm_ui.evaluation.findings import SCORINGS, Scoring
from rrm_ui.evaluation.record import read_run
from rrm_ui.evaluation.training_curves import CONFIGURATION, CURVES
from tests.unit.evaluation.folders import put_run
from tests.unit.evaluation.made_runs import RunShape, made_run

ALL_SUBSETS = tuple(subset for section in REWARD_BENCH_SECTIONS.values() for subset in section)


def figure(text: str, name: str) -> str:
    """Return the percentage on the line of ``name``."""
    found = re.search(rf"^ *{name} .*?([\d.]+)%", text, re.MULTILINE)
    assert found is not None, name
    return found[1]


@pytest.mark.parametrize("scoring", SCORINGS)
def test_subsets_sections_and_curves_follow_the_rule_that_they_name(
    tmp_path: Path, scoring: Scoring, capsys: pytest.CaptureFixture[str]
) -> None:
    shape = RunShape(items=400, unreadable_share=0.3, subsets=ALL_SUBSETS, benchmark="reward-bench")
    folder = put_run(made_run(1, shape), tmp_path / "run")
    assert main(["report", str(folder), "--scoring", scoring]) == 0
    shown = capsys.readouterr().out
    findings = find(read_run(folder), scoring)
    subset, section = findings.subsets[0], findings.sections[0]
    score = section.by(scoring)
    assert score is not None
    assert figure(shown, subset.name) == f"{subset.scores.by(scoring).value:.1%}"[:-1]
    assert figure(shown, section.name) == f"{score.value:.1%}"[:-1]
    for what in ("section", "subset", "votes", "thinking tokens"):
        assert f"accuracy by {what}, {scoring}:" in shown
    assert len({subset.scores.by(rule).value for rule in SCORINGS}) > 1  # else the test would show nothing


def put_training(folder: Path, *rows: dict[str, float]) -> str:
    folder.mkdir()
    (folder / CONFIGURATION).write_text(json.dumps({"kind": "cold-start", "base": "embedded"}))
    (folder / CURVES).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder)


def test_a_training_run_shows_its_validations_and_without_any_its_last_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    validated = put_training(tmp_path / "validated", {"step": 1, "accuracy": 0.5}, {"step": 2, "loss": 0.25})
    plain = put_training(tmp_path / "plain", {"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.25})
    begun = put_training(tmp_path / "begun")
    assert [main(["report", folder]) for folder in (validated, plain, begun)] == [0, 0, 0]
    told = capsys.readouterr()
    assert told.out.splitlines() == ["step=1 accuracy=0.5", "step=2 loss=0.25"]
    assert told.err == "This training run has not taken a step yet.\n"
