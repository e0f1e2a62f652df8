"""Runs over a scripted engine: full batches, nothing lost by a kill, the same votes after a resume."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rrm_ui.engines.interface import EngineLoad, GenerationRequest, RowEvent
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow, default_script
from rrm_ui.errors import BadInput, Busy, EngineFailure, NoRoom
from rrm_ui.evaluation.analysis.overview import find
from rrm_ui.evaluation.items import Item, ItemSet
from rrm_ui.evaluation.record import Run, read_run
from rrm_ui.evaluation.runner import RunProgress, run_evaluation
from rrm_ui.scripted_model import scripted_model
from rrm_ui.values import JudgeSettings

SETTINGS = JudgeSettings(thinking_budget=64, votes=4, probe_every=16)


def items(count: int, query: str = "Which is right?") -> ItemSet:
    made = tuple(Item(str(i), f"{query} {i}", f"first {i}", f"second {i}", "A") for i in range(count))
    return ItemSet("made", made, source="made.jsonl")


def votes_of(run: Run) -> dict[str, object]:
    return {judged.item.id: [vote.to_dict() for vote in judged.votes] for judged in run.judged}


def test_every_vote_of_every_item_is_in_the_record(tmp_path: Path) -> None:
    run = run_evaluation(items(7), SETTINGS, scripted_model(ScriptedEngine()), tmp_path / "run")
    assert run.state == "finished"
    assert len(run.complete) == 7
    assert all(len(judged.votes) == 4 for judged in run.judged)
    rows = [json.loads(line) for line in (tmp_path / "run" / "votes.jsonl").read_text().splitlines()]
    assert len(rows) == 28
    assert {row["item"] for row in rows} == {str(i) for i in range(7)}
    head = json.loads((tmp_path / "run" / "run.json").read_text())
    assert head["settings"]["votes"] == 4
    assert head["model"]["name"] == "scripted"
    assert set(head["versions"]) >= {"rrm-ui", "python"}
    assert head["data_digest"] == run.spec.data_digest


def test_the_engine_gets_many_comparisons_at_once(tmp_path: Path) -> None:
    most = 0

    class Watched(ScriptedEngine):
        def load(self) -> EngineLoad:
            return super().load()

        def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
            nonlocal most
            for batch in super().stream(request):
                most = max(most, self.load().rows)
                yield batch

    engine = Watched(tokens_per_second=400)
    run_evaluation(items(12), SETTINGS, scripted_model(engine), tmp_path)
    assert most >= 20  # of 24 rows that a CPU takes
    assert not any(request.watched for request in engine.requests)


def test_a_run_that_was_stopped_goes_on_and_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole = run_evaluation(items(9), SETTINGS, scripted_model(ScriptedEngine()), tmp_path / "whole")
    cancel = threading.Event()

    def stop_early(progress: RunProgress) -> None:
        if progress.votes_done >= 5:
            cancel.set()

    slow = scripted_model(ScriptedEngine(tokens_per_second=60, capacity=2))
    stopped = run_evaluation(items(9), SETTINGS, slow, tmp_path / "run", report=stop_early, cancel=cancel)
    assert stopped.state == "stopped"
    kept = sum(len(judged.votes) for judged in stopped.judged)
    assert 5 <= kept < 36
    seen: list[RunProgress] = []
    engine = ScriptedEngine()
    again = run_evaluation(items(9), SETTINGS, scripted_model(engine), tmp_path / "run", report=seen.append)
    assert again.state == "finished"
    assert votes_of(again) == votes_of(whole)
    assert sum(len(request.rows) for request in engine.requests) == 36 - kept  # nothing is cast twice
    assert seen[-1].votes_kept == kept
    assert again.seconds >= stopped.seconds


def test_a_row_that_a_kill_cut_is_cast_again(tmp_path: Path) -> None:
    whole = run_evaluation(items(3), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    path = tmp_path / "votes.jsonl"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 37])
    assert sum(len(judged.votes) for judged in read_run(tmp_path).judged) == 11
    again = run_evaluation(items(3), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    assert votes_of(again) == votes_of(whole)
    assert all(json.loads(line) for line in path.read_text().splitlines())


@pytest.mark.parametrize(
    ("change", "named"),
    [({"votes": 5}, "votes was 4, is 5"), ({"seed": 1}, "seed was 0, is 1"), ({"thinking_budget": 0}, "is 0")],
)
def test_another_question_does_not_touch_the_folder(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    run_evaluation(items(2), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    before = (tmp_path / "votes.jsonl").read_bytes()
    with pytest.raises(BadInput) as caught:
        run_evaluation(items(2), replace(SETTINGS, **change), scripted_model(ScriptedEngine()), tmp_path)
    assert named in caught.value.message
    with pytest.raises(BadInput, match="data was"):
        run_evaluation(items(3), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    assert (tmp_path / "votes.jsonl").read_bytes() == before


CLOSING = replace(SETTINGS, close_when_sure=True, sure_at=0.6, sure_probes=1)


def test_a_run_that_closes_sure_thoughts_goes_on_by_the_same_rule_alone(tmp_path: Path) -> None:
    run = run_evaluation(items(2), CLOSING, scripted_model(ScriptedEngine()), tmp_path)
    assert run.state == "finished"
    assert "certainty" in {vote.closed_by for judged in run.judged for vote in judged.votes}
    assert votes_of(run_evaluation(items(2), CLOSING, scripted_model(ScriptedEngine()), tmp_path)) == votes_of(run)
    for other, named in (
        (replace(CLOSING, sure_at=0.7), "sure_at was 0.6, is 0.7"),
        (replace(CLOSING, sure_probes=2), "sure_probes was 1, is 2"),
        (SETTINGS, "close_when_sure was True, is False"),
    ):
        with pytest.raises(BadInput, match=named):
            run_evaluation(items(2), other, scripted_model(ScriptedEngine()), tmp_path)


def test_a_record_from_before_thoughts_could_be_closed_goes_on(tmp_path: Path) -> None:
    run = run_evaluation(items(2), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    path = tmp_path / "run.json"
    head = json.loads(path.read_text())
    for name in ("close_when_sure", "sure_at", "sure_probes"):
        del head["settings"][name]
    path.write_text(json.dumps(head))
    later = replace(SETTINGS, sure_at=0.99)  # a threshold without closing changes no vote
    assert votes_of(run_evaluation(items(2), later, scripted_model(ScriptedEngine()), tmp_path)) == votes_of(run)


def test_a_failed_vote_is_recorded_and_tried_again(tmp_path: Path) -> None:
    def failing(request: GenerationRequest, row: int) -> ScriptedRow:
        script = default_script(request, row)
        return replace(script, fails_after=3) if row == 1 else script

    first = run_evaluation(items(2), SETTINGS, scripted_model(ScriptedEngine(script=failing)), tmp_path)
    assert first.state == "stopped"
    assert [vote.status for vote in first.judged[0].votes] == ["finished", "failed", "finished", "finished"]
    assert first.judged[0].votes[1].error
    again = run_evaluation(items(2), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    assert again.state == "finished"
    assert all(vote.status == "finished" for judged in again.judged for vote in judged.votes)


def test_a_comparison_that_is_too_long_is_told_and_the_others_are_judged(tmp_path: Path) -> None:
    long = ItemSet("made", (*items(2).items, Item("long", "word " * 3000, "a", "b", "A")))
    run = run_evaluation(long, SETTINGS, scripted_model(ScriptedEngine(), context_tokens=4000), tmp_path)
    errors = {judged.item.id: judged.error for judged in run.judged}
    assert errors["0"] is None
    assert errors["long"] is not None
    assert errors["long"].code == "too_long"
    assert f"{errors['long'].values['tokens']:,} tokens" in errors["long"].message
    assert run.state == "finished"
    assert (find(run).n, find(run).not_judged) == (3, 1)
    assert run_evaluation(long, SETTINGS, scripted_model(ScriptedEngine(), 4000), tmp_path).state == "finished"


def test_a_budget_that_the_context_cuts_is_told(tmp_path: Path) -> None:
    long = [Item(f"long {n}", "word " * 3000, "a", f"b {n}", "A") for n in range(6)]
    both = ItemSet("made", (*items(1).items, *long))
    asked = replace(SETTINGS, thinking_budget=2000)
    full = ScriptedEngine(tokens_per_second=2000, capacity=1, max_waiting=1)  # most are tried several times
    run = run_evaluation(both, asked, scripted_model(full, context_tokens=18_000), tmp_path)
    assert run.state == "finished"
    cuts = {judged.item.id: judged.cut_to for judged in run.judged}
    assert cuts.pop("0") is None
    assert all(cut is not None and 0 < cut < 2000 for cut in cuts.values())
    assert find(run).budget_cut == 6
    assert (tmp_path / "votes.jsonl").read_text().count("cut_to") == 6


def test_an_engine_that_keeps_breaking_ends_the_run_with_what_finished(tmp_path: Path) -> None:
    def breaking(request: GenerationRequest, row: int) -> ScriptedRow:
        return replace(default_script(request, row), fails_after=2, breaks_engine=True)

    with pytest.raises(EngineFailure, match="keeps breaking"):
        run_evaluation(items(30), SETTINGS, scripted_model(ScriptedEngine(script=breaking)), tmp_path)
    assert read_run(tmp_path).state == "stopped"
    assert run_evaluation(items(30), SETTINGS, scripted_model(ScriptedEngine()), tmp_path).state == "finished"


def test_one_break_that_ends_all_comparisons_under_way_does_not_end_the_run(tmp_path: Path) -> None:
    broken: set[int] = set()

    def hiccup(request: GenerationRequest, row: int) -> ScriptedRow:
        first = request.rows[0].seed
        script = default_script(request, row)
        if len(broken) < 7 and first not in broken and row == 3:
            broken.add(first)
            return replace(script, fails_after=2, breaks_engine=True)
        return script

    run = run_evaluation(items(20), SETTINGS, scripted_model(ScriptedEngine(script=hiccup)), tmp_path)
    assert len(broken) == 7
    assert len(run.complete) == 13
    again = run_evaluation(items(20), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    assert again.state == "finished"


def test_no_room_in_memory_ends_the_run_and_blames_no_comparison(tmp_path: Path) -> None:
    class Small(ScriptedEngine):
        def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
            yield from ()
            raise NoRoom(f"{len(request.rows)} votes do not fit.")

    with pytest.raises(NoRoom):
        run_evaluation(items(3), SETTINGS, scripted_model(Small()), tmp_path)
    assert all(judged.error is None for judged in read_run(tmp_path).judged)
    assert run_evaluation(items(3), SETTINGS, scripted_model(ScriptedEngine()), tmp_path).state == "finished"


def test_a_comparison_that_the_memory_does_not_hold_leaves_the_others_alone(tmp_path: Path) -> None:
    class Small(ScriptedEngine):
        def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
            if len(request.rows[0].prompt.ids) > 5000:
                raise NoRoom("This vote does not fit.")
            yield from super().stream(request)

    short = items(3)
    long = Item("long", "word " * 2000, "first", "second", "A")
    both = ItemSet("made", (*short.items, long), source="made.jsonl")
    run = run_evaluation(both, SETTINGS, scripted_model(Small()), tmp_path)
    assert run.state == "stopped"
    assert len(run.complete) == 3
    assert run.unjudged is not None
    assert run.unjudged.failure.message == "1 comparison could not be judged: This vote does not fit."
    again = run_evaluation(both, SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    assert (again.state, len(again.complete)) == ("finished", 4)


@pytest.mark.parametrize("name", ["items.jsonl", "votes.jsonl"])
def test_files_that_are_no_runs_are_neither_overwritten_nor_adopted(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"item": "0", "index": null, "error": "theirs"}\n')
    with pytest.raises(BadInput, match="no run's"):
        run_evaluation(items(2), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    assert "theirs" in (tmp_path / name).read_text()


def test_a_run_that_was_killed_while_it_was_laid_out_begins(tmp_path: Path) -> None:
    run_evaluation(items(2), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    (tmp_path / "run.json").unlink()
    (tmp_path / "votes.jsonl").write_text("")
    assert run_evaluation(items(2), SETTINGS, scripted_model(ScriptedEngine()), tmp_path).state == "finished"


def test_a_vote_outweighs_an_earlier_error(tmp_path: Path) -> None:
    run_evaluation(items(1), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    path = tmp_path / "votes.jsonl"
    path.write_text('{"item": "0", "index": null, "error": "too long"}\n' + path.read_text())
    assert read_run(tmp_path).judged[0].error is None


def test_another_version_of_what_computes_is_refused(tmp_path: Path) -> None:
    run_evaluation(items(1), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    path = tmp_path / "run.json"
    head = json.loads(path.read_text())
    head["versions"]["rrm-ui"] = "0.0.9"
    path.write_text(json.dumps(head))
    with pytest.raises(BadInput, match=r"version of rrm-ui was 0\.0\.9"):
        run_evaluation(items(1), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)


@pytest.mark.parametrize("broken", ["[1]\n", '"text"\n', "{}\n", "[" * 5000 + "\n"])
def test_a_record_that_cannot_be_read_is_said(tmp_path: Path, broken: str) -> None:
    run_evaluation(items(1), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
    (tmp_path / "votes.jsonl").write_text(broken)
    with pytest.raises(BadInput, match="cannot be read"):
        read_run(tmp_path)


def test_a_full_engine_is_waited_for(tmp_path: Path) -> None:
    engine = ScriptedEngine(tokens_per_second=2000, capacity=1, max_waiting=1)
    run = run_evaluation(items(6), SETTINGS, scripted_model(engine), tmp_path)
    assert run.state == "finished"


def test_two_runs_cannot_share_a_folder_at_once(tmp_path: Path) -> None:
    refused: list[str] = []
    cancel = threading.Event()

    def try_another(_: RunProgress) -> None:
        try:
            run_evaluation(items(2), SETTINGS, scripted_model(ScriptedEngine()), tmp_path)
        except Busy as error:
            refused.append(error.message)
            cancel.set()

    slow = scripted_model(ScriptedEngine(tokens_per_second=20))
    run_evaluation(items(2), SETTINGS, slow, tmp_path, report=try_another, cancel=cancel)
    assert "Another process" in refused[0]


def test_a_record_without_texts_keeps_hashes_and_lengths_and_can_be_gone_on_with(tmp_path: Path) -> None:
    run = run_evaluation(items(3), SETTINGS, scripted_model(ScriptedEngine()), tmp_path, texts=False)
    assert not any(judged.item.has_texts for judged in run.judged)
    assert [judged.item.characters[1] for judged in run.judged] == [7, 7, 7]
    assert "first" not in (tmp_path / "items.jsonl").read_text()
    (tmp_path / "votes.jsonl").write_text("")
    again = run_evaluation(items(3), SETTINGS, scripted_model(ScriptedEngine()), tmp_path, texts=False)
    assert votes_of(again) == votes_of(run)


def test_a_smaller_sample_is_the_beginning_of_a_larger_one(tmp_path: Path) -> None:
    few = run_evaluation(items(20), SETTINGS, scripted_model(ScriptedEngine()), tmp_path / "few", limit=3)
    more = run_evaluation(items(20), SETTINGS, scripted_model(ScriptedEngine()), tmp_path / "more", limit=8)
    assert [judged.item.id for judged in more.judged][:3] == [judged.item.id for judged in few.judged]
    assert {id_: votes_of(more)[id_] for id_ in votes_of(few)} == votes_of(few)
    assert few.spec.rows == 20


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (replace(SETTINGS, votes=0), "votes is 0"),
        (replace(SETTINGS, stop_early=True), "every vote"),
        (replace(SETTINGS, thinking_budget=-1), "thinking_budget is -1"),
    ],
)
def test_settings_that_cannot_be_run_are_refused_before_a_folder_exists(
    tmp_path: Path, settings: JudgeSettings, named: str
) -> None:
    with pytest.raises(BadInput, match=named):
        run_evaluation(items(2), settings, scripted_model(ScriptedEngine()), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_nothing_to_judge_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no comparison"):
        run_evaluation(ItemSet("empty", ()), SETTINGS, scripted_model(ScriptedEngine()), tmp_path / "run")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="cannot hold a run"):
        run_evaluation(items(1), SETTINGS, scripted_model(ScriptedEngine()), tmp_path / "file" / "run")


def test_without_a_shared_batch_comparisons_are_judged_in_turn(tmp_path: Path) -> None:
    side_by_side = set()

    class Watched(ScriptedEngine):
        def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
            for batch in super().stream(request):
                side_by_side.add(len(self._running))
                yield batch

    model = replace(scripted_model(Watched(tokens_per_second=400)), shares_batch=False)
    assert len(run_evaluation(items(4), SETTINGS, model, tmp_path / "run").complete) == 4
    assert max(side_by_side) == 1
