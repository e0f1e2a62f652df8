from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator
from typing import Any

import pytest

from rrm_ui.engines.interface import GenerationRequest
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.errors import BadInput, OutOfTime, RecordFailure, ShuttingDown, TokensUsedUp, TooManyAtOnce
from rrm_ui.events import Event, JudgmentFailed, JudgmentFinished, ThinkingText, VoteFinished, Waiting
from rrm_ui.judge import judge
from rrm_ui.scripted_model import scripted_model
from rrm_ui.serving import Limits, Visit, Visits
from rrm_ui.values import Comparison, JudgeSettings, Judgment
from tests.unit.serving.samples import samples_of

PAIR = Comparison("What is 2 + 2?", "4", "5")


def one_quick(request: GenerationRequest, row: int) -> ScriptedRow:
    return ScriptedRow(("quick ",)) if row == 0 else ScriptedRow(("slow ",) * 5000)


def judging(visit: Visit, engine: ScriptedEngine | None = None, **settings: Any) -> Any:
    asked = JudgeSettings(**{"thinking_budget": 64, "votes": 4, **settings})
    model = scripted_model(engine or ScriptedEngine())
    return visit.follow(judge(PAIR, asked, model, visit.cancel, person=visit.person))


def judgment_of(events: list[Event]) -> Judgment:
    last = events[-1]
    assert isinstance(last, JudgmentFinished)
    return last.judgment


def test_one_person_has_so_many_requests_at_once_and_others_go_on() -> None:
    visits = Visits(Limits(requests_per_person=2))
    with visits.open("judgment", "one"), visits.open("ranking", "one"):
        with pytest.raises(TooManyAtOnce, match=r"\(2\)"), visits.open("judgment", "one"):
            pass
        with visits.open("judgment", "two"):
            pass
    with visits.open("judgment", "one"), visits.open("evaluation", "one"):
        pass
    assert samples_of(visits.metrics, "rrm_refusals_total") == {("too_many_at_once",): 1}


def test_a_person_without_a_name_has_no_limits() -> None:
    visits = Visits(Limits(requests_per_person=1, tokens_per_minute=1))
    with visits.open("judgment", ""), visits.open("judgment", "") as visit:
        list(judging(visit))
    with visits.open("judgment", ""):
        pass
    assert samples_of(visits.metrics, "rrm_refusals_total") == {}
    assert samples_of(visits.metrics, "rrm_requests_total") == {("judgment",): 3}


def test_many_threads_never_get_more_than_the_limit() -> None:
    visits = Visits(Limits(requests_per_person=3))
    inside, most, refused = 0, 0, 0
    lock = threading.Lock()

    def come() -> None:
        nonlocal inside, most, refused
        for _ in range(200):
            try:
                with visits.open("judgment", "one"):
                    with lock:
                        inside += 1
                        most = max(most, inside)
                    time.sleep(0)
                    with lock:
                        inside -= 1
            except TooManyAtOnce:
                with lock:
                    refused += 1

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 3
    assert not visits._by_person
    counted = samples_of(visits.metrics, "rrm_refusals_total").get(("too_many_at_once",), 0)
    assert counted == refused


def test_tokens_read_and_written_are_charged_and_the_next_request_is_refused() -> None:
    visits = Visits(Limits(tokens_per_minute=10_000))
    with visits.open("judgment", "one") as visit:
        judgment = judgment_of(list(judging(visit, thinking_budget=64)))
    prompt = samples_of(visits.metrics, "rrm_prompt_tokens_total")[()]
    written = sum(samples_of(visits.metrics, "rrm_tokens_total").values())
    assert written == judgment.tokens
    assert prompt > 0
    assert visits.buckets is not None
    left = visits.buckets._filled("one").tokens
    assert left == pytest.approx(10_000 - prompt - written, abs=1000)  # it fills meanwhile
    visits.buckets.spend("one", 10_000)
    with pytest.raises(TokensUsedUp), visits.open("ranking", "one"):
        pass


def test_who_leaves_before_the_end_has_used_what_was_written() -> None:
    clock = [0.0]
    visits = Visits(Limits(tokens_per_minute=6000), clock=lambda: clock[0])
    with visits.open("judgment", "one") as visit:
        events = judging(visit, ScriptedEngine(one_quick), votes=2, thinking_budget=5000)
        thought = 0
        for event in events:
            if isinstance(event, ThinkingText):
                thought += 1
            if thought == 50:
                break
        events.close()
    assert visits.buckets is not None
    spent = 6000 - visits.buckets._filled("one").tokens
    assert spent >= samples_of(visits.metrics, "rrm_prompt_tokens_total")[()] + 50
    assert samples_of(visits.metrics, "rrm_judgments_total") == {("abandoned",): 1}


def test_a_judgment_that_goes_on_to_its_end_when_its_reader_has_gone_ends_for_nobody() -> None:
    visits = Visits()
    with visits.open("judgment", "one") as visit:
        events = judging(visit, votes=2)
        next(events)
    list(events)  # as the thread does that reads for a page
    assert samples_of(visits.metrics, "rrm_judgments_total") == {("abandoned",): 1}


def test_who_leaves_with_the_verdict_is_counted_once() -> None:
    visits = Visits()
    with visits.open("judgment", "one") as visit:
        events = judging(visit, votes=2)
        outcome = next(event for event in events if isinstance(event, JudgmentFinished)).judgment.tally.outcome
        events.close()
    assert samples_of(visits.metrics, "rrm_judgments_total") == {(outcome,): 1}


def test_a_judgment_that_is_stopped_while_it_waits_has_no_time_to_its_first_token() -> None:
    visits = Visits()
    with visits.open("judgment", "one") as visit:
        visit.cancel.set()
        judgment = judgment_of(list(judging(visit)))
    assert {vote.status for vote in judgment.votes} == {"cancelled"}
    assert samples_of(visits.metrics, "rrm_judgment_seconds_count") == {(): 1.0}
    assert samples_of(visits.metrics, "rrm_queue_wait_seconds_count") == {(): 0.0}
    assert samples_of(visits.metrics, "rrm_time_to_first_token_seconds_count") == {(): 0.0}


def test_waiting_and_the_first_token_are_timed() -> None:
    clock = [100.0]
    visits = Visits(clock=lambda: clock[0])

    def events() -> Any:
        yield Waiting(1)
        clock[0] += 3
        yield Waiting(1)
        clock[0] += 1
        inner = judge(PAIR, JudgeSettings(thinking_budget=64, votes=2), scripted_model(ScriptedEngine()))
        yield from inner

    with visits.open("judgment", "one") as visit:
        list(visit.follow(events()))
    assert samples_of(visits.metrics, "rrm_queue_wait_seconds_sum") == {(): 4.0}
    assert samples_of(visits.metrics, "rrm_time_to_first_token_seconds_sum") == {(): 4.0}
    assert samples_of(visits.metrics, "rrm_judgment_seconds_count") == {(): 1.0}


def test_shutting_down_keeps_what_finished_and_tells_the_rest() -> None:
    visits = Visits()
    with visits.open("judgment", "one") as visit:
        seen: list[Event] = []
        engine = ScriptedEngine(one_quick, tokens_per_second=100)
        for event in judging(visit, engine, votes=3, thinking_budget=4000):
            seen.append(event)
            if isinstance(event, VoteFinished) and event.vote.status == "finished":
                visits.shut_down()
        assert not visits.wait_until_over(0)
    assert visits.wait_until_over(0)
    judgment = judgment_of(seen)
    assert [vote.status for vote in judgment.votes] == ["finished", "cancelled", "cancelled"]
    assert judgment.tally.a + judgment.tally.b == 1
    assert judgment.error is not None
    assert "shutting down" in judgment.error
    assert isinstance(seen[-2], JudgmentFailed)
    with pytest.raises(ShuttingDown, match="shutting down"), visits.open("judgment", "two"):
        pass
    assert samples_of(visits.metrics, "rrm_failures_total") == {("shutting_down",): 1}


def test_what_broke_a_judgment_is_counted_by_its_kind() -> None:
    visits = Visits()
    with visits.open("judgment", "one") as visit:
        judgment = judgment_of(list(judging(visit)))

        def broken() -> Generator[Event, None, None]:
            yield JudgmentFailed(OutOfTime("This judgment took too long.").failure)
            yield JudgmentFinished(judgment)

        list(visit.follow(broken()))
    assert samples_of(visits.metrics, "rrm_failures_total") == {("out_of_time",): 1}


def test_a_refusal_and_a_fault_are_counted_by_kind_and_logged_without_their_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    visits = Visits()
    caplog.set_level(logging.INFO)
    with pytest.raises(BadInput), visits.open("judgment", "one"):
        raise BadInput("votes is 'a secret text'; it must be a number.")
    with pytest.raises(RecordFailure), visits.open("evaluation", "one"):
        raise RecordFailure("a secret text cannot be written.")
    with pytest.raises(RuntimeError), visits.open("judgment", "one"):
        raise RuntimeError("a secret text")
    assert samples_of(visits.metrics, "rrm_refusals_total") == {("bad_input",): 1}
    assert samples_of(visits.metrics, "rrm_failures_total") == {("unexpected",): 1, ("record_failure",): 1}
    assert "bad_input" in caplog.text
    assert "secret" not in caplog.text
    assert visits.wait_until_over(0)


def test_every_judgment_is_one_line_with_its_figures(caplog: pytest.LogCaptureFixture) -> None:
    visits = Visits()
    caplog.set_level(logging.INFO)
    with visits.open("judgment", "somebody") as visit:
        judgment = judgment_of(list(judging(visit, votes=3)))
    (record,) = [record for record in caplog.records if record.message.startswith("Judged")]
    fields: dict[str, Any] = record.fields  # type: ignore[attr-defined]
    assert fields["person"] == "somebody"
    assert (fields["votes"], fields["budget"], fields["model"]) == (3, 64, "scripted")
    assert fields["outcome"] == judgment.tally.outcome
    assert fields["tokens"] == judgment.tokens
    assert fields["error"] is None
    assert fields["judgment"] in record.message
