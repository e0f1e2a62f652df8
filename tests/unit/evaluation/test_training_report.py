from __future__ import annotations

import json
from pathlib import Path

import pytest

from rrm_ui.cli import main
from rrm_ui.evaluation.report.markup import text_of, to_html
from rrm_ui.evaluation.report.training import training_tree
from rrm_ui.evaluation.report.words import Words
from rrm_ui.evaluation.training_curves import CONFIGURATION, CURVES, read_training
from rrm_ui.languages import LANGUAGES

VALIDATED = {"accuracy": 0.9, "low": 0.8, "high": 0.95, "orders_agree": 0.85, "closed_by_model": 1.0, "tokens": 60}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    asked = {"kind": "grpo", "base": "embedded <1.5B>", "comparisons": 640}
    (tmp_path / CONFIGURATION).write_text(json.dumps(asked))
    rows = [{"step": 0, **VALIDATED, "accuracy": 0.7, "low": 0.6, "high": 0.8}]
    rows += [{"step": step, "reward": 0.1 * step, "thought_tokens": 60 + step} for step in (1, 2, 3)]
    rows[-1] |= VALIDATED
    (tmp_path / CURVES).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_training_run_is_told_with_its_curves(folder: Path, language: str) -> None:
    tree = training_tree(read_training(folder), Words(language))
    html = to_html(tree)
    words = Words(language)
    for title in ("chart_validation", "chart_agreement", "chart_reward", "chart_thought", "chart_closed"):
        assert f"<title>{words(title)}</title>" in html
    assert "embedded <1.5B>" in text_of(tree)
    assert "<1.5B>" not in html
    assert "90.0%" in html


def test_a_run_without_steps_says_so(folder: Path) -> None:
    (folder / CURVES).write_text("")
    assert Words()("no_curves") in text_of(training_tree(read_training(folder), Words()))


def test_the_report_command_shows_a_training_run(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("step=0 accuracy=0.7")
    assert main(["report", str(folder), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["curves"]) == 4
    out = tmp_path / "curves.html"
    assert main(["report", str(folder), "--html", str(out)]) == 0
    for option in (["--scoring", "lenient"], ["--compare", str(folder)]):
        assert main(["report", str(folder), *option]) == 2
    assert "<svg" in out.read_text(encoding="utf-8")


def test_a_broken_run_is_bad_input(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / CURVES).write_text('{"st\n{"step": 1}\n')
    assert main(["report", str(folder)]) == 2
    assert "no training run that can be read" in capsys.readouterr().err
