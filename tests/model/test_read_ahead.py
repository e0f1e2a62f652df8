"""The head of all prompts, read while nobody waits."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from rrm_ui.engines.local import LocalEngine
from rrm_ui.engines.local.job import Job
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.values import Comparison
from tests.model.tiny import Loop, drain, ids_of
from tests.waiting import until


@pytest.fixture
def prompt(loop: Loop) -> PromptTokens:
    return loop.prompts.build(Comparison("A question.", "first " * 20, "second " * 20), "AB")


@pytest.fixture
def passes(loop: Loop) -> list[int]:
    """The columns of each pass through the layers so far."""
    columns: list[int] = []
    loop.model.model.register_forward_pre_hook(
        lambda _, __, kwargs: columns.append(kwargs["input_ids"].shape[1]), with_kwargs=True
    )
    return columns


def test_the_first_prompt_is_read_from_there_and_goes_on_alike(
    loop: Loop, prompt: PromptTokens, passes: list[int]
) -> None:
    head = len(loop.prompts.head)
    request = loop.request([prompt])
    expected = ids_of(Loop(loop.model, loop.prompts).run(request)[0])
    passes.clear()
    loop.loop.read_ahead(loop.prompts.head)
    assert not loop.loop.step()
    assert passes == [head]
    assert loop.loop.load().rows == 0
    assert loop.loop.load().held_bytes > 0
    assert ids_of(loop.run(request)[0]) == expected
    assert passes[1] == len(prompt.ids) - head


def test_whoever_is_there_comes_first_and_nothing_is_read_twice(
    loop: Loop, prompt: PromptTokens, passes: list[int]
) -> None:
    job = Job(loop.request([prompt]))
    loop.loop.add(job)
    loop.loop.read_ahead(loop.prompts.head)
    while loop.loop.step():
        pass
    drain(job)
    assert passes[0] == len(prompt.ids)
    assert len(loop.prompts.head) not in passes


def test_memory_that_runs_out_over_it_leaves_it_to_the_first_prompt(loop: Loop, prompt: PromptTokens) -> None:
    def runs_out(*_: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    hook = loop.model.model.register_forward_pre_hook(runs_out)
    loop.loop.read_ahead(loop.prompts.head)
    assert not loop.loop.step()
    hook.remove()
    assert loop.loop.load().held_bytes == 0
    assert ids_of(loop.run(loop.request([prompt]))[0])


def test_a_stop_does_not_wait_for_it(loop: Loop) -> None:
    engine = LocalEngine(loop.loop, max_waiting=2)
    reached = threading.Event()

    def takes_long(*_: object) -> None:
        reached.set()
        time.sleep(0.3)

    for layer in loop.model.model.layers:
        layer.register_forward_hook(takes_long)
    engine.read_ahead(loop.prompts.head)
    assert reached.wait(5)
    started = time.monotonic()
    engine.stop()
    assert time.monotonic() - started < 0.6  # three layers take 0.9 s
    assert loop.loop.load().held_bytes == 0


def test_an_idle_engine_wakes_for_it(loop: Loop) -> None:
    engine = LocalEngine(loop.loop, max_waiting=2)
    engine.read_ahead(loop.prompts.head)
    until(lambda: engine.load().held_bytes > 0, 5)
    engine.stop()
