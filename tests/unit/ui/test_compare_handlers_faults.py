"""What the Compare page's handlers do where something is wrong: it is told, and nothing that stood there is lost."""

from __future__ import annotations

import json
import threading
from typing import Any

import gradio as gr
import pytest

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.errors import ModelUnavailable, PlatformRefused
from rrm_ui.judge import JudgeModel
from rrm_ui.model_host import ModelHost
from rrm_ui.progress import Progress, ProgressCallback
from rrm_ui.scripted_model import scripted_model
from rrm_ui.serving import Limits, Visits
from rrm_ui.ui.compare_handlers import CompareHandlers
from rrm_ui.ui.person import person_of
from rrm_ui.ui.texts import load_texts
from tests.unit.ui.compare_form import is_kept, outcome, ready, run, someone


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"query": "  "}, "empty_query"),
        ({"response_a": None}, "empty_response_a"),
        ({"response_b": ""}, "empty_response_b"),
        ({"response_b": "b" * 1_000_001}, "text_limit"),
        ({"response_a": 5}, "bad_input"),
        ({"votes": 65}, "setting_whole"),
        ({"votes": 1.5}, "setting_whole"),
        ({"votes": "many"}, "setting_whole"),
        ({"thinking_budget": -1}, "setting_whole"),
        ({"temperature": 9}, "setting_number"),
        ({"temperature": float("nan")}, "setting_number"),
        ({"top_p": None}, "setting_number"),
        ({"seed": -3}, "setting_whole"),
        ({"seed": None}, "setting_whole"),
    ],
)
def test_bad_input_is_told_and_nothing_runs(changes: dict[str, Any], key: str) -> None:
    engine = ScriptedEngine()
    result, message = outcome(run(ready(engine), **changes))
    assert message is not None
    assert message["key"] == key
    assert result is None
    assert engine.requests == []
    json.dumps(message)


def test_a_setting_out_of_range_is_told_with_the_whole_range() -> None:
    _, message = outcome(run(ready(), seed=2**63))
    assert message is not None
    assert message["values"] == {"field": "seed", "low": "0", "high": "9,223,372,036,854,775,807"}
    assert "from 0 to 9,223,372,036,854,775,807." in message["text"]
    assert f"error_{message['key']}" in load_texts()["en"]


@pytest.mark.parametrize("changes", [{"query": ""}, {"seed": None}, {"response_a": "long " * 2000}])
def test_bad_input_leaves_the_last_result_on_the_page(changes: dict[str, Any]) -> None:
    steps = list(run(ready(context_tokens=2000), **changes))
    assert steps[-1][1] is not None
    assert all(is_kept(drawn) for drawn, _ in steps)


def test_a_server_that_ends_leaves_the_last_result_on_the_page() -> None:
    host = ModelHost(lambda _report: scripted_model(ScriptedEngine()))
    host.load()
    visits = Visits()
    visits.shut_down()
    steps = list(run(CompareHandlers(host, visits)))
    assert steps[-1][1]["key"] == "shutting_down"
    assert all(is_kept(drawn) for drawn, _ in steps)


def test_too_long_says_how_many_tokens() -> None:
    _, message = outcome(run(ready(context_tokens=2000), response_a="long " * 2000))
    assert message is not None
    assert message["key"] == "too_long"
    values = message["values"]
    assert values["tokens"] > values["allowed"]
    assert values["over"] == values["tokens"] - values["allowed"]


@pytest.mark.parametrize(
    ("limits", "key", "values"),
    [
        (Limits(votes=3), "votes_limit", {"votes": 4, "limit": 3}),
        (Limits(thinking_budget=100), "budget_limit", {"budget": 256, "limit": 100}),
        (Limits(requests_per_person=1), "too_many_at_once", {"limit": 1}),
        (Limits(tokens_per_minute=60), "tokens_used_up", {"limit": 60}),
    ],
)
def test_a_limit_is_told_with_its_numbers(limits: Limits, key: str, values: dict[str, int]) -> None:
    host = ModelHost(lambda _report: scripted_model(ScriptedEngine()))
    host.load()
    visits = Visits(limits)
    person = person_of(someone())
    if visits.buckets is not None:
        visits.buckets.spend(person, 1000)
    with visits.open("judgment", "" if key != "too_many_at_once" else person):
        steps = list(run(CompareHandlers(host, visits)))
    assert all(is_kept(drawn) for drawn, _ in steps), "the last result stays on the page"
    _, message = outcome(iter(steps))
    assert message is not None
    assert message["key"] == key
    assert values.items() <= message["values"].items()


def test_not_ready_says_what_it_waits_for() -> None:
    reported, release = threading.Event(), threading.Event()

    def load(report: ProgressCallback) -> JudgeModel:
        report(Progress("fetching", 120_000_000, 900_000_000, "bytes"))
        reported.set()
        release.wait(10)
        return scripted_model(ScriptedEngine())

    host = ModelHost(load)
    host.start()
    assert reported.wait(5)
    handlers = CompareHandlers(host)
    _, message = outcome(run(handlers))
    assert message is not None
    assert message["key"] == "not_ready"
    assert message["values"]["stage"] == "fetching"
    assert handlers.count("text") == {"tokens": None, "limit": None}
    release.set()
    assert host.wait(5)
    assert outcome(run(handlers))[0] is not None


def test_a_model_that_failed_says_why() -> None:
    def load(report: ProgressCallback) -> JudgeModel:
        raise ModelUnavailable("There is no such model; name another.")

    host = ModelHost(load)
    host.load()
    _, message = outcome(run(CompareHandlers(host)))
    assert message is not None
    assert message["text"] == "There is no such model; name another."


def test_a_full_queue_says_so_and_leaves_the_last_result_on_the_page() -> None:
    steps = list(run(ready(ScriptedEngine(max_waiting=0))))
    message = steps[-1][1]
    assert (message["key"], message["values"]) == ("queue_full", {"waiting": 0})
    assert all(is_kept(drawn) for drawn, _ in steps)


def test_a_vote_that_fails_says_why_and_the_others_count() -> None:
    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        return ScriptedRow(("word ",) * 40, fails_after=20 if row == 1 else None)

    result, _ = outcome(run(ready(ScriptedEngine(script))))
    assert result is not None
    assert result["phase"] == "finished"
    assert [pane["state"] for pane in result["panes"]] == ["finished", "failed", "finished", "finished"]
    assert "broke off" in result["panes"][1]["failure"]["text"]
    assert {notice["code"] for notice in result["notices"]} == {"votes_failed"}


def test_an_engine_that_breaks_half_way_keeps_what_finished() -> None:
    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        if row < 2:
            return ScriptedRow(("word ",) * 5)
        return ScriptedRow(("word ",) * 300, fails_after=200, breaks_engine=True)

    result, _ = outcome(run(ready(ScriptedEngine(script)), thinking_budget=1024))
    assert result is not None
    assert result["phase"] == "failed"
    assert [pane["state"] for pane in result["panes"]] == ["finished", "finished", "failed", "failed"]
    assert result["failure"]["key"] == "engine_failure"
    assert [pane["failure"] for pane in result["panes"]] == [None, None, result["failure"], result["failure"]]
    assert result["judgment"]


def test_an_unforeseen_error_is_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        raise RuntimeError("a defect")

    handlers = ready(ScriptedEngine(script))
    result, message = outcome(run(handlers))
    assert message is not None
    assert (result, message["key"]) == (None, "unexpected")
    assert "a defect" in caplog.text
    handlers.stop(someone())


def test_a_refusal_of_the_platform_is_shown_as_it_is_and_leaves_the_last_result() -> None:
    quota = gr.Error("You have exceeded your quota.", title="ZeroGPU quota exceeded")

    class Refusing(ScriptedEngine):
        def stream(self, _request: GenerationRequest) -> Any:
            raise PlatformRefused("ZeroGPU quota exceeded: You have exceeded your quota.", quota)

    steps = run(ready(Refusing()))
    seen: list[Any] = []
    with pytest.raises(gr.Error) as raised:
        seen.extend(steps)
    assert raised.value is quota
    assert all(is_kept(drawn) for drawn, _ in seen)
    assert seen[-1][1] is None
