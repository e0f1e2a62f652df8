"""``judge``: what its exit code says, and whose limits hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rrm_ui.cli import judge as command
from rrm_ui.cli import main
from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import Script, ScriptedEngine, ScriptedRow
from rrm_ui.scripted_model import scripted_model
from rrm_ui.settings import get_settings

PAIR = ["--query", "What is 2 + 2?", "--response-a", "4", "--response-b", "5"]


@pytest.fixture
def judged_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Script], None]:
    def use(script: Script) -> None:
        monkeypatch.setattr(command, "load_named_model", lambda _name: scripted_model(ScriptedEngine(script)))

    return use


def without_verdict(_request: GenerationRequest, _row: int) -> ScriptedRow:
    return ScriptedRow(("so. ",), None, 0.5)


def test_no_verdict_ends_with_three(judged_by: Callable[[Script], None], capsys: pytest.CaptureFixture[str]) -> None:
    judged_by(without_verdict)
    assert main(["judge", *PAIR, "--votes", "2", "--budget", "16"]) == 3
    assert "No verdict (0 : 0, without a verdict 2)" in capsys.readouterr().out


def test_the_limits_of_a_server_are_not_those_of_a_terminal(
    judged_by: Callable[[Script], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RRM_MAX_VOTES", "1")
    get_settings.cache_clear()
    judged_by(lambda _request, _row: ScriptedRow(("so. ",), "first", 0.9))
    assert main(["judge", *PAIR, "--votes", "2", "--one-order", "--budget", "16"]) == 0
    assert "A is better (2 : 0" in capsys.readouterr().out


@pytest.mark.parametrize("failing", [1, 2])
def test_votes_that_failed_end_with_one_whatever_the_others_say(
    failing: int, judged_by: Callable[[Script], None], capsys: pytest.CaptureFixture[str]
) -> None:
    judged_by(lambda _request, row: ScriptedRow(("so. ",) * 3, fails_after=1 if row < failing else None))
    assert main(["judge", *PAIR, "--votes", "2", "--one-order", "--budget", "16"]) == 1
    assert ("A is better (1 : 0" if failing == 1 else "No verdict (0 : 0") in capsys.readouterr().out
