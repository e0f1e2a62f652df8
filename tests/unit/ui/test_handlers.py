from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.errors import ModelUnavailable, PlatformRefused
from rrm_ui.judge import JudgeModel
from rrm_ui.model_host import ModelHost
from rrm_ui.progress import Progress, ProgressCallback
from rrm_ui.prompts.certainty import CertaintyRule
from rrm_ui.scripted_model import scripted_model
from rrm_ui.serving import Limits, Visits
from rrm_ui.settings import get_settings
from rrm_ui.ui.handlers import CompareHandlers
from rrm_ui.ui.person import person_of
from rrm_ui.ui.texts import load_texts
from tests.waiting import until

FORM: dict[str, Any] = {
    "query": "What is 2 + 2?",
    "response_a": "4",
    "response_b": "5",
    "thinking_budget": 256.0,
    "votes": 4.0,
    "both_orders": True,
    "stopping": "all",
    "close_when_sure": False,
    "temperature": 0.6,
    "top_p": 1,
    "seed": 0,
}


def someone(session: str | None = "one") -> Any:
    return SimpleNamespace(session_hash=session)


def ready(engine: ScriptedEngine | None = None, **model: Any) -> CompareHandlers:
    host = ModelHost(lambda _report: scripted_model(engine or ScriptedEngine(), **model))
    host.load()
    return CompareHandlers(host)


def is_kept(value: object) -> bool:
    return value == gr.skip()


def run(handlers: CompareHandlers, session: str | None = "one", **changes: Any) -> Iterator[tuple[Any, Any]]:
    return handlers.judge(**{**FORM, **changes}, request=someone(session))


def outcome(steps: Iterator[tuple[Any, Any]]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the last result and the last message that a run left on the page."""
    result, message = None, None
    for drawn, said in steps:
        result = result if is_kept(drawn) else drawn
        message = message if is_kept(said) else said
    return result, message


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
    until(lambda: engine.load().rows == 0, 0.5)


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
    handlers = ready(ScriptedEngine(tokens_per_second=400, capacity=1))
    one: Any = run(handlers, "one")
    for drawn, _ in one:
        if not is_kept(drawn) and drawn["phase"] == "running":
            break
    places = [drawn["place"] for drawn, _ in run(handlers, "two") if not is_kept(drawn) and drawn["phase"] == "waiting"]
    assert 1 in places
    one.close()


def test_calls_without_a_session_do_not_block_each_other() -> None:
    handlers = ready()
    first = run(handlers, None)
    next(first)
    next(first)
    assert outcome(run(handlers, None))[0] is not None


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
