from __future__ import annotations

import json

import pytest

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.errors import OutOfTime
from rrm_ui.events import (
    AnswerText,
    JudgmentFailed,
    NoticeGiven,
    Reading,
    TallyChanged,
    ThinkingClosed,
    ThinkingText,
    VerdictProbability,
    VoteStarted,
    Waiting,
)
from rrm_ui.judge import judge
from rrm_ui.reducer import JudgmentView, Passage, decisive_passages, utf16_offset
from rrm_ui.scripted_model import scripted_model
from rrm_ui.values import Comparison, JudgeSettings, Notice, Probe, Tally, Vote

PAIR = Comparison("What is 2 + 2?", "4", "5")


def started_view(votes: int = 2, budget: int = 64) -> JudgmentView:
    view = JudgmentView(budget=budget, phase="waiting")
    for index in range(votes):
        view.apply(VoteStarted(index, "AB" if index % 2 == 0 else "BA", seed=2**62 + index))
    return view


def vote_with(probes: list[tuple[int, float]], p_a: float | None, thinking: str = "x" * 100) -> Vote:
    readings = tuple(Probe(tokens=offset, p_a=p, offset=offset) for offset, p in probes)
    return Vote(0, "AB", 1, "A", p_a, thinking, probes=readings)


def test_phases_follow_the_events() -> None:
    view = started_view()
    assert view.phase == "waiting"
    view.apply(Waiting(2))
    assert (view.phase, view.place, view.to_dict()["wait"]) == ("waiting", 2, None)
    view.apply(Waiting(1, 41.7))
    assert (view.place, view.to_dict()["wait"]) == (1, 42)
    view.apply(Reading(100, 400))
    assert (view.phase, view.place, view.reading) == ("reading", 0, (100, 400))
    view.apply(ThinkingText(0, "So ", 1))
    view.apply(Reading(400, 400))
    assert (view.phase, view.to_dict()["wait"]) == ("running", None)
    assert [pane.state for pane in view.panes.values()] == ["thinking", "waiting"]


def test_texts_only_grow_at_their_end() -> None:
    view = started_view(1)
    seen = ""
    for tokens, piece in enumerate(["So ", "A ", "adds ", "right."], start=1):
        view.apply(ThinkingText(0, piece, tokens))
        text = view.to_dict()["panes"][0]["thinking"]
        assert text.startswith(seen)
        assert len(text) > len(seen)
        seen = text
    assert seen == "So A adds right."


def test_readings_are_one_growing_string() -> None:
    view = started_view(1)
    view.apply(VerdictProbability(0, Probe(64, 0.51239, 300)))
    view.apply(VerdictProbability(0, Probe(128, 0.7, 610)))
    assert view.to_dict()["panes"][0]["probes"] == "64:0.5124 128:0.7000 "


def test_forced_text_is_known_as_such() -> None:
    view = started_view(1)
    view.apply(ThinkingClosed(0, "budget"))
    view.apply(AnswerText(0, "𝔸nd so ", forced=False))
    view.apply(AnswerText(0, "\\boxed{Assistant ", forced=True))
    view.apply(AnswerText(0, "1}", forced=True))
    pane = view.to_dict()["panes"][0]
    assert pane["closed_by"] == "budget"
    assert pane["forced"] == [[8, 27]], "counted in UTF-16 units: the letter before it takes two"


def test_seeds_survive_a_browser() -> None:
    assert started_view(1).to_dict()["panes"][0]["seed"] == str(2**62)


def test_budget_cut_shows_the_budget_that_was_given() -> None:
    view = JudgmentView(budget=5000)
    view.apply(NoticeGiven(Notice("budget_cut", {"asked": 5000, "given": 900})))
    view.apply(VoteStarted(0, "AB", 1))
    assert view.panes[0].budget == 900
    assert view.to_dict()["notices"] == [{"code": "budget_cut", "values": {"asked": 5000, "given": 900}}]


def test_tally_starts_with_every_vote_outstanding() -> None:
    view = started_view(3)
    assert view.tally.outstanding == 3
    view.apply(TallyChanged(Tally(a=1, outstanding=2, outcome="A")))
    assert view.tally.a == 1


def test_failure_is_said_at_once() -> None:
    view = started_view()
    view.apply(JudgmentFailed(OutOfTime("It took longer than 60 seconds.", seconds=60).failure))
    assert view.phase == "failed"
    told = {"key": "out_of_time", "text": "It took longer than 60 seconds.", "values": {"seconds": 60}}
    assert view.to_dict()["failure"] == told


def test_whole_judgment_ends_in_its_values() -> None:
    model = scripted_model(ScriptedEngine())
    view = JudgmentView(budget=256)
    for event in judge(PAIR, JudgeSettings(thinking_budget=256, votes=4), model):
        view.apply(event)
    assert view.phase == "finished"
    assert view.judgment is not None
    drawn = view.to_dict()
    assert json.loads(drawn["judgment"]) == view.judgment.to_dict()
    assert [pane["thinking"] for pane in drawn["panes"]] == [vote.thinking for vote in view.judgment.votes]
    assert [pane["choice"] for pane in drawn["panes"]] == [vote.choice for vote in view.judgment.votes]
    json.dumps(drawn)


def test_engine_that_breaks_leaves_what_was_finished() -> None:
    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        if row == 0:
            return ScriptedRow(("short ",))
        return ScriptedRow(("long ",) * 200, fails_after=100, breaks_engine=True)

    view = JudgmentView(budget=256)
    for event in judge(PAIR, JudgeSettings(thinking_budget=256, votes=2), scripted_model(ScriptedEngine(script))):
        view.apply(event)
    assert view.phase == "failed"
    assert [pane.state for pane in view.panes.values()] == ["finished", "failed"]
    assert view.panes[1].thinking == "long " * 100
    assert view.failure is not None
    assert view.failure == view.panes[1].failure


class TestDecisivePassages:
    def test_names_the_stretches_that_moved_most_in_reading_order(self) -> None:
        vote = vote_with([(10, 0.5), (20, 0.52), (30, 0.9), (40, 0.7), (50, 0.71), (60, 0.2)], p_a=0.35)
        assert decisive_passages(vote) == (
            Passage(20, 30, 0.52, 0.9),
            Passage(30, 40, 0.9, 0.7),
            Passage(50, 60, 0.71, 0.2),
        )

    def test_small_moves_do_not_count(self) -> None:
        assert decisive_passages(vote_with([(10, 0.5), (20, 0.55), (30, 0.6)], p_a=0.62)) == ()

    def test_the_verdict_ends_the_last_stretch(self) -> None:
        assert decisive_passages(vote_with([(40, 0.5)], p_a=0.95)) == (Passage(40, 100, 0.5, 0.95),)

    def test_one_reading_alone_moves_nothing(self) -> None:
        assert decisive_passages(vote_with([(40, 0.9)], p_a=None)) == ()
        assert decisive_passages(vote_with([], p_a=0.9)) == ()

    def test_a_stretch_without_text_is_none(self) -> None:
        assert decisive_passages(vote_with([(100, 0.2)], p_a=0.9)) == ()


@pytest.mark.parametrize(("text", "offset", "units"), [("abc", 2, 2), ("🙂ab", 1, 2), ("中🙂文", 3, 4), ("", 0, 0)])
def test_offsets_in_a_browsers_units(text: str, offset: int, units: int) -> None:
    assert utf16_offset(text, offset) == units
