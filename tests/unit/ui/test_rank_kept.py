"""Rankings that were stopped, refused or left: what is kept, handed over and gone on with."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.errors import PlatformRefused
from rrm_ui.model_host import ModelHost
from rrm_ui.ranking.events import MatchFinished
from rrm_ui.ranking.tournament import rank
from rrm_ui.scripted_model import scripted_model
from rrm_ui.ui import rank_handlers
from rrm_ui.ui.rank_handlers import RankHandlers
from rrm_ui.ui.rank_store import KEPT_SESSIONS
from rrm_ui.ui.texts import load_texts
from tests.unit.ranking.judges import by_worth, shown
from tests.unit.ui.compare_form import is_kept, outcome, someone
from tests.unit.ui.rank_form import long_for_the_good, one_vote_fails, read, ready, run, saved
from tests.waiting import until


def test_what_an_error_broke_off_can_be_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = ready()

    def breaking(*args: Any, **options: Any) -> Iterator[Any]:
        for number, event in enumerate(rank(*args, **options)):
            if isinstance(event, MatchFinished) and number > 5:
                yield event
                raise RuntimeError("broken")
            yield event

    monkeypatch.setattr(rank_handlers, "rank", breaking)
    drawn, message = outcome(run(handlers))
    assert drawn is not None
    assert message is not None
    assert message["key"] == "rank_unexpected"
    saved = json.loads(handlers.export_ranking({"key": drawn["key"], "kind": "json"})["text"])
    assert saved["finished"] is False
    assert len(saved["results"]) == len(drawn["matches"]) > 0


def test_stop_keeps_what_is_known_and_go_on_judges_the_rest() -> None:
    handlers = ready(ScriptedEngine(long_for_the_good, tokens_per_second=40))
    stopped = None
    for drawn, _ in run(handlers):
        if isinstance(drawn, dict) and drawn.get("matches"):
            handlers.stop(someone("one"))
            stopped = drawn if drawn.get("phase") else stopped
    assert stopped is not None
    assert stopped["phase"] == "stopped"
    kept = stopped["matches"]
    assert 1 <= len(kept) < 6
    whole, message = outcome(read(handlers.go_on(someone("one"))))
    assert message is None
    assert whole is not None
    assert whole["phase"] == "finished"
    assert whole["matches"][: len(kept)] == kept
    assert whole["standings"]["order"] == [1, 3, 0, 2]
    _, message = outcome(handlers.go_on(someone("two")))
    assert message is not None
    assert "no ranking to go on with" in message["text"]


def test_only_so_many_rankings_are_kept() -> None:
    handlers = ready()
    keys = []
    for number in range(KEPT_SESSIONS + 1):
        drawn, _ = outcome(run(handlers, session=f"session-{number}", responses=json.dumps(["worth 1", "worth 2"])))
        assert drawn is not None
        keys.append(drawn["key"])
    assert "message" in handlers.read_match({"key": keys[0], "first": 0, "second": 1})
    assert "panes" in handlers.read_match({"key": keys[-1], "first": 0, "second": 1})


def test_a_refusal_of_the_platform_is_shown_as_it_is_and_keeps_what_was_judged() -> None:
    quota = gr.Error("You have exceeded your quota.", title="ZeroGPU quota exceeded")

    class Refusing(ScriptedEngine):
        def stream(self, request: GenerationRequest) -> Any:
            if len(self.requests) == 2:
                raise PlatformRefused("ZeroGPU quota exceeded: You have exceeded your quota.", quota)
            return super().stream(request)

    model = replace(scripted_model(Refusing(by_worth)), shares_batch=False)
    host = ModelHost(lambda _report: model)
    host.load()
    steps = run(RankHandlers(host))
    seen: list[Any] = []
    with pytest.raises(gr.Error) as raised:
        seen.extend(steps)
    assert raised.value is quota
    drawn, message = seen[-1]
    assert (drawn["phase"], message) == ("stopped", None)
    assert len(drawn["matches"]) == 2


def test_a_refused_go_on_leaves_every_judged_match() -> None:
    models = [scripted_model(ScriptedEngine(one_vote_fails([True])))]
    models.append(replace(models[0], details=replace(models[0].details, name="another")))
    host = ModelHost(lambda _report: models.pop(0))
    host.load()
    handlers = RankHandlers(host)
    drawn, _ = outcome(run(handlers))
    assert drawn is not None
    before = saved(handlers, drawn)
    assert (before["finished"], len(before["results"]), drawn["phase"]) == (False, 6, "stopped")
    host.load()
    steps = list(read(handlers.go_on(someone("one"))))
    assert steps[-1][1]["key"] == "rank_other_model"
    assert all(is_kept(part) for part, _ in steps)
    assert saved(handlers, drawn) == before


@pytest.mark.parametrize("ending", ["error", "stop"])
def test_a_sitting_that_judged_nothing_leaves_what_was_known(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = ready(ScriptedEngine(one_vote_fails([True])))
    drawn, _ = outcome(run(handlers))
    assert drawn is not None
    before = saved(handlers, drawn)

    def ended(*args: Any, **options: Any) -> Iterator[Any]:
        if ending == "error":
            raise RuntimeError("broken")
        args[3].set()
        yield from rank(*args, **options)

    monkeypatch.setattr(rank_handlers, "rank", ended)
    after, _ = outcome(read(handlers.go_on(someone("one"))))
    assert after is not None
    assert {**after, "seconds": 0} == {**drawn, "seconds": 0}
    assert saved(handlers, drawn) == before


def test_a_go_on_that_is_cut_short_keeps_what_it_would_have_judged_again() -> None:
    broken = [{3.0, 7.0}, {1.0, 5.0}]

    def lacking_a_vote(request: GenerationRequest, row: int) -> ScriptedRow:
        plain = by_worth(request, row)
        return replace(plain, fails_after=0) if {*shown(request, row)} in broken and row == 0 else plain

    model = scripted_model(ScriptedEngine(lacking_a_vote))
    host = ModelHost(lambda _report: model)
    host.load()
    handlers = RankHandlers(host)
    drawn, _ = outcome(run(handlers))
    assert drawn is not None
    before = saved(handlers, drawn)
    errors = {(one["first"], one["second"]) for one in before["results"] if one["error"]}
    assert errors == {(0, 1), (2, 3)}
    broken.clear()
    kept = handlers._store.of_session("one")
    assert kept is not None
    view = kept.missing()
    kept.begin(view, model.details)
    events = rank(view.entries, view.settings, model, earlier=view.results)
    view.apply(next(event for event in events if isinstance(event, MatchFinished)))
    kept.end(view)
    after = saved(handlers, drawn)
    assert (after["finished"], len(after["results"])) == (False, 6)
    again = [one for one in after["results"] if one["error"]]
    assert len(again) == 1
    assert again[0] in before["results"]


def test_a_page_that_was_loaded_anew_gets_its_ranking_back_and_goes_on_with_it() -> None:
    handlers = ready(ScriptedEngine(long_for_the_good, tokens_per_second=40))
    seen: dict[str, Any] = {}
    steps = run(handlers)
    for drawn, _ in steps:
        if isinstance(drawn, dict) and drawn.get("matches"):
            seen = drawn
            break
    steps.close()  # type: ignore[attr-defined]
    restored, message = handlers.restore(seen["key"], someone("two"))
    assert message is None
    assert restored is not None
    assert (restored["phase"], restored["key"]) == ("stopped", seen["key"])
    assert json.loads(restored["matches"] + "]")[: len(seen["matches"])] == seen["matches"]
    _, message = outcome(handlers.go_on(someone("one")))
    assert message is not None
    assert message["key"] == "rank_none", "it is another page's now"
    whole, message = outcome(read(handlers.go_on(someone("two"))))
    assert message is None
    assert whole is not None
    assert whole["phase"] == "finished"
    assert whole["standings"]["order"] == [1, 3, 0, 2]
    assert "panes" in handlers.read_match({"key": seen["key"], "first": 0, "second": 1})


def test_a_ranking_whose_page_is_not_known_to_have_left_is_ended_before_it_is_handed_over() -> None:
    engine = ScriptedEngine(lambda *_: ScriptedRow(("word ",) * 4000), tokens_per_second=50)
    handlers = ready(engine)
    keys: queue.SimpleQueue[str] = queue.SimpleQueue()

    def judged() -> None:
        for drawn, _ in run(handlers):
            if not is_kept(drawn):
                keys.put(drawn["key"])

    page = threading.Thread(target=judged, daemon=True)
    page.start()
    restored, _ = handlers.restore(keys.get(timeout=10), someone("two"))
    assert restored is not None
    assert restored["phase"] == "stopped"
    page.join(5)
    assert not page.is_alive()
    until(lambda: engine.load().rows == 0)


def test_nothing_begins_on_a_page_while_its_ranking_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = ready()
    drawn, _ = outcome(run(handlers))
    assert drawn is not None
    told: list[Any] = []
    monkeypatch.setattr(handlers, "_end_for", lambda _: told.append(outcome(run(handlers, session="two"))))
    restored, _ = handlers.restore(drawn["key"], someone("two"))
    assert restored is not None
    assert [message["key"] for _, message in told] == ["rank_running"]
    whole, message = outcome(run(handlers, session="two"))
    assert (whole is not None, message) == (True, None)


def test_a_ranking_that_is_not_kept_is_said_to_be_gone_and_none_is_no_question() -> None:
    handlers = ready()
    drawn, message = handlers.restore("unknown", someone("one"))
    assert is_kept(drawn)
    assert message is not None
    assert message["key"] == "rank_gone"
    assert f"error_{message['key']}" in load_texts()["en"]
    drawn, message = handlers.restore("", someone("one"))
    assert is_kept(drawn)
    assert message is None


def test_rankings_whose_pages_left_in_the_middle_are_not_kept_forever() -> None:
    handlers = ready(ScriptedEngine(lambda *_: ScriptedRow(("word ",) * 4000), tokens_per_second=50))
    steps = run(handlers)
    key = next(drawn["key"] for drawn, _ in steps if not is_kept(drawn))
    steps.close()  # type: ignore[attr-defined]
    others = ready()
    handlers._host = others._host
    for number in range(KEPT_SESSIONS):
        outcome(run(handlers, session=f"session-{number}", responses=json.dumps(["worth 1", "worth 2"])))
    assert handlers.export_ranking({"key": key})["message"]["key"] == "rank_nothing"
    assert handlers.restore(key, someone("two"))[1] is not None
