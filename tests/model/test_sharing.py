"""Several people at one engine: who starts when, and that nobody's votes depend on it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from rrm_ui.engines.interface import GenerationRequest, PromptRead, Queued, RowEvent, RowFinished, RowProbed, RowText
from rrm_ui.engines.local.job import Job
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.values import Comparison, Order
from tests.model.tiny import Loop, byte_loop, drain


def prompt_of(loop: Loop, query: str, order: Order = "AB") -> PromptTokens:
    return loop.prompts.build(Comparison(query, "Yes.", "No."), order)


def run_counting(loop: Loop, requests: list[GenerationRequest]) -> tuple[list[int], list[list[RowEvent]]]:
    """Submit everything at once; return the step of each job's first text, and all events."""
    jobs = [Job(request) for request in requests]
    events: list[list[RowEvent]] = [[] for _ in jobs]
    firsts = [0] * len(jobs)
    for job in jobs:
        loop.loop.add(job)
    step, more = 0, True
    while more:
        step, more = step + 1, loop.loop.step()
        for number, job in enumerate(jobs):
            events[number] += job.take(0)[0]
            if not firsts[number] and any(isinstance(event, RowText) for event in events[number]):
                firsts[number] = step
    return firsts, events


def over(events: list[RowEvent]) -> dict[int, RowFinished]:
    return {event.row: event for event in events if isinstance(event, RowFinished)}


def test_rows_join_as_there_is_room_and_write_what_they_would_have_written_together() -> None:
    wide = byte_loop()
    prompts = [prompt_of(wide, "Is two even?", "AB"), prompt_of(wide, "Is two even?", "BA")] * 4
    together = wide.run(wide.request(prompts, temperature=0.5, probe_every=8))[0]
    row = wide.request(prompts).longest_row
    for kept in (4096, 0):  # served by kept heads, or read again
        narrow = byte_loop(max_batch_tokens=3 * row, cached_prefix_tokens=kept)
        most, job = 0, Job(narrow.request(prompts, temperature=0.5, probe_every=8))
        narrow.loop.add(job)
        while narrow.loop.step():
            most = max(most, narrow.loop.row_count)
        apart = drain(job)
        assert most == 3
        assert {r: e.ids for r, e in over(apart).items()} == {r: e.ids for r, e in over(together).items()}
        assert sorted(e.row for e in apart if isinstance(e, RowProbed) and e.tokens == 0) == list(range(8))
        told = [event.tokens for event in apart if isinstance(event, PromptRead)]
        assert told == sorted(set(told))  # prompts that are read again are not told, nor charged, again
        assert told[-1] == sum(len(prompt.ids) for prompt in prompts[:2])


def test_prompts_of_rows_that_find_room_later_are_told_as_they_are_read() -> None:
    one_at_a_time = byte_loop()
    prompts = [prompt_of(one_at_a_time, f"Is {number} even?") for number in ("two", "three", "twelve")]
    longest = one_at_a_time.request(prompts).longest_row
    narrow = byte_loop(max_batch_tokens=longest)
    told = [e for e in narrow.run(narrow.request(prompts))[0] if isinstance(e, (PromptRead, RowFinished))]
    ends = [event for i, event in enumerate(told) if isinstance(told[min(i + 1, len(told) - 1)], RowFinished)]
    totals = [len(prompts[0].ids), sum(len(p.ids) for p in prompts[:2]), sum(len(p.ids) for p in prompts)]
    assert [(e.tokens, e.total) for e in ends if isinstance(e, PromptRead)] == [(total, total) for total in totals]


def test_sixty_four_votes_do_not_starve_one_vote_of_another() -> None:
    loop = byte_loop(max_rows=16)
    prompt = prompt_of(loop, "Is two even?")
    crowd = loop.request([prompt] * 64, person="ada")
    one = loop.request([prompt_of(loop, "Is three odd?")], person="bob")
    (_, alone), _ = run_counting(byte_loop(), [loop.request([prompt]), one])
    firsts, events = run_counting(loop, [crowd, one])
    assert firsts[1] <= alone + 2
    assert len(over(events[0])) == 64
    assert len(over(events[1])) == 1


def test_ten_people_start_in_order_of_arrival_and_all_finish() -> None:
    loop = byte_loop(max_rows=8)
    requests = [
        loop.request([prompt_of(loop, f"Question {number}")] * 2, person=f"person {number}") for number in range(10)
    ]
    firsts, events = run_counting(loop, requests)
    assert firsts == sorted(firsts)
    assert [len(over(one)) for one in events] == [2] * 10


def test_whoever_waits_is_told_a_place_and_once_something_was_measured_a_time() -> None:
    loop = byte_loop(max_rows=2)
    requests = [loop.request([prompt_of(loop, "Is two even?")] * 2, person=name) for name in ("ada", "bob", "cleo")]
    jobs = [Job(request) for request in requests]
    for job in jobs:
        loop.loop.add(job)
    assert loop.loop.queued(jobs[2]) == Queued(3, None)
    waits = []
    while loop.loop.step():
        queued = loop.loop.queued(jobs[2])
        if queued is not None and queued.seconds is not None:
            waits.append(queued)
    assert waits
    assert waits[-1].place == 1
    assert all(queued.seconds is not None and 0 <= queued.seconds < 60 for queued in waits)
    assert loop.loop.queued(jobs[2]) is None


def test_a_chunk_is_sized_so_that_watched_rows_are_held_up_for_a_tenth_of_a_second() -> None:
    now = [0.0]
    loop = byte_loop()
    loop.clock = lambda: now[0]
    loop.__post_init__()
    fed: list[tuple[int, int]] = []

    def takes_time(_: object, __: object, kwargs: dict[str, torch.Tensor]) -> None:
        rows, columns = kwargs["input_ids"].shape
        fed.append((rows, columns))
        now[0] += 0.02 + 0.002 * rows * columns

    loop.model.get_decoder().register_forward_pre_hook(takes_time, with_kwargs=True)
    form = loop.prompts.verdict_format
    endless = replace(form, form=replace(form.form, close="never"), close_id=None, end_ids=frozenset())
    watched = loop.request([prompt_of(loop, "Is two even?")] * 2, budget=150)
    loop.loop.add(Job(replace(watched, verdict_format=endless)))
    for _ in range(5):
        loop.loop.step()
    fed.clear()
    loop.loop.add(Job(loop.request([prompt_of(loop, "word " * 200)])))
    for _ in range(25):
        loop.loop.step()
    chunks = [columns for rows, columns in fed if rows == 1]
    steps = [rows for rows, _ in fed if rows == 2]
    assert len(chunks) > 20
    assert len(steps) >= len(chunks)
    assert all(chunk == pytest.approx(40, abs=12) for chunk in chunks[2:])


def test_the_load_says_what_the_rows_hold() -> None:
    loop = byte_loop(max_batch_tokens=5000)
    prompt = prompt_of(loop, "Is two even?")
    loop.loop.add(Job(loop.request([prompt] * 3)))
    loop.loop.step()
    load = loop.loop.load()
    per_token = 2 * 2 * 2 * 16 * 4  # layers, keys and values, KV heads, dim, bytes of a float
    heads = len(prompt.ids) - 1 + sum(prompt.heads)
    assert (load.rows, load.waiting, load.capacity_tokens) == (3, 0, 5000)
    assert load.held_tokens >= 3 * len(prompt.ids)
    assert load.held_bytes == (load.held_tokens + heads) * per_token
    while loop.loop.step():
        pass
    assert (loop.loop.load().rows, loop.loop.load().held_tokens) == (0, 0)
