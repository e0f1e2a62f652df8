"""The engine of a ZeroGPU Space, through the platform's own wrappers: real fork, real pickling, real stop."""

from __future__ import annotations

import statistics
from typing import Any

import pytest

from tests.space.conftest import run_driver


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run_driver("drive_engine", tmp_path_factory.mktemp("space"))


def test_a_judgment_on_a_lent_gpu_equals_the_servers(facts: dict[str, Any]) -> None:
    same = facts["same_judgments"]
    assert same["finished"] == 4
    assert same["thoughts"] > 1
    assert same["outcomes"] == [True, True]
    for lent, expected in same["readings"]:
        assert len(lent) > 4
        assert lent == pytest.approx(expected, abs=1e-4)
    assert same["load"] == [0, 0]


def test_calls_one_after_the_other_are_served_by_one_forked_process(facts: dict[str, Any]) -> None:
    same = facts["same_judgments"]
    assert same["processes"] == 1
    assert not same["in_main"]
    assert same["released"] == [False, False]  # twice given back, neither time as failed


def test_the_time_asked_for_follows_what_the_calls_before_measured(facts: dict[str, Any]) -> None:
    same = facts["same_judgments"]
    guessed, learned = same["steps"]
    assert 0 < learned < guessed  # a model of two layers is faster than the guess for 7 billion parameters
    first, second = same["seconds"]
    assert second < first < 80


def test_packets_come_five_times_a_second_also_while_a_prompt_is_read(facts: dict[str, Any]) -> None:
    pace = facts["pace"]
    assert pace["read"] == pace["prompt"] > 5000
    assert len(pace["seconds"]) > 20
    # The rule itself is tested on a clock that is told; here a first pass or a disturbance may take longer.
    assert statistics.quantiles(pace["seconds"], n=20)[-1] < 0.2


def test_stopping_gives_the_rows_up_and_the_process_serves_the_next_call(facts: dict[str, Any]) -> None:
    stop = facts["stop"]
    assert stop["rows"] == [2, 0]
    assert stop["elsewhere"]
    assert stop["closing"] < 0.1  # whoever closes waits for nothing
    assert stop["given_up"] < 5
    assert (stop["again"], stop["processes"]) == (4, 0)  # no new process was let use a GPU


def test_a_stop_does_not_wait_for_the_platform_to_find_a_gpu(facts: dict[str, Any]) -> None:
    queue = facts["stop_in_queue"]
    assert queue["batches"] == [[]] * 5
    assert queue["looking"] < 2.5  # five batches, while the GPU was found after three seconds
    assert queue["closing"] < 0.1
    assert queue["waiting"] == [1, 0]
    assert queue["again"] == 4


@pytest.mark.parametrize(
    ("answer", "title", "words"),
    [
        ("quota", "ZeroGPU quota exceeded", "Space app has reached its GPU limit"),
        ("timeout", "ZeroGPU quota exceeded", "No GPU was available after 60s"),  # what a call without a visitor gets
        ("illegal", "ZeroGPU illegal duration", "is larger than the maximum allowed"),
    ],
)
def test_a_refusal_keeps_the_platforms_words(facts: dict[str, Any], answer: str, title: str, words: str) -> None:
    refused = facts["refusals"][answer]
    assert refused["title"] == title
    assert words in refused["message"]
    assert refused["said"] == f"{title}: {refused['message']}"


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("sentence", "The GPU ran out of memory."),
        ("bug", "ZeroGPU worker error: ZeroDivisionError"),
        ("killed", "ZeroGPU worker error: GPU task aborted"),
    ],
)
def test_a_call_that_breaks_off_leaves_the_votes_that_had_finished(facts: dict[str, Any], end: str, words: str) -> None:
    broken = facts["breaks"][end]
    assert broken["said"] == [words]
    assert broken["error"] == words
    assert broken["statuses"].count("finished") >= 1
    assert broken["statuses"].count("failed") >= 1
    assert broken["again"] == 4
