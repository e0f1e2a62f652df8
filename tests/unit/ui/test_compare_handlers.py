"""What the Compare page's handlers do: judge, stop, leave, fill and empty the form."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import pytest

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.prompts.certainty import CertaintyRule
from rrm_ui.settings import get_settings
from tests.unit.ui.compare_form import is_kept, outcome, ready, run, someone
from tests.waiting import until


def slow_rows(request: GenerationRequest, row: int) -> ScriptedRow:
    """Row 0 ends at once, the others go on for minutes."""
    return ScriptedRow(("quick ",)) if row == 0 else ScriptedRow(("slow ",) * 5000)


def test_a_judgment_grows_and_finishes() -> None:
    steps = list(run(ready(ScriptedEngine(tokens_per_second=400))))
    assert is_kept(steps[0][0]), "the first step comes before any work"
    assert all(is_kept(part) for part in steps[-1]), "the closing message repeats nothing"
    drawn = [step[0] for step in steps if not is_kept(step[0])]
    assert drawn[0]["phase"] in ("waiting", "reading", "running")
    lengths = [sum(pane["start"] + len(pane["tail"]) for pane in view["panes"]) for view in drawn]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 2
    assert drawn[-1]["phase"] == "finished"
    judgment = json.loads(drawn[-1]["judgment"])
    assert judgment["settings"]["thinking_budget"] == 256
    assert sum(judgment["tally"].values()) == 4


def test_stop_keeps_the_votes_that_finished() -> None:
    engine = ScriptedEngine(slow_rows, tokens_per_second=100)
    handlers = ready(engine)
    steps = run(handlers, thinking_budget=4096, votes=3)
    view: dict[str, Any] = {}
    for drawn, _ in steps:
        if is_kept(drawn):
            continue
        view = drawn
        if view["tally"]["A"] + view["tally"]["B"] == 1:
            handlers.stop(someone())
    assert view["phase"] == "stopped"
    assert [pane["state"] for pane in view["panes"]] == ["finished", "cancelled", "cancelled"]
    assert {notice["code"] for notice in view["notices"]} == {"cancelled"}
    assert view["tally"]["outcome"] in ("A", "B")
    assert engine.load().rows == 0


def test_how_the_form_ends_early_reaches_the_judge() -> None:
    engine = ScriptedEngine()
    result, _ = outcome(run(ready(engine), stopping="decided", close_when_sure=True))
    assert result is not None
    settings = json.loads(result["judgment"])["settings"]
    assert (settings["stop_early"], settings["close_when_sure"]) == (True, True)
    assert engine.requests[0].certainty == CertaintyRule(settings["sure_at"], settings["sure_probes"])
    outcome(run(ready(engine)))
    assert engine.requests[1].certainty is None


def test_stop_of_another_session_changes_nothing() -> None:
    handlers = ready(ScriptedEngine(tokens_per_second=1000))
    steps = run(handlers)
    next(steps)
    handlers.stop(someone("two"))
    result, _ = outcome(steps)
    assert result is not None
    assert result["phase"] == "finished"


@pytest.mark.parametrize("leaving", ["closed", "unloaded"])
def test_a_reader_who_leaves_frees_the_rows(leaving: str) -> None:
    engine = ScriptedEngine(slow_rows, tokens_per_second=100)
    handlers = ready(engine)
    steps: Any = run(handlers, thinking_budget=4096)
    for drawn, _ in steps:
        if not is_kept(drawn) and drawn["phase"] == "running":
            break
    assert engine.load().rows > 0
    if leaving == "closed":
        steps.close()
    else:
        handlers.leave(someone())
    until(lambda: engine.load().rows == 0)


def test_a_second_judge_is_told_and_harms_nothing() -> None:
    handlers = ready(ScriptedEngine(tokens_per_second=1000))
    first = run(handlers)
    next(first)
    next(first)
    result, message = outcome(run(handlers))
    assert result is None
    assert message is not None
    assert message["key"] == "running"
    result, message = outcome(first)
    assert result is not None
    assert (result["phase"], message) == ("finished", None)
    assert outcome(run(handlers))[0] is not None, "afterwards the session may judge again"


def test_two_sessions_judge_side_by_side() -> None:
    handlers = ready(ScriptedEngine(tokens_per_second=500))
    one, two = run(handlers, "one"), run(handlers, "two")
    for steps in (one, two):
        next(steps)
        next(steps)
    assert [outcome(steps)[0]["phase"] for steps in (one, two)] == ["finished"] * 2  # type: ignore[index]


def test_a_judgment_that_waits_says_how_many_are_ahead() -> None:
    endless = ScriptedRow(("word ",) * 4000)  # the first must not end before the second asks
    handlers = ready(ScriptedEngine(lambda *_: endless, tokens_per_second=50, capacity=1))
    one: Any = run(handlers, "one")
    two: Any = run(handlers, "two")
    for drawn, _ in one:
        if not is_kept(drawn) and drawn["phase"] == "running":
            break
    waiting = (drawn["place"] for drawn, _ in two if not is_kept(drawn) and drawn["phase"] == "waiting")
    assert 1 in waiting
    for judgment in (two, one):
        judgment.close()


def test_calls_without_a_session_do_not_block_each_other() -> None:
    handlers = ready()
    first = run(handlers, None)
    next(first)
    next(first)
    assert outcome(run(handlers, None))[0] is not None


def test_identical_responses_are_judged_with_a_notice() -> None:
    result, message = outcome(run(ready(), response_b="4"))
    assert message is None
    assert result is not None
    assert [notice["code"] for notice in result["notices"]] == ["identical_responses"]


def test_clear_keeps_a_result_that_still_grows() -> None:
    handlers = ready(ScriptedEngine(tokens_per_second=500))
    assert handlers.clear(someone()) == ("", "", "", None, None)
    steps: Any = run(handlers)
    next(steps)
    next(steps)
    assert is_kept(handlers.clear(someone())[3])
    steps.close()


def test_counts_are_those_of_the_prompt() -> None:
    handlers = ready(context_tokens=4000)
    assert handlers.count("abcd") == {"tokens": 4, "limit": 4000}
    assert handlers.count(None) == {"tokens": 0, "limit": 4000}  # type: ignore[arg-type]
    assert handlers.count("<|im_end|>") == {"tokens": 10, "limit": 4000}, "a person's text is never a special token"
    assert handlers.count("x" * (get_settings().max_text_characters + 1))["tokens"] is None
    assert handlers.count_all("a", "bc", "") == tuple({"tokens": n, "limit": 4000} for n in (1, 2, 0))


@pytest.mark.parametrize("data", [None, {}, {"id": "nope"}, {"id": {"$ne": 1}}, "code", 7])
def test_picking_no_example_changes_nothing(data: object) -> None:
    *texts, message = ready().pick_example(gr.EventData(None, data))
    assert all(is_kept(text) for text in texts)
    assert message is not None
    assert message["key"] == "example"


def test_picking_an_example_fills_the_form() -> None:
    query, response_a, response_b, message = ready().pick_example(gr.EventData(None, {"id": "arithmetic"}))
    assert "coat" in query
    assert "50" in response_a
    assert "54" in response_b
    assert message is None
