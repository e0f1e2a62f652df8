"""A GPU that is full in mid-judgment: the newest votes wait, and the engine goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from transformers import Qwen2ForCausalLM

from rrm_ui.engines.interface import RowFinished
from rrm_ui.engines.local import LocalEngine
from tests.gpu.conftest import new_loop, prompt, request

ROOM = 60_000_000
"""Bytes that torch may take beside what it holds when a test begins."""


@pytest.fixture
def little_room() -> Iterator[None]:
    torch.cuda.empty_cache()
    whole = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + ROOM) / whole)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.cuda
@pytest.mark.usefixtures("little_room")
def test_votes_that_no_longer_fit_wait_their_turn_and_the_next_are_served(
    model: Qwen2ForCausalLM, caplog: pytest.LogCaptureFixture
) -> None:
    engine = LocalEngine(new_loop(model), max_waiting=4)
    try:
        # At 768 bytes a token 64 rows take 44 MB when they begin and would take 88 MB at their end.
        large = request([prompt(900)] * 64, budget=900)
        events = [event for batch in engine.stream(large) for event in batch]
        assert "Running votes may now hold" in caplog.text  # it did run out
        assert {event.row for event in events if isinstance(event, RowFinished)} == {*range(64)}
        small = [event for batch in engine.stream(request([prompt(30)], budget=8)) for event in batch]
        assert any(isinstance(event, RowFinished) for event in small)
    finally:
        engine.stop()


@pytest.mark.cuda
def test_rows_that_leave_give_their_memory_back(model: Qwen2ForCausalLM) -> None:
    engine = LocalEngine(new_loop(model), max_waiting=4)
    held = []
    for _ in range(3):
        list(engine.stream(request([prompt(500)] * 16, budget=64)))
        torch.cuda.synchronize()
        held.append(torch.cuda.memory_allocated())
    engine.stop()
    assert held[2] <= held[1] + 1_000_000
