"""What was measured, and what follows from it, by an injected clock's numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rrm_ui.engines.local.pace import (
    BUSY_SECONDS,
    BUSY_STEPS,
    CHUNK,
    FIRST_BUSY_CHUNK,
    LEAST_CHUNK,
    Pace,
    leaving_seconds,
)


def chunks(takes: Callable[[int], float], count: int = 12) -> list[int]:
    """Return the chunks that are read one after the other on a machine where ``n`` tokens take ``takes(n)`` seconds."""
    pace, sizes = Pace(), []
    for _ in range(count):
        sizes.append(pace.chunk(watched=True))
        pace.chunk_read(sizes[-1], takes(sizes[-1]))
    return sizes


def test_nobody_watching_takes_whole_chunks() -> None:
    pace = Pace()
    pace.chunk_read(32, 100.0)
    assert pace.chunk(watched=False) == CHUNK


def test_the_first_chunk_is_small() -> None:
    assert Pace().chunk(watched=True) == FIRST_BUSY_CHUNK


@pytest.mark.parametrize(("overhead", "per_token"), [(0.02, 0.0002), (0.0, 0.01), (0.05, 0.002), (0.001, 0.0015)])
def test_a_chunk_holds_up_a_step_by_a_tenth_of_a_second_at_most(overhead: float, per_token: float) -> None:
    def takes(tokens: int) -> float:
        return overhead + per_token * tokens

    settled = chunks(takes)[-3:]
    assert all(takes(size) <= BUSY_SECONDS + 1e-9 for size in settled)
    assert all(takes(size + 2) > 0.9 * BUSY_SECONDS for size in settled)  # and does not dawdle


def test_where_steps_are_long_a_chunk_takes_as_long_as_a_few_of_them() -> None:
    pace = Pace()
    for _ in range(12):
        pace.step_written(0.1)
        size = pace.chunk(watched=True)
        pace.chunk_read(size, 0.08 + size / 350)
    assert 0.9 * BUSY_STEPS * 0.1 < 0.08 + size / 350 <= BUSY_STEPS * 0.1
    assert size > 5 * LEAST_CHUNK  # which alone would take a tenth of a second
    limited = Pace(0.05)
    limited.step_written(10.0)
    limited.chunk_read(100, 1.0)
    assert limited.chunk(watched=True) == LEAST_CHUNK  # what may take so long and no longer does not


def test_a_slow_machine_reads_the_least_and_a_fast_one_no_more_than_a_whole_chunk() -> None:
    assert chunks(lambda tokens: 0.075 + 0.0125 * tokens)[-1] == LEAST_CHUNK
    assert chunks(lambda tokens: tokens / 100_000)[-1] == CHUNK


def test_the_end_of_a_prompt_tells_nothing() -> None:
    pace = Pace()
    pace.chunk_read(100, 0.1)
    pace.chunk_read(1, 0.08)
    assert pace.chunk(watched=True) == 100


def test_no_wait_is_told_before_anything_was_measured() -> None:
    pace = Pace()
    assert pace.wait(0, 0, []) == 0
    assert pace.wait(600, 0, []) is None
    assert pace.wait(0, 1, [3.0]) is None


def test_a_wait_is_for_prompts_and_for_rows_to_leave() -> None:
    pace = Pace()
    pace.prompts_read(500, 5.0)
    pace.row_over(60.0)
    assert pace.wait(1000, 0, []) == pytest.approx(10)
    assert pace.wait(0, 1, [20.0, 50.0]) == pytest.approx(10)
    assert pace.wait(1000, 2, [20.0, 50.0]) == pytest.approx(40)
    pace.row_over(120.0)
    assert pace.wait(0, 1, [0.0]) == pytest.approx(72)


def test_places_are_filled_again_as_rows_leave() -> None:
    assert leaving_seconds(1, [0, 30], 60) == 30
    assert leaving_seconds(3, [0, 30], 60) == 90
    assert leaving_seconds(1, [600], 60) == 6
