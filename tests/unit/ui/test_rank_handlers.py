"""What the Rank page's handlers do."""

from __future__ import annotations

import copy
import csv
import io
import itertools
import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.utils import diff

from rrm_ui.cli import main
from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.errors import PlatformRefused
from rrm_ui.model_host import ModelHost
from rrm_ui.ranking.events import MatchFinished
from rrm_ui.ranking.tournament import rank
from rrm_ui.scripted_model import scripted_model
from rrm_ui.settings import get_settings
from rrm_ui.ui import rank_handlers
from rrm_ui.ui.rank_handlers import RankHandlers
from rrm_ui.ui.rank_store import KEPT_SESSIONS
from rrm_ui.ui.texts import load_texts
from tests.unit.ranking.judges import by_worth, shown
from tests.unit.ui.test_handlers import is_kept, outcome, someone
from tests.waiting import until

WORTHS = (3, 7, 1, 5)
FORM: dict[str, Any] = {
    "query": "Which is worth the most?",
    "responses": json.dumps([f"worth {worth}" for worth in WORTHS]),
    "method": "round-robin",
    "thinking_budget": 64.0,
    "votes": 2.0,
    "seed": 0,
}

SENT_AS_TEXT = ("responses", "left_out", "places", "running", "rounds", "standings")
SAME = ("winner", "order", "ratings", "elo", "points", "matches", "tokens")
"""What a page's ranking and that of the command line have in common."""


def ready(engine: ScriptedEngine | None = None) -> RankHandlers:
    host = ModelHost(lambda _report: scripted_model(engine or ScriptedEngine(by_worth)))
    host.load()
    return RankHandlers(host)


def run(handlers: RankHandlers, session: str = "one", **changes: Any) -> Iterator[tuple[Any, Any]]:
    return read(handlers.rank(**{**FORM, **changes}, request=someone(session)))


def read(steps: Iterator[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """Yield ``steps`` with the texts in their drawings read, as the page's script reads them."""
    try:
        for drawn, message in steps:
            if isinstance(drawn, dict) and "running" in drawn:
                texts = {
                    **{name: drawn[name] for name in SENT_AS_TEXT if drawn[name]},
                    "matches": drawn["matches"] + "]",
                }
                drawn = {**drawn, **{name: json.loads(text) for name, text in texts.items()}}
            yield drawn, message
    finally:
        steps.close()  # type: ignore[attr-defined]


def long_for_the_good(request: GenerationRequest, row: int) -> ScriptedRow:
    first, second = shown(request, row)
    plain = by_worth(request, row)
    return ScriptedRow(plain.thinking * int(first * second), plain.position, plain.p_first)


def test_the_page_sees_matches_ratings_and_the_winner() -> None:
    drawn, message = outcome(run(ready()))
    assert message is None
    assert drawn is not None
    assert drawn["phase"] == "finished"
    assert drawn["standings"]["winner"] == 1
    assert drawn["standings"]["order"] == [1, 3, 0, 2]
    assert len(drawn["matches"]) == drawn["planned"] == 6
    assert drawn["running"] == []
    assert drawn["places"] == [[1], [2], [3], [4]]
    json.dumps(drawn)


def test_running_matches_show_how_far_their_votes_have_thought() -> None:
    engine = ScriptedEngine(lambda *_: ScriptedRow(("word ",) * 500), tokens_per_second=200)
    steps = run(ready(engine), thinking_budget=500.0)
    drawings = (drawn for drawn, _ in steps if not is_kept(drawn))
    seen = next(
        one
        for one in drawings
        if sum(max((tokens for tokens, _ in match[2]), default=0) > 9 for match in one["running"]) == 6
    )
    assert [tuple(match[:2]) for match in seen["running"]] == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    assert all(len(match[2]) == 2 for match in seen["running"])
    steps.close()  # type: ignore[attr-defined]
    until(lambda: engine.load().rows == 0)


@pytest.mark.parametrize("method", ["round-robin", "swiss", "knockout"])
def test_the_page_and_the_command_come_to_the_same_with_the_same_seed(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    responses = [f"answer {number}" for number in range(8)]
    handlers = ready(ScriptedEngine())  # its votes depend on their seeds and prompts
    drawn, _ = outcome(run(handlers, responses=json.dumps(responses), method=method, seed=7))
    assert drawn is not None
    on_page = json.loads(handlers.export_ranking({"key": drawn["key"], "kind": "json"})["text"])
    monkeypatch.setattr("rrm_ui.cli.rank.load_named_model", lambda _name: scripted_model(ScriptedEngine()))
    path = tmp_path / "queries.jsonl"
    path.write_text(json.dumps({"query": FORM["query"], "responses": responses}), encoding="utf-8")
    asked = ["rank", str(path), "--method", method, "--seed", "7", "--votes", "2", "--budget", "64", "--json"]
    assert main(asked) == 0
    by_command = json.loads(capsys.readouterr().out)
    assert by_command["winner"] is not None
    assert {name: on_page[name] for name in SAME} == {name: by_command[name] for name in SAME}


def test_what_gradio_sends_of_a_drawing_gives_it_back() -> None:
    """Lists inside of lists that lose elements at the same time would end the stream (see ``_sent``)."""
    engine = ScriptedEngine(tokens_per_second=400)  # its votes disagree, so that matches are replayed
    steps = ready(engine).rank(**{**FORM, "responses": json.dumps(list("abcdefgh"))}, request=someone("one"))
    drawings = [drawn for drawn, _ in steps if isinstance(drawn, dict) and "running" in drawn]
    assert len(drawings) > 5
    for before, after in itertools.pairwise(drawings):
        assert applied(before, diff(before, after)) == after


def applied(value: Any, edits: list[Any]) -> Any:
    """Return ``value`` changed by ``edits`` one by one, as Gradio's client does it."""
    value = copy.deepcopy(value)
    for action, path, new in edits:
        place = value
        for key in path[:-1]:
            place = place[key]
        if action == "delete":
            del place[path[-1]]
        elif action == "add" and isinstance(place, list):
            place.insert(path[-1], new)
        elif action == "append":
            place[path[-1]] += new
        else:
            place[path[-1]] = new
    return value


def test_the_file_counts_responses_as_they_were_given() -> None:
    handlers = ready()
    drawn, _ = outcome(run(handlers, responses=json.dumps(["worth 5", "worth 5", "worth 9", "worth 1"])))
    assert drawn is not None
    saved = json.loads(handlers.export_ranking({"key": drawn["key"], "kind": "json"})["text"])
    assert sorted((one["first"], one["second"]) for one in saved["results"]) == [(0, 2), (0, 3), (2, 3)]
    rows = list(csv.DictReader(io.StringIO(handlers.export_ranking({"key": drawn["key"], "kind": "csv"})["text"])))
    assert [row["winner"] for row in rows] == ["0", "0", "1", "0"]
    drawn, _ = outcome(run(handlers, responses=json.dumps(["worth 9", "worth 9", "worth 1"])))
    assert drawn is not None
    rows = list(csv.DictReader(io.StringIO(handlers.export_ranking({"key": drawn["key"], "kind": "csv"})["text"])))
    assert [row["winner"] for row in rows] == ["1", "1", "0"]


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


def test_a_knockout_shows_its_rounds() -> None:
    drawn, _ = outcome(run(ready(), method="knockout"))
    assert drawn is not None
    assert [len(one["pairs"]) for one in drawn["rounds"]] == [2, 1]
    assert drawn["standings"]["winner"] == 1
    assert drawn["standings"]["ratings"] is None


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


def test_a_finished_match_can_be_read_by_who_has_its_ranking() -> None:
    handlers = ready()
    drawn, _ = outcome(run(handlers))
    assert drawn is not None
    read = handlers.read_match({"key": drawn["key"], "first": 0, "second": 1})
    assert read["comparison"]["response_b"] == "worth 7"
    assert [pane["choice"] for pane in read["panes"]] == ["B", "B"]
    assert read["panes"][0]["thinking"] == "so. "
    for asked in (None, {}, {"key": drawn["key"], "first": [], "second": 9}, {"key": "x", "first": 0, "second": 1}):
        assert handlers.read_match(asked)["message"]["key"] == "match_unknown"
    handlers.leave(someone("one"))  # its connection may have broken while the page still shows the ranking
    assert "panes" in handlers.read_match({"key": drawn["key"], "first": 0, "second": 1})


def test_a_match_that_broke_says_what_broke_as_a_kind() -> None:
    def breaking(request: GenerationRequest, row: int) -> ScriptedRow:
        plain = by_worth(request, row)
        return replace(plain, fails_after=0, breaks_engine={*shown(request, row)} == {3.0, 7.0})

    handlers = ready(ScriptedEngine(breaking))
    drawn, _ = outcome(run(handlers))
    assert drawn is not None
    failures = {(match[0], match[1]): match[8] for match in drawn["matches"] if match[8]}
    assert failures[0, 1]["key"] == "engine_failure"
    assert {failure["key"] for pair, failure in failures.items() if pair != (0, 1)} == {""}
    panes = handlers.read_match({"key": drawn["key"], "first": 0, "second": 1})["panes"]
    assert [pane["failure"]["key"] for pane in panes] == ["engine_failure"] * 2


def test_the_ranking_as_files() -> None:
    handlers = ready()
    drawn, _ = outcome(run(handlers, responses=json.dumps(["worth 1", '=worth 2, "so"', "worth 1"])))
    assert drawn is not None
    rows = list(csv.DictReader(io.StringIO(handlers.export_ranking({"key": drawn["key"], "kind": "csv"})["text"])))
    assert [row["text"] for row in rows] == ["worth 1", '=worth 2, "so"', "worth 1"]
    assert [row["winner"] for row in rows] == ["0", "1", "0"]
    assert rows[0]["rating"] == rows[2]["rating"]
    told = json.loads(handlers.export_ranking({"key": drawn["key"]})["text"])
    assert told["winner"] == 1
    assert told["responses"][0] == "worth 1"
    assert len(told["results"][0]["votes"]) == 2
    assert handlers.export_ranking({"key": "other"})["message"]["key"] == "rank_nothing"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"query": ""}, "query is empty"),
        ({"responses": "[]"}, "There are 0 responses"),
        ({"responses": json.dumps(["a", " "])}, "Response 2 is empty"),
        ({"responses": json.dumps(["a"] * 65)}, "There are 65 responses"),
        ({"responses": "no json"}, "no list of texts"),
        ({"responses": None}, "no list of texts"),
        ({"responses": json.dumps(["a", 3])}, "Response 2 is not text"),
        ({"method": "guess"}, "no method 'guess'"),
        ({"votes": 0}, "votes is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"thinking_budget": 1.5}, "thinking_budget is 1.5"),
    ],
)
def test_bad_input_is_one_sentence(changes: dict[str, Any], words: str) -> None:
    drawn, message = outcome(run(ready(), **changes))
    assert drawn is None
    assert message is not None
    assert words in message["text"]
    work, message = ready().estimate(**{**FORM, **changes})
    assert work is None
    assert message is not None
    assert words in message["text"]


def test_a_response_beyond_the_limit_of_characters_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRM_MAX_TEXT_CHARACTERS", "1000")
    get_settings.cache_clear()
    _, message = outcome(run(ready(), responses=json.dumps(["a", "b" * 1001])))
    assert message is not None
    assert "Response 2 has 1,001 characters" in message["text"]


def test_a_second_press_gets_an_answer() -> None:
    handlers = ready(ScriptedEngine(lambda *_: ScriptedRow(("word ",) * 4000), tokens_per_second=50))
    first = run(handlers)
    while is_kept(next(first)[0]):
        pass
    _, message = outcome(run(handlers))
    assert message is not None
    assert message["key"] == "running"
    first.close()  # type: ignore[attr-defined]


def test_the_work_is_told_beforehand() -> None:
    work, message = ready().estimate(**FORM)
    assert message is None
    assert work is not None
    assert (work["comparisons"], work["votes"], work["thinking_tokens"]) == (6, 12, 12 * 64)
    knockout, _ = ready().estimate(**{**FORM, "method": "knockout"})
    assert knockout is not None
    assert knockout["comparisons"] == 3


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


def one_vote_fails(failing: list[bool]) -> Any:
    """Return a script by which the first vote ever cast breaks off, while ``failing`` holds anything."""

    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        plain = by_worth(request, row)
        return replace(plain, fails_after=0) if failing and failing.pop() else plain

    return script


def saved(handlers: RankHandlers, drawn: dict[str, Any]) -> dict[str, Any]:
    return json.loads(handlers.export_ranking({"key": drawn["key"], "kind": "json"})["text"])


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
    assert [message["key"] for _, message in told] == ["running"]
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
