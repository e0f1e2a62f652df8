"""Judging with a scripted engine: orders, seeds, budgets, stopping, failures."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rrm_ui.engines.interface import GenerationRequest, RowEvent, RowText
from rrm_ui.engines.scripted import Script, ScriptedEngine, ScriptedRow, default_script
from rrm_ui.errors import BadInput, Busy, TooLong
from rrm_ui.events import Event, JudgmentFailed, JudgmentFinished, NoticeGiven, ThinkingText, VoteFinished, VoteStarted
from rrm_ui.judge import JudgeModel, judge, probing_interval, vote_orders, vote_seed
from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.scripted_model import scripted_model, scripted_prompts
from rrm_ui.values import Comparison, JudgeSettings, Judgment

PAIR = Comparison("What is 2 + 2?", "4", "5")


def thought(tokens: int) -> tuple[str, ...]:
    return tuple(f"word{i} " for i in range(tokens))


def a_is_better(request: GenerationRequest, row: int) -> ScriptedRow:
    """Prefer response A whatever the order: rows alternate, and the first row's order decides which is which."""
    orders = vote_orders(PAIR, JudgeSettings(votes=len(request.rows)))
    first = orders[row] == "AB"
    return ScriptedRow(thought(20 + row), "first" if first else "second", 0.9 if first else 0.1)


def finish(events: Iterator[Event]) -> Judgment:
    *_, last = events
    assert isinstance(last, JudgmentFinished)
    return last.judgment


def model(script: Script = a_is_better, **options: Any) -> JudgeModel:
    return scripted_model(ScriptedEngine(script=script, **options))


def test_votes_are_spread_half_and_half_over_both_orders() -> None:
    judgment = finish(judge(PAIR, JudgeSettings(votes=6), model()))
    assert sorted(vote.order for vote in judgment.votes) == ["AB"] * 3 + ["BA"] * 3
    assert judgment.tally.outcome == "A"
    assert judgment.tally.counts() == {"A": 6, "B": 0, "no_verdict": 0}
    assert judgment.tally.order_dependent is False


def test_a_bias_for_the_first_place_is_told_as_order_dependence() -> None:
    judgment = finish(judge(PAIR, JudgeSettings(votes=4), model(lambda *_: ScriptedRow(thought(5), "first", 0.8))))
    assert judgment.tally.outcome == "undecided"
    assert judgment.tally.order_dependent is True
    assert judgment.tally.p_a == pytest.approx(0.5)


@given(st.integers(0, 2**40), st.integers(2, 64))
def test_orders_and_seeds_depend_on_seed_comparison_and_index_alone(seed: int, votes: int) -> None:
    settings = JudgeSettings(seed=seed, votes=votes)
    fewer = replace(settings, votes=votes - 1)
    assert vote_orders(PAIR, settings)[:-1] == vote_orders(PAIR, fewer)
    assert vote_seed(PAIR, settings, 0) == vote_seed(PAIR, fewer, 0)
    assert vote_seed(PAIR, settings, 0) != vote_seed(PAIR, settings, 1)
    assert 0 <= vote_seed(PAIR, settings, 0) < 2**63


def test_one_order_shows_a_first_in_every_vote() -> None:
    judgment = finish(judge(PAIR, JudgeSettings(votes=3, both_orders=False), model(lambda *_: ScriptedRow(thought(3)))))
    assert {vote.order for vote in judgment.votes} == {"AB"}
    assert judgment.tally.order_dependent is None


def test_the_budget_ends_every_vote_in_a_verdict_that_says_how_it_was_read() -> None:
    judgment = finish(judge(PAIR, JudgeSettings(votes=4, thinking_budget=10), model()))
    assert all(vote.closed_by == "budget" and vote.read_from == "logits" for vote in judgment.votes)
    assert all(vote.choice is not None and vote.thinking_tokens == 10 for vote in judgment.votes)
    vote = judgment.votes[0]
    assert vote.forced == ((0, len(vote.answer)),)


def test_budget_zero_is_direct_and_its_repeats_are_told() -> None:
    judgment = finish(judge(PAIR, JudgeSettings(votes=4, thinking_budget=0), model()))
    assert all(vote.thinking == "" and vote.read_from == "logits" for vote in judgment.votes)
    assert "repeated_readings" in {notice.code for notice in judgment.notices}


@pytest.mark.parametrize("field", ["query", "response_a", "response_b"])
@pytest.mark.parametrize("text", ["", "  \n ", None, 7, ["x"]])
def test_a_text_that_is_empty_or_no_text_is_refused_before_anything_runs(field: str, text: object) -> None:
    engine = ScriptedEngine()
    change: dict[str, Any] = {field: text}
    with pytest.raises(BadInput, match=r"query|response"):
        judge(replace(PAIR, **change), JudgeSettings(), scripted_model(engine))
    assert engine.requests == []


@pytest.mark.parametrize(
    "change",
    [
        {"votes": 0},
        {"votes": 65},
        {"votes": 2.5},
        {"votes": True},
        {"thinking_budget": -1},
        {"thinking_budget": "many"},
        {"temperature": float("nan")},
        {"temperature": -0.1},
        {"top_p": 0},
        {"seed": -1},
        {"seed": 2**63},
    ],
)
def test_settings_out_of_range_are_refused_by_name(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        judge(PAIR, replace(JudgeSettings(), **change), model())
    assert next(iter(change)) in refused.value.message


def test_a_comparison_over_the_context_is_refused_with_both_counts() -> None:
    long = replace(PAIR, response_a="x" * 5000)
    with pytest.raises(TooLong) as refused:
        judge(long, JudgeSettings(), scripted_model(ScriptedEngine(), context_tokens=4096))
    assert refused.value.values["tokens"] > 5000  # type: ignore[operator]
    assert f"{refused.value.values['allowed']:,}" in refused.value.message


def test_a_comparison_that_only_just_fits_without_thinking_is_judged_without() -> None:
    asked = JudgeSettings(thinking_budget=0, votes=1)
    roomy = model()
    form, prompts = roomy.prompts.verdict_format, roomy.prompts
    longest = max(len(prompts.build(PAIR, order).ids) for order in ("AB", "BA"))
    exact = longest + len(form.closing) + len(form.stem)
    fits = scripted_model(ScriptedEngine(script=a_is_better), context_tokens=exact)
    assert finish(judge(PAIR, asked, fits)).tally.outcome == "A"
    with pytest.raises(TooLong) as refused:
        judge(PAIR, asked, scripted_model(ScriptedEngine(), context_tokens=exact - 3))
    assert refused.value.values == {"tokens": longest, "allowed": longest - 3, "over": 3}


def test_a_budget_over_the_context_is_cut_and_told() -> None:
    small = scripted_model(ScriptedEngine(script=a_is_better), context_tokens=2048)
    events = list(judge(PAIR, JudgeSettings(thinking_budget=4000, votes=1), small))
    notices = [event.notice for event in events if isinstance(event, NoticeGiven)]
    assert notices[0].code == "budget_cut"
    assert notices[0].values["asked"] == 4000
    judgment = finish(iter(events))
    given_instead = notices[0].values["given"]
    assert isinstance(given_instead, int)
    assert judgment.settings.thinking_budget == given_instead < 2048


def test_the_same_responses_are_judged_with_a_notice() -> None:
    judgment = finish(judge(replace(PAIR, response_b="4"), JudgeSettings(), model(lambda *_: ScriptedRow(thought(3)))))
    assert "identical_responses" in {notice.code for notice in judgment.notices}


def test_lone_surrogates_become_replacement_characters() -> None:
    judgment = finish(judge(replace(PAIR, response_a="4\ud800"), JudgeSettings(votes=1), model()))
    assert judgment.comparison.response_a == "4\ufffd"


def test_cancelling_keeps_the_votes_that_finished() -> None:
    cancel = threading.Event()
    lengths = iter([5, 5, 4000, 4000])
    engine = ScriptedEngine(lambda *_: ScriptedRow(thought(next(lengths))), tokens_per_second=200)
    events = judge(PAIR, JudgeSettings(thinking_budget=4000), scripted_model(engine), cancel)
    seen = []
    for event in events:
        seen.append(event)
        if sum(isinstance(event, VoteFinished) for event in seen) == 2:
            cancel.set()
    judgment = finish(iter(seen))
    assert [vote.status for vote in judgment.votes] == ["finished", "finished", "cancelled", "cancelled"]
    assert all(vote.thinking and vote.choice is None for vote in judgment.votes[2:])
    assert sum(judgment.tally.counts().values()) == 2
    assert engine.load().rows == 0


def test_what_comes_together_with_the_stop_still_counts() -> None:
    """A reader may be behind: what it is handed then holds ends of votes as well."""
    cancel = threading.Event()

    class Behind(ScriptedEngine):
        def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
            events = [event for batch in super().stream(request) for event in batch]
            middle = next(i for i, event in enumerate(events) if isinstance(event, RowText))
            yield events[:middle]
            cancel.set()
            yield events[middle:]

    seen = list(judge(PAIR, JudgeSettings(votes=2), scripted_model(Behind()), cancel))
    judgment = finish(iter(seen))
    assert [vote.status for vote in judgment.votes] == ["finished", "finished"]
    assert all(vote.thinking for vote in judgment.votes)
    assert not any(isinstance(event, ThinkingText) for event in seen)


def test_closing_the_stream_frees_the_rows() -> None:
    engine = ScriptedEngine(lambda *_: ScriptedRow(thought(4000)), tokens_per_second=100)
    events = judge(PAIR, JudgeSettings(thinking_budget=4000), scripted_model(engine))
    while not isinstance(next(events), ThinkingText):
        pass
    assert engine.load().rows == 4
    events.close()
    assert engine.load().rows == 0


def test_a_vote_that_breaks_off_leaves_the_others_alone() -> None:
    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        return replace(a_is_better(request, row), fails_after=3 if row == 1 else None)

    judgment = finish(judge(PAIR, JudgeSettings(votes=4), model(script)))
    assert [vote.status for vote in judgment.votes] == ["finished", "failed", "finished", "finished"]
    assert judgment.votes[1].error
    assert judgment.tally.a == 3
    assert judgment.error is None


def test_an_engine_that_breaks_half_way_keeps_what_was_finished() -> None:
    def script(_: GenerationRequest, row: int) -> ScriptedRow:
        return ScriptedRow(thought(300), fails_after=200, breaks_engine=True) if row else ScriptedRow(thought(10))

    events = list(judge(PAIR, JudgeSettings(votes=2), model(script)))
    judgment = finish(iter(events))
    assert [vote.status for vote in judgment.votes] == ["finished", "failed"]
    assert judgment.error
    assert judgment.votes[1].error == judgment.error
    assert sum(isinstance(event, JudgmentFailed) for event in events) == 1


def test_stopping_when_decided_says_how_much_it_saved() -> None:
    def script(request: GenerationRequest, row: int) -> ScriptedRow:
        return replace(a_is_better(request, row), thinking=thought(20 if row < 6 else 500))

    asked = JudgeSettings(votes=8, thinking_budget=1000, stop_early=True)
    judgment = finish(judge(PAIR, asked, model(script, tokens_per_second=400)))
    saved = next(notice for notice in judgment.notices if notice.code == "stopped_early")
    assert judgment.tally.outcome == "A"
    assert {vote.status for vote in judgment.votes[6:]} == {"stopped_early"}
    assert saved.values["votes"] == 2
    full = finish(judge(PAIR, replace(asked, stop_early=False), model(script)))
    assert full.tally.outcome == judgment.tally.outcome
    assert all(vote.status == "finished" for vote in full.votes)


def test_a_full_queue_is_told() -> None:
    engine = ScriptedEngine(capacity=0, max_waiting=1)
    waiting = judge(PAIR, JudgeSettings(), scripted_model(engine))
    while engine.load().waiting == 0:
        next(waiting)
    with pytest.raises(Busy, match="waiting"):
        list(judge(PAIR, JudgeSettings(), scripted_model(engine)))
    waiting.close()


def test_the_stream_opens_every_vote_and_ends_with_the_judgment() -> None:
    events = list(judge(PAIR, JudgeSettings(votes=3), model()))
    assert [event.vote for event in events if isinstance(event, VoteStarted)] == [0, 1, 2]
    assert isinstance(events[-1], JudgmentFinished)
    assert sum(isinstance(event, VoteFinished) for event in events) == 3


def test_the_judgment_has_the_public_shape() -> None:
    row = finish(judge(PAIR, JudgeSettings(votes=2, probe_every=8), model())).to_dict()
    assert {"outcome", "tally", "vote_confidence", "p_a", "order_dependent", "model", "settings", "seconds"} <= set(row)
    assert set(row["tally"]) == {"A", "B", "no_verdict"}
    vote = row["votes"][0]
    assert {"index", "order", "seed", "choice", "p_a", "thinking", "answer", "thinking_tokens"} <= set(vote)
    assert {"closed_by", "read_from", "probes"} <= set(vote)
    assert vote["probes"][0][0] == 8
    assert row["tokens"] == sum(vote["thinking_tokens"] + vote["answer_tokens"] for vote in row["votes"])


def test_earlier_votes_count_and_only_the_missing_ones_are_cast() -> None:
    settings = JudgeSettings(votes=6)
    whole = finish(judge(PAIR, settings, model(default_script)))
    kept = [whole.votes[0], whole.votes[3]]
    engine = ScriptedEngine()
    events = list(judge(PAIR, settings, scripted_model(engine), earlier=kept))
    assert [event.vote for event in events if isinstance(event, VoteStarted)] == [1, 2, 4, 5]
    assert len(engine.requests[0].rows) == 4
    again = finish(iter(events))
    assert again.votes == whole.votes
    assert again.tally == whole.tally


def test_with_every_vote_cast_earlier_nothing_runs() -> None:
    whole = finish(judge(PAIR, JudgeSettings(votes=2), model()))
    engine = ScriptedEngine()
    again = finish(judge(PAIR, JudgeSettings(votes=2), scripted_model(engine), earlier=whole.votes))
    assert engine.requests == []
    assert again.votes == whole.votes


SURE = JudgeSettings(votes=4, thinking_budget=100, probe_every=8, close_when_sure=True, sure_at=0.8, sure_probes=2)


def two_grow_sure(request: GenerationRequest, row: int) -> ScriptedRow:
    """Rows 0 and 1 grow sure of A: P is 0.5 + 0.49 * tokens / 80. The others come to 0.7."""
    p_a = 0.99 if row < 2 else 0.7
    first = a_is_better(request, row).position == "first"
    return ScriptedRow(thought(80), "first" if first else "second", p_a if first else 1 - p_a)


def notices(judgment: Judgment) -> dict[str, dict[str, object]]:
    return {notice.code: dict(notice.values) for notice in judgment.notices}


def test_a_vote_that_is_sure_is_closed_early_and_counts() -> None:
    judgment = finish(judge(PAIR, SURE, model(two_grow_sure)))
    assert [vote.closed_by for vote in judgment.votes] == ["certainty", "certainty", "model", "model"]
    assert [vote.thinking_tokens for vote in judgment.votes] == [64, 64, 80, 80]  # sure at 56 and at 64
    for vote in judgment.votes[:2]:
        assert (vote.status, vote.choice, vote.read_from) == ("finished", "A", "logits")
        assert vote.p_a == vote.probes[-1].p_a == pytest.approx(0.5 + 0.49 * 64 / 80)
    assert judgment.tally.counts() == {"A": 4, "B": 0, "no_verdict": 0}
    full = finish(judge(PAIR, replace(SURE, close_when_sure=False), model(two_grow_sure)))
    assert judgment.votes[2:] == full.votes[2:]
    assert {vote.closed_by for vote in full.votes} == {"model"}
    assert not {"closed_when_sure", "closed_when_sure_all"} & set(notices(full))


def test_what_closing_saved_is_told_against_the_votes_that_were_not_closed() -> None:
    told = notices(finish(judge(PAIR, SURE, model(two_grow_sure))))
    assert told["closed_when_sure"] == {"votes": 2, "tokens": 32}


def test_where_every_vote_was_closed_nobody_knows_what_that_saved() -> None:
    told = notices(finish(judge(PAIR, replace(SURE, sure_at=0.6, sure_probes=1), model(two_grow_sure))))
    assert told["closed_when_sure_all"] == {"votes": 4}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"probe_every": 0}, "set probe_every to 1 or more"),
        ({"sure_at": 0.4}, "sure_at is 0.4"),
        ({"sure_at": 1.1}, "sure_at is 1.1"),
        ({"sure_probes": 0}, "sure_probes is 0"),
        ({"sure_probes": 1.5}, "sure_probes is 1.5"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        judge(PAIR, replace(SURE, **change), model())


def test_closing_reads_as_often_as_the_family_needs() -> None:
    judge_model = model()
    assert probing_interval(judge_model, close_when_sure=False) == judge_model.defaults.probe_every
    short = replace(judge_model, prompts=scripted_prompts(EMBEDDED))
    assert probing_interval(short, close_when_sure=True) == EMBEDDED.sure_probe_every
