"""The head of all prompts, read while nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from rrm_ui.engines.local import LocalEngine
from rrm_ui.engines.local.job import Job
from rrm_ui.engines.local.pace import CHUNK
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.values import Comparison
from tests.model.tiny import Loop, drain, ids_of
from tests.waiting import until


@pytest.fixture
def prompt(loop: Loop) -> PromptTokens:
    return loop.prompts.build(Comparison("A question.", "first " * 20, "second " * 20), "AB")


@pytest.fixture
def engine(loop: Loop) -> Iterator[LocalEngine]:
    made = LocalEngine(loop.loop, max_waiting=2)
    yield made
    made.stop()


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


def test_a_stop_does_not_wait_for_it(loop: Loop, engine: LocalEngine) -> None:
    reached = threading.Event()
    layers: list[object] = []

    def waits_for_the_stop(layer: object, *_: object) -> None:
        layers.append(layer)
        reached.set()
        until(lambda: loop.loop.stopping, 10)

    for layer in loop.model.model.layers:
        layer.register_forward_hook(waits_for_the_stop)
    engine.read_ahead(loop.prompts.head)
    assert reached.wait(5)
    engine.stop()
    assert len(layers) == 1
    assert loop.loop.load().held_bytes == 0


def test_an_idle_engine_wakes_for_it(loop: Loop, engine: LocalEngine) -> None:
    engine.read_ahead(loop.prompts.head)
    until(lambda: engine.load().held_bytes > 0)
    assert engine.load().rows == 0  # it is nobody's judgment


@pytest.mark.parametrize(("kept_tokens", "length"), [(0, 20), (4096, CHUNK + 1), (4096, 0)])
def test_what_cannot_be_kept_or_would_take_long_is_not_read(loop: Loop, kept_tokens: int, length: int) -> None:
    other = Loop(loop.model, loop.prompts, cached_prefix_tokens=kept_tokens)
    loop.model.model.register_forward_pre_hook(lambda *_: pytest.fail("something was read"))
    other.loop.read_ahead([5] * length)
    assert not other.loop.step()
