"""The decode loop against plain ``generate``: exact in fp32, whoever else is in the batch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from rrm_ui.engines.interface import PromptRead, Queued, RowClosed, RowEvent, RowFailed, RowFinished, RowProbed
from rrm_ui.engines.local.head import pack_head
from rrm_ui.engines.local.job import Job, Row
from rrm_ui.engines.local.kv_cache import HeadStates, RowCache, RowLayer
from rrm_ui.engines.models.packed_layers import pack_layers
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.values import Comparison
from tests.model.tiny import Loop, drain, prompt_builder, random_qwen2, text_of, written_by_generate

QUESTIONS = ["What is 17 * 23?", "Name a river in France, and say in one sentence where it flows.", "鲸鱼是鱼吗？"]

Written = dict[tuple[int, int], list[int]]
"""Every sampled token by (job number in order of arrival, row)."""


@pytest.fixture
def prompts(loop: Loop) -> list[PromptTokens]:
    return [
        loop.prompts.build(Comparison(question, "Yes." * (i + 1), "No."), "AB") for i, question in enumerate(QUESTIONS)
    ]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    """Every sampled token by (job number in order of arrival, row)."""
    tokens: Written = {}
    jobs: dict[Job, int] = {}
    take = Row.take

    def spy(row: Row, token: int) -> None:
        number = jobs.setdefault(row.job, len(jobs))
        tokens.setdefault((number, row.index), []).append(token)
        take(row, token)

    monkeypatch.setattr(Row, "take", spy)
    return tokens


def finished(events: list[RowEvent]) -> dict[int, RowFinished]:
    return {event.row: event for event in events if isinstance(event, RowFinished)}


def test_one_row_alone_equals_plain_generate(loop: Loop, prompts: list[PromptTokens], written: Written) -> None:
    for number, prompt in enumerate(prompts):
        loop.run(loop.request([prompt]))
        assert written[number, 0][:24] == written_by_generate(loop.model, loop.prompts.tokenizer, prompt, 24)


def test_rows_of_different_prompts_in_one_batch_equal_plain_generate(
    loop: Loop, prompts: list[PromptTokens], written: Written
) -> None:
    loop.run(loop.request([*prompts, prompts[0]]))
    for row, prompt in enumerate([*prompts, prompts[0]]):
        assert written[0, row][:24] == written_by_generate(loop.model, loop.prompts.tokenizer, prompt, 24)


def test_rows_that_join_a_running_batch_equal_plain_generate(
    loop: Loop, prompts: list[PromptTokens], written: Written
) -> None:
    requests = [loop.request([prompt] * (i + 1), budget=40 - 12 * i) for i, prompt in enumerate(prompts)]
    events = loop.run(*requests, every_steps=5)
    for number, (prompt, request) in enumerate(zip(prompts, requests, strict=True)):
        budget = request.thinking_budget
        expected = written_by_generate(loop.model, loop.prompts.tokenizer, prompt, budget)
        for row in range(len(request.rows)):
            assert written[number, row][:budget] == expected
        assert len(finished(events[number])) == len(request.rows)


def test_a_sampled_row_does_not_depend_on_its_neighbours(
    loop: Loop, prompts: list[PromptTokens], written: Written
) -> None:
    # Cold enough that a random model's choices stand apart: fp32 still rounds by the batch's shape, and between
    # 150,000 nearly equal tokens a draw would fall on one side or the other of a rounding error.
    options: dict[str, Any] = {"temperature": 0.1, "top_p": 0.9}
    loop.run(loop.request([prompts[0]], seeds=[7], **options))
    loop.run(loop.request([prompts[1], prompts[0], prompts[2]], seeds=[1, 7, 2], **options))
    loop.run(loop.request([prompts[0]], seeds=[8], **options))
    assert written[0, 0] == written[1, 1]
    assert written[0, 0] != written[2, 0]


@pytest.mark.skipif(
    not torch.cpu._is_avx512_bf16_supported(), reason="this CPU has no bf16 products, and others round by their shape"
)
@pytest.mark.parametrize("whole_numbers", [False, True])
def test_in_bf16_a_vote_is_the_same_to_the_bit_whatever_runs_beside_it(
    whole_numbers: bool, tokenizer: PreTrainedTokenizerFast, prompts: list[PromptTokens], written: Written
) -> None:
    model = random_qwen2(len(tokenizer)).bfloat16().requires_grad_(False)
    if whole_numbers:
        pack_layers(model, "int8")
        pack_head(model, 8)
    options: dict[str, Any] = {"temperature": 1.0, "budget": 60, "probe_every": 16}

    def fresh() -> Loop:
        return Loop(model, prompt_builder(tokenizer))

    alone = [fresh(), fresh(), fresh()]
    expected = [
        one.run(one.request([prompt], seeds=[i], **options))[0]
        for i, (one, prompt) in enumerate(zip(alone, prompts, strict=True))
    ]
    together = fresh()
    requests = [together.request([prompt], seeds=[i], **options) for i, prompt in enumerate(prompts)]
    crowd = together.request([prompts[2]] * 9, seeds=list(range(10, 19)), temperature=1.0, budget=33)
    in_company = together.run(crowd, *requests, every_steps=7)[1:]
    known_heads = together.run(*requests)
    for number, events in enumerate(expected):
        for other in (in_company[number], known_heads[number]):
            assert [e for e in other if isinstance(e, (RowProbed, RowFinished))] == [
                e for e in events if isinstance(e, (RowProbed, RowFinished))
            ]
            assert text_of(other, 0) == text_of(events, 0)
    assert len({tuple(tokens) for tokens in written.values()}) > 10  # the rows did differ among themselves


def test_probes_change_no_vote(loop: Loop, prompts: list[PromptTokens], written: Written) -> None:
    fresh = Loop(loop.model, loop.prompts)  # knows no prompt head either, so that only the probes differ
    plain = fresh.run(loop.request(prompts, budget=40))[0]
    probed = loop.run(loop.request(prompts, budget=40, probe_every=8))[0]
    assert [written[0, row] for row in range(3)] == [written[1, row] for row in range(3)]
    assert finished(plain) == finished(probed)
    counts = [event.tokens for event in probed if isinstance(event, RowProbed) and event.row == 1]
    assert counts == [0, 8, 16, 24, 32]


def test_of_rows_with_one_prompt_each_is_told_its_first_reading_once(loop: Loop, prompts: list[PromptTokens]) -> None:
    job = Job(loop.request([prompts[0]] * 3, budget=10, probe_every=8))
    loop.loop.add(job)
    loop.loop._admission.rows[0].probed_at_start = True  # as if it was put back and is read again with the others
    while loop.loop.step():
        pass
    assert [event.row for event in drain(job) if isinstance(event, RowProbed) and event.tokens == 0] == [1, 2]


def test_a_probe_equals_reading_everything_from_scratch(
    loop: Loop, prompts: list[PromptTokens], written: Written
) -> None:
    probed = loop.run(loop.request(prompts[:2], budget=24, probe_every=10))[0]
    form = loop.prompts.verdict_format
    for event in probed:
        if isinstance(event, RowProbed):
            ids = [*prompts[event.row].ids, *written[0, event.row][: event.tokens], *form.closing, *form.stem]
            with torch.inference_mode():
                logits = loop.model(torch.tensor([ids])).logits[0, -1]
            assert event.p_first == pytest.approx(logits[list(form.choices)].softmax(-1)[0].item(), abs=1e-4)


def test_the_budget_closes_every_row_and_the_verdict_is_read_from_the_stem(
    loop: Loop, prompts: list[PromptTokens]
) -> None:
    events = loop.run(loop.request(prompts, budget=9))[0]
    over = finished(events)
    assert {event.row: event.by for event in events if isinstance(event, RowClosed)} == dict.fromkeys(
        range(3), "budget"
    )
    for row in range(3):
        assert over[row].thinking_tokens == 9
        assert over[row].answer_tokens == 6
        assert over[row].read_from == "logits"
        assert text_of(events, row, "answer").endswith(
            f"\\boxed{{Assistant {1 if over[row].position == 'first' else 2}}}"
        )


def test_the_direct_verdict_equals_one_forward_pass(loop: Loop, prompts: list[PromptTokens]) -> None:
    events = loop.run(loop.request([prompts[0], prompts[0], prompts[1]], budget=0, probe_every=8))[0]
    form = loop.prompts.verdict_format
    for row, prompt in enumerate([prompts[0], prompts[0], prompts[1]]):
        with torch.inference_mode():
            logits = loop.model(torch.tensor([[*prompt.ids, *form.closing, *form.stem]])).logits[0, -1]
        expected = logits[list(form.choices)].softmax(-1)[0].item()
        assert finished(events)[row].p_first == pytest.approx(expected, abs=1e-4)
        assert finished(events)[row].thinking_tokens == 0


def test_a_known_head_is_not_read_again_and_changes_nothing(loop: Loop, written: Written) -> None:
    read: list[int] = []
    loop.model.register_forward_pre_hook(
        lambda _, __, kwargs: read.append(kwargs["input_ids"].shape[1]), with_kwargs=True
    )
    comparison = Comparison("A question that both orders share.", "first " * 20, "second " * 20)
    both = [loop.prompts.build(comparison, "AB"), loop.prompts.build(comparison, "BA")]
    loop.run(loop.request(both, budget=1, answer_tokens=1))
    shared = both[0].heads[-1]
    prefill = [columns for columns in read if columns > 20]
    assert sum(prefill) <= len(both[0].ids) + len(both[1].ids) - shared
    read.clear()
    loop.run(loop.request(both, budget=24))
    assert max(read) < 20  # everything but the last token was known
    for row, prompt in enumerate(both):
        assert written[1, row][:24] == written_by_generate(loop.model, loop.prompts.tokenizer, prompt, 24)


def test_states_that_cannot_be_kept_are_not_copied(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[int] = []
    head = RowCache.head

    def spy(cache: RowCache, tokens: int) -> HeadStates:
        copied.append(tokens)
        return head(cache, tokens)

    monkeypatch.setattr(RowCache, "head", spy)
    loop.run(loop.request([loop.prompts.build(Comparison("q", "word " * 3000, "b"), "AB")], budget=1))
    assert copied
    assert max(copied) <= 8192


def test_a_probe_copies_a_rows_states_once(
    loop: Loop, prompts: list[PromptTokens], monkeypatch: pytest.MonkeyPatch
) -> None:
    widened: list[int] = []
    copies: list[int] = []  # columns of the copies that probes make
    widen, take = RowLayer.widen, RowLayer.take

    def spy(layer: RowLayer, columns: int) -> None:
        widened.append(id(layer))
        kept.append(layer)
        widen(layer, columns)

    def taken(layer: RowLayer, other: RowLayer, keys: torch.Tensor, values: torch.Tensor) -> None:
        copies.append(id(layer))
        kept.append(layer)
        take(layer, other, keys, values)

    kept: list[RowLayer] = []  # so that no id is given twice
    monkeypatch.setattr(RowLayer, "widen", spy)
    monkeypatch.setattr(RowLayer, "take", taken)
    batch = loop.request(prompts[:2], budget=24, probe_every=4)
    rows = len(prompts[:2])
    loop.run(batch)
    assert len(copies) > 2 * rows
    assert not {*copies} & {*widened}


def test_reading_a_prompt_reports_how_far_it_is(loop: Loop) -> None:
    long = loop.prompts.build(Comparison("q", "word " * 1500, "b"), "AB")
    events = loop.run(loop.request([long], budget=1))[0]
    marks = [event for event in events if isinstance(event, PromptRead)]
    assert len(marks) >= 3
    assert [mark.tokens for mark in marks] == sorted(mark.tokens for mark in marks)
    assert (marks[-1].tokens, marks[-1].total) == (len(long.ids), len(long.ids))


def test_jobs_wait_for_memory_in_order_of_arrival(loop: Loop, prompts: list[PromptTokens]) -> None:
    small = Loop(loop.model, loop.prompts, max_batch_tokens=2 * loop.request([prompts[1]]).longest_row)
    jobs = [
        Job(small.request([prompts[1]] * 2)),
        Job(small.request([prompts[1]])),
        Job(small.request([prompts[0]] * 2)),
    ]
    for job in jobs:
        small.loop.add(job)
    assert [small.loop.queued(job) for job in jobs] == [Queued(1, 0.0), Queued(2), Queued(3)]
    most = 0
    while small.loop.step():
        most = max(most, small.loop.row_count)
    assert most == 2
    assert all(len(finished(drain(job))) == len(job.request.rows) for job in jobs)
    assert small.loop.can_ever_take(Job(small.request([prompts[1]] * 3)))
    assert not small.loop.can_ever_take(Job(small.request([prompts[1]], budget=24 + small.loop.max_batch_tokens)))


def test_an_abandoned_job_leaves_at_once_and_the_others_go_on(
    loop: Loop, prompts: list[PromptTokens], written: Written
) -> None:
    jobs = [Job(loop.request([prompt], budget=30)) for prompt in prompts]
    for job in jobs:
        loop.loop.add(job)
    for _ in range(20):
        loop.loop.step()
    assert loop.loop.row_count == 3
    jobs[1].abandoned = True
    loop.loop.step()
    assert loop.loop.row_count == 2
    while loop.loop.step():
        pass
    for number in (0, 2):
        expected = written_by_generate(loop.model, loop.prompts.tokenizer, prompts[number], 30)
        assert written[number, 0][:30] == expected


def test_numbers_that_are_none_end_that_row_alone(loop: Loop, prompts: list[PromptTokens]) -> None:
    steps = 0

    def poison(_: object, __: object, logits: torch.Tensor) -> torch.Tensor:
        nonlocal steps
        steps += logits.shape[0] == 3
        if steps == 5 and logits.shape[0] == 3:
            logits = logits.clone()
            logits[1] = float("nan")
        return logits

    hook = loop.model.lm_head.register_forward_hook(poison)
    events = loop.run(loop.request(prompts))[0]
    hook.remove()
    assert [event.row for event in events if isinstance(event, RowFailed)] == [1]
    assert sorted(finished(events)) == [0, 2]
