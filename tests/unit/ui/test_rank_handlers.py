"""What the Rank page's handlers do."""

from __future__ import annotations

import copy
import csv
import io
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gradio.utils import diff

from rrm_ui.cli import main
from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.prompts.encoding import PromptBuilder
from rrm_ui.scripted_model import scripted_model
from rrm_ui.serving import Limits, Visits
from rrm_ui.settings import get_settings
from rrm_ui.ui.person import person_of
from tests.unit.ranking.judges import by_worth, shown
from tests.unit.ui.compare_form import is_kept, outcome, someone
from tests.unit.ui.rank_form import FORM, ready, run
from tests.waiting import until

SAME = ("winner", "order", "ratings", "elo", "points", "matches", "tokens")
"""What a page's ranking and that of the command line have in common."""


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


def test_a_knockout_shows_its_rounds() -> None:
    drawn, _ = outcome(run(ready(), method="knockout"))
    assert drawn is not None
    assert [len(one["pairs"]) for one in drawn["rounds"]] == [2, 1]
    assert drawn["standings"]["winner"] == 1
    assert drawn["standings"]["ratings"] is None


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
    assert message["key"] == "rank_running"
    first.close()  # type: ignore[attr-defined]


def test_the_work_is_told_beforehand() -> None:
    work, message = ready().estimate(**FORM)
    assert message is None
    assert work is not None
    assert (work["comparisons"], work["votes"], work["thinking_tokens"]) == (6, 12, 12 * 64)
    assert (work["budget"], work["model"]) == (64, "scripted")
    knockout, _ = ready().estimate(**{**FORM, "method": "knockout"})
    assert knockout is not None
    assert knockout["comparisons"] == 3


def test_nothing_is_counted_for_who_has_too_much_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    visits = Visits(Limits(requests_per_person=1))
    handlers = ready(visits=visits)
    monkeypatch.setattr(PromptBuilder, "count", lambda *_: pytest.fail("a text was counted"))
    with visits.open("ranking", person_of(someone("one"))):
        work, message = handlers.estimate(**FORM, request=someone("one"))
    assert work is None
    assert message is not None
    assert message["key"] == "too_many_at_once"
