"""Driving the loop inline, with a loop and a clock that do as they are told."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from rrm_ui.engines.interface import GenerationRequest, PromptRead, RowEvent, RowFinished, RowRequest, RowText
from rrm_ui.engines.local.inline import CHUNK_SECONDS, Stretch, Work, write_inline
from rrm_ui.engines.local.job import Job
from rrm_ui.engines.local.pace import FIRST_BUSY_CHUNK, LEAST_CHUNK, Pace
from rrm_ui.errors import EngineFailure
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.scripted_model import scripted_prompts

FIFTH = 0.2
PROMPT_TOKENS = 3000


class ToldLoop:
    """Reads a prompt at so many seconds a token, then writes so many steps; every step takes its time on the clock."""

    def __init__(self, seconds_per_token: float, steps: int = 40, step_seconds: float = 0.03) -> None:
        self.seconds_per_token, self.steps, self.step_seconds = seconds_per_token, steps, step_seconds
        self.pace = Pace(CHUNK_SECONDS)
        self.now = 0.0
        self.chunks: list[int] = []
        self.jobs: list[Job] = []
        self.breaks_after: int | None = None
        self._read = 0

    def add(self, job: Job) -> None:
        self.jobs.append(job)

    def step(self) -> bool:
        self.jobs = [job for job in self.jobs if not job.abandoned]
        if not self.jobs:
            return False
        if self.breaks_after is not None and len(self.chunks) == self.breaks_after:
            raise ZeroDivisionError
        if self._read < PROMPT_TOKENS:
            chunk = min(self.pace.chunk(watched=False), PROMPT_TOKENS - self._read)
            self.chunks.append(chunk)
            self._read += chunk
            self.now += chunk * self.seconds_per_token
            self.pace.chunk_read(chunk, chunk * self.seconds_per_token)
            self._tell(PromptRead(self._read, PROMPT_TOKENS))
            return True
        self.steps -= 1
        self.now += self.step_seconds
        self._tell(RowText(0, "thinking", "so ", False, 1))
        if self.steps == 0:
            self._tell(*(RowFinished(row, "first", 0.9, "boxed", 1, 1) for row in range(2)))
            self.jobs.pop().finish()
        return self.steps > 0

    def fail_running(self, error: EngineFailure) -> None:
        for job in self.jobs:
            job.finish(error)
        self.jobs.clear()

    def _tell(self, *events: RowEvent) -> None:
        self.jobs[0].emit(*events)


def asked() -> GenerationRequest:
    prompt = PromptTokens(tuple(range(PROMPT_TOKENS)))
    return GenerationRequest(
        rows=(RowRequest(prompt, 1), RowRequest(prompt, 2)),
        verdict_format=scripted_prompts().verdict_format,
        thinking_budget=40,
        answer_tokens=6,
        temperature=0.6,
        top_p=1.0,
        probe_every=0,
    )


def drive(loop: ToldLoop, each: Callable[[Stretch], None] = lambda _: None) -> list[float]:
    """Return the times on the loop's clock between the stretches."""
    times = [loop.now]
    for stretch in write_inline(loop, asked(), clock=lambda: loop.now):  # type: ignore[arg-type]
        each(stretch)
        times.append(loop.now)
    return [after - before for before, after in itertools.pairwise(times)]


@pytest.mark.parametrize("seconds_per_token", [1e-5, 1e-4, 4e-4, 7e-4, 1.5e-3])
def test_a_stretch_comes_at_least_five_times_a_second_however_fast_the_device_reads(seconds_per_token: float) -> None:
    loop = ToldLoop(seconds_per_token)
    gaps = drive(loop)
    assert max(gaps) <= FIFTH
    assert loop.chunks[0] == FIRST_BUSY_CHUNK
    assert sum(loop.chunks) == PROMPT_TOKENS


def test_a_device_slower_than_the_first_chunk_allows_is_found_out_by_it() -> None:
    loop = ToldLoop(seconds_per_token=8e-3)
    gaps = drive(loop)
    assert all(gap <= FIFTH for gap in gaps[2:])
    assert LEAST_CHUNK <= loop.chunks[-1] < FIRST_BUSY_CHUNK


def test_all_events_come_in_order_and_the_work_adds_up_to_the_time() -> None:
    loop = ToldLoop(1e-3)
    events: list[RowEvent] = []
    work: list[Work] = []

    def keep(stretch: Stretch) -> None:
        events.extend(stretch.events)
        work.extend(stretch.work)

    drive(loop, keep)
    assert [type(event) for event in events[-2:]] == [RowFinished, RowFinished]
    assert sum(isinstance(event, RowText) for event in events) == 40
    assert sum(one.units for one in work if one.rows == 0) == PROMPT_TOKENS
    assert sum(one.units for one in work if one.rows == 2) == 40
    assert {one.rows for one in work} == {0, 2}
    assert sum(one.seconds for one in work) == pytest.approx(loop.now)


def test_closing_gives_the_rows_up() -> None:
    loop = ToldLoop(1e-3)
    stretches = write_inline(loop, asked(), clock=lambda: loop.now)  # type: ignore[arg-type]
    next(stretches)
    assert len(loop.jobs) == 1
    stretches.close()
    assert loop.jobs == []


def test_what_breaks_the_loop_is_told_after_what_came_before() -> None:
    loop = ToldLoop(1e-4)
    loop.breaks_after = 3
    events: list[RowEvent] = []
    with pytest.raises(EngineFailure, match="ZeroDivisionError"):
        drive(loop, lambda stretch: events.extend(stretch.events))
    assert [event.tokens for event in events if isinstance(event, PromptRead)] == [32, 532, 1032]
