from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import gradio as gr
import pytest
from gradio.utils import get_upload_folder

from rrm_ui.engines.scripted import ScriptedEngine
from rrm_ui.errors import BadInput
from rrm_ui.evaluation.desk import RunDesk
from rrm_ui.evaluation.reading import SUFFIXES
from rrm_ui.evaluation.shelf import RunShelf
from rrm_ui.evaluation.training_shelf import TrainingShelf
from rrm_ui.folder_lock import locked
from rrm_ui.model_host import ModelHost
from rrm_ui.scripted_model import scripted_model
from rrm_ui.serving import Limits
from rrm_ui.ui import evaluate_handlers
from rrm_ui.ui.evaluate_data import Naming, data_choices, load_chosen, parse_naming
from rrm_ui.ui.evaluate_handlers import EvaluateHandlers
from rrm_ui.ui.evaluate_page import add_evaluate_page
from tests.unit.evaluation.folders import put_run
from tests.unit.evaluation.made_runs import RunShape, made_run
from tests.unit.evaluation.test_training_shelf import put_training

ROWS = [
    {"query": f"What is {n}?", "response_a": "this", "response_b": "that", "label": "A", "id": f"n{n}"}
    for n in range(5)
]


class Page:
    """The handlers with a shelf of their own."""

    def __init__(self, tmp_path: Path, host: ModelHost | None = None) -> None:
        if host is None:
            host = ModelHost(lambda _report: scripted_model(ScriptedEngine()))
            host.load()
        self.runs = tmp_path / "runs"
        self.shelf = RunShelf(self.runs, tmp_path / "shipped")
        self.desk = RunDesk(self.shelf, host.model)
        self.handlers = EvaluateHandlers(
            host, self.shelf, self.desk, TrainingShelf(tmp_path / "training", tmp_path / "none")
        )

    def start(self, file: str | None, votes: float = 2, budget: float = 64, limit: float | None = 0) -> Any:
        return self.handlers.start("file", file, "", limit, votes, budget, 0)


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(tmp_path)


@pytest.fixture
def uploaded() -> Iterator[str]:
    Path(get_upload_folder()).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=get_upload_folder()))
    path = folder / "mine.jsonl"
    lines = [json.dumps(row) for row in ROWS]
    path.write_text("\n".join([*lines, '{"query": "cut', json.dumps({"query": "only this"})]) + "\n")
    yield str(path)
    shutil.rmtree(folder)


def test_a_file_is_described_before_anything_runs(page: Page, uploaded: str) -> None:
    read = page.handlers.preview("file", uploaded, "", 3)
    assert (read["state"], read["rows"], read["taken"], read["labelled"]) == ("read", 5, 3, 5)
    assert read["columns"]["query"] == "query"
    assert [row["line"] for row in read["broken"]] == [6, 7]
    assert all(row["reason"] for row in read["broken"])
    assert read["broken_rows"] == 2
    assert not page.runs.exists()


def test_the_sample_comparisons_can_be_read(page: Page) -> None:
    read = page.handlers.preview("sample", None, "", 0)
    assert read["state"] == "read"
    assert read["rows"] == read["labelled"] > 10


def test_what_cannot_be_read_is_a_sentence(page: Page, tmp_path: Path) -> None:
    assert page.handlers.preview("file", None, "", 0) == {"state": "no_file"}
    for data, file, columns, limit, said in (
        ("nothing", None, "", 0, "Choose the data"),
        ("file", "gone.jsonl", "", 0, "not there any more"),
        ("file", "x", "query", 0, "not there any more"),
        ("sample", None, "", -1, "whole number"),
        ("sample", None, "", 2.5, "whole number"),
    ):
        read = page.handlers.preview(data, file, columns, limit)
        assert read["state"] == "broken", said
        assert said in read["message"]["text"]


def test_no_file_of_this_machine_but_an_uploaded_one_is_read(page: Page, tmp_path: Path, uploaded: str) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_text(Path(uploaded).read_text())
    link = Path(uploaded).with_name("link.jsonl")
    link.symlink_to(secret)
    for path in (str(secret), str(link), f"{Path(uploaded).parent}/../../../{secret}", "/etc/passwd"):
        assert "not there any more" in page.handlers.preview("file", path, "", 0)["message"]["text"]
    with pytest.raises(BadInput, match="Choose the data"):
        load_chosen(str(secret), None)


def test_columns_can_be_named() -> None:
    named = parse_naming(" query = prompt, label=winner ")
    assert named == Naming(columns=(("query", "prompt"), ("label", "winner")))
    assert parse_naming("") == parse_naming(None) == Naming()
    for wrong in ("query", "query=", "=prompt", "a=b=c", "0=A 1=B"):
        with pytest.raises(BadInput, match="pairs"):
            parse_naming(wrong)


def test_labels_can_be_given_a_meaning() -> None:
    named = parse_naming("label=A, 0 = A,1=B , draw=tie, query=B, other=b")
    assert named.columns == (("label", "A"), ("query", "B"), ("other", "b"))
    assert named.label_values == (("0", "A"), ("1", "B"), ("draw", "tie"))


def test_labels_of_0_and_1_lead_on_from_the_sentence_that_refuses_them(page: Page, uploaded: str) -> None:
    rows = [{"query": "q", "response_a": "this", "response_b": "that", "label": label} for label in (0, 1, 1)]
    path = Path(uploaded).with_name("numbers.ndjson")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    refused = page.handlers.preview("file", str(path), "", 0)["message"]["text"]
    example = re.search(r"A, B or tie: (.*) \(in a terminal", refused)
    assert example is not None
    assert example[1] == "0=…, 1=…"
    assert page.handlers.preview("file", str(path), example[1].replace("…", "A"), 0)["labelled"] == 3
    assert [item.label for item in load_chosen("file", str(path), "0=B, 1=A").items] == ["B", "A", "A"]


def test_every_kind_of_file_that_can_be_read_may_be_uploaded() -> None:
    page = gr.Blocks()
    add_evaluate_page(page, ModelHost(lambda _report: scripted_model(ScriptedEngine())))
    (file,) = (block for block in page.blocks.values() if isinstance(block, gr.File))
    assert file.file_types == list(SUFFIXES)
    assert ".ndjson" in SUFFIXES


def test_all_benchmarks_are_offered_after_sample_and_file() -> None:
    choices = data_choices()
    assert choices[:2] == ["sample", "file"]
    assert {"reward-bench", "pandalm", "llmbar-natural"} <= set(choices)


def test_the_estimate_says_how_much_there_is_to_do(page: Page, uploaded: str) -> None:
    work, problem = page.handlers.estimate("file", uploaded, "", 4, 2, 64, 0)
    assert problem is None
    assert work is not None
    assert (work["comparisons"], work["votes"], work["thinking_tokens"]) == (4, 8, 512)
    assert (work["data"], work["budget"], work["model"]) == (Path(uploaded).name, 64, "scripted")
    assert work["seconds"] >= 0
    _, problem = page.handlers.estimate("file", uploaded, "", 4, 65, 64, 0)
    assert problem is not None
    assert "votes is 65" in problem["text"]


def test_a_started_run_can_be_shown_exported_and_opened(page: Page, uploaded: str) -> None:
    drawn, problem = page.start(uploaded)
    assert problem is None
    key = drawn["running"]["key"]
    assert drawn["started"] == key  # the page shows its own run when it has ended
    assert page.desk.wait(20)
    assert [run["key"] for run in page.handlers.desk()["runs"]] == [key]
    shown = page.handlers.show_run({"run": key, "scoring": "lenient", "language": "zh-CN"})
    tree = json.dumps(shown["tree"], ensure_ascii=False)
    assert "准确率" in tree
    assert '"data-item": "n3"' in tree
    html = page.handlers.export_run({"run": key, "kind": "html"})
    assert html["name"] == f"{key}.html"
    assert html["text"].startswith("<!doctype html>")
    exported = json.loads(page.handlers.export_run({"run": key, "kind": "json"})["text"])
    assert exported["findings"]["n"] == 5
    assert exported["run"]["name"] == "mine.jsonl"
    assert len(exported["run"]["broken"]) == 2
    opened = page.handlers.find_comparison({"run": key, "item": "n3"})
    assert opened == {"query": "What is 3?", "response_a": "this", "response_b": "that"}


def test_two_runs_are_compared(page: Page) -> None:
    for seed in (1, 2):
        put_run(made_run(seed), page.runs / f"run-{seed}")
    shown = json.dumps(page.handlers.show_run({"run": "run-1", "second": "run-2"})["tree"])
    assert "Two runs, comparison by comparison" in shown
    exported = json.loads(page.handlers.export_run({"run": "run-1", "second": "run-2", "kind": "json"})["text"])
    assert exported["compared"]["comparison"]["n"] == 40


def test_runs_over_other_data_do_not_compare(page: Page) -> None:
    put_run(made_run(1), page.runs / "one")
    put_run(made_run(1, items="others"), page.runs / "other")
    answer = page.handlers.show_run({"run": "one", "second": "other"})
    assert "tree" not in answer
    assert answer["message"]["text"]


def test_a_second_start_is_refused_with_a_sentence(page: Page, uploaded: str) -> None:
    page.desk._model().engine.tokens_per_second = 20  # type: ignore[attr-defined]
    page.start(uploaded)
    drawn, problem = page.start(uploaded)
    assert problem["key"] == "run_busy"
    assert "started" not in drawn
    assert drawn["running"]["key"]
    assert page.handlers.estimate("file", uploaded, "", 0, 2, 64, 0)[1] is not None
    assert page.handlers.stop()["running"]["stopping"]
    assert page.desk.wait(20)


def test_a_run_that_nobody_runs_is_shown_as_stopped(page: Page) -> None:
    put_run(made_run(1, RunShape(unfinished=3, state="running")), page.runs / "left")
    assert page.handlers.desk()["runs"][0]["state"] == "stopped"
    assert "This run was stopped: 37 of 40" in json.dumps(page.handlers.show_run({"run": "left"}))
    exported = page.handlers.export_run({"run": "left", "kind": "json"})
    assert json.loads(exported["text"])["run"]["state"] == "stopped"


def test_a_run_that_another_program_is_at_is_under_way(page: Page) -> None:
    put_run(made_run(1, RunShape(unfinished=3, state="running")), page.runs / "theirs")
    with locked(page.runs / "theirs", "run"):
        assert page.handlers.desk()["runs"][0]["state"] == "running"
        assert "This run is under way: 37 of 40" in json.dumps(page.handlers.show_run({"run": "theirs"}))
    assert "This run was stopped: 37 of 40" in json.dumps(page.handlers.show_run({"run": "theirs"}))


def test_a_text_beyond_the_limit_of_characters_is_told_before_anything_runs(page: Page, uploaded: str) -> None:
    page.handlers._visits.limits = Limits(text_characters=3)
    page.desk._visits.limits = Limits(text_characters=3)
    _, refused = page.start(uploaded)
    work, told = page.handlers.estimate("file", uploaded, "", 0, 2, 64, 0)
    assert work is None
    assert refused == told
    assert told is not None
    assert told["key"] == "text_limit"
    assert not page.shelf.summaries()
    page.handlers._visits.limits = page.desk._visits.limits = Limits(text_characters=12)
    drawing, refused = page.start(uploaded)  # what is drawn from the file fits
    assert refused is None
    assert drawing["started"]
    assert page.desk.wait(10)


def test_a_list_that_is_cut_says_how_many_more_there_are(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        put_run(made_run(number), page.runs / f"run-{number}")
        put_training(tmp_path / "training" / f"training-{number}")
    drawn = page.handlers.desk()
    assert (drawn["more_runs"], drawn["more_trainings"]) == (0, 0)
    monkeypatch.setattr(evaluate_handlers, "MOST_RUNS", 2)
    drawn = page.handlers.desk()
    assert (len(drawn["runs"]), drawn["more_runs"]) == (2, 1)
    assert (len(drawn["trainings"]), drawn["more_trainings"]) == (2, 1)


def test_a_stored_vote_is_read_on_demand(page: Page) -> None:
    run = made_run(1, RunShape(items=4, budget=256))
    strange = replace(
        run.judged[0].votes[0], thinking="half Wait, 𝟜", answer="𝟜 fed", forced=((2, 5),), p_a=0.25, seed=2**62 + 1
    )
    first = replace(run.judged[0], votes=(strange, *run.judged[0].votes[1:]))
    put_run(replace(run, judged=(first, *run.judged[1:])), page.runs / "kept")
    log = page.runs / "kept" / "votes.jsonl"
    log.write_text(log.read_text().replace("half Wait", r"\ud800 Wait"))  # half a character, as JSON may write it
    asked = {"run": "kept", "item": first.item.id}
    pane = page.handlers.read_vote({**asked, "vote": "0"})["pane"]
    assert pane == page.handlers.read_vote({**asked, "vote": 0})["pane"]
    json.dumps(pane, ensure_ascii=False).encode()
    assert (pane["thinking"], pane["answer"]) == ("\ufffd Wait, 𝟜", "𝟜 fed")
    assert pane["forced"] == [[3, 6]]  # in a browser's units
    assert (pane["p_a"], pane["order"], pane["tokens"]) == (0.25, strange.order, strange.thinking_tokens)
    assert (pane["budget"], pane["seed"], pane["state"]) == (256, str(2**62 + 1), "finished")
    assert strange.probes
    assert (pane["passages"], pane["probes"]) == ([], "")  # a record does not keep where they were read
    shown = json.dumps(page.handlers.show_run({"run": "kept"})["tree"], ensure_ascii=False)
    assert '"data-vote": "3"' in shown
    assert "Wait, 𝟜" not in shown
    for wrong in ({"vote": 4}, {"vote": -1}, {"vote": True}, {"vote": [0]}, {}, {"vote": 0, "item": "none"}):
        assert "does not hold this vote" in page.handlers.read_vote({**asked, **wrong})["message"]["text"]
    exported = page.handlers.export_run({"run": "kept", "kind": "html"})["text"]
    assert "<button" not in exported


@pytest.mark.parametrize("asked", [None, "x", [], {}, {"run": "../.."}, {"run": {"a": 1}}, {"run": 3, "item": None}])
def test_whatever_is_asked_is_answered(page: Page, asked: object) -> None:
    handlers = page.handlers
    for served in (handlers.show_run, handlers.export_run, handlers.find_comparison, handlers.read_vote):
        assert "no such run" in served(asked)["message"]["text"]
    assert "no such run" in (page.handlers.go_on(asked)[1] or {})["text"]


def test_a_run_without_a_judged_item_says_so(page: Page) -> None:
    put_run(made_run(1, RunShape(items=4, unfinished=4, state="stopped")), page.runs / "begun")
    assert "No comparison of this run" in page.handlers.show_run({"run": "begun"})["message"]["text"]


def test_a_model_that_is_being_made_ready_is_named(tmp_path: Path, uploaded: str) -> None:
    hold = Event()

    def load(_report: Any) -> Any:
        hold.wait(20)
        return scripted_model()

    host = ModelHost(load)
    host.start()
    page = Page(tmp_path, host)
    assert page.handlers.preview("file", uploaded, "", 0)["state"] == "read"
    assert page.start(uploaded)[1]["key"] == "not_ready"
    assert page.handlers.estimate("file", uploaded, "", 0, 2, 64, 0)[1]["key"] == "not_ready"  # type: ignore[index]
    hold.set()
    assert host.wait(20)


def test_an_unexpected_failure_is_a_sentence(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_key: str) -> None:
        raise RuntimeError("<b>a bug</b>")

    monkeypatch.setattr(page.shelf, "read", broken)
    assert page.handlers.find_comparison({"run": "x"})["message"]["key"] == "evaluate_unexpected"


def test_a_training_run_is_listed_shown_and_exported(page: Page, tmp_path: Path) -> None:
    put_training(tmp_path / "training" / "mine", steps=3)
    (listed,) = page.handlers.desk()["trainings"]
    assert (listed["name"], listed["steps"]) == ("mine", 3)
    shown = page.handlers.show_run({"run": listed["key"], "language": "zh-CN"})
    assert "强化学习" in json.dumps(shown["tree"], ensure_ascii=False)
    exported = page.handlers.export_run({"run": listed["key"], "kind": "html"})
    assert exported["name"] == "mine.html"
    assert "<svg" in exported["text"]
    as_json = json.loads(page.handlers.export_run({"run": listed["key"], "kind": "json"})["text"])
    assert len(as_json["curves"]) == 3
    assert "message" in page.handlers.show_run({"run": "training:nothing"})
