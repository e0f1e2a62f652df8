"""Memory that runs out in the middle, injected through the real loop: rows wait, and go on where they were."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from rrm_ui.engines.interface import RowEvent, RowFailed, RowFinished, RowProbed
from rrm_ui.engines.local.batch import Batch
from rrm_ui.engines.local.job import Job
from rrm_ui.engines.local.kv_cache import RowLayer
from rrm_ui.engines.local.loop import NO_MEMORY
from rrm_ui.errors import Failure
from tests.model.crowds import CPU, CUDA, crowd, failing, last_layer_failing, over, told
from tests.model.tiny import Loop, byte_loop, drain, random_qwen2


@pytest.fixture
def loop() -> Loop:
    return byte_loop()


@pytest.mark.parametrize("error", [CUDA, CPU])
def test_rows_that_memory_has_no_room_for_go_on_later_where_they_were(loop: Loop, error: BaseException) -> None:
    expected = byte_loop().run(crowd(loop))[0]
    passes = 0

    def short_of_memory(rows: int, columns: int) -> bool:
        nonlocal passes
        passes += columns == 1 and rows > 1
        return columns == 1 and (passes == 9 or (passes > 25 and rows > 3))

    with last_layer_failing(loop, short_of_memory, error) as failures:
        job = Job(crowd(loop))
        loop.loop.add(job)
        while loop.loop.step():
            pass
        events = drain(job)
    assert failures == [6, 5, 4]
    assert loop.loop.load().capacity_tokens < 4 * job.request.longest_row
    assert {row: event.ids for row, event in over(events).items()} == {
        row: event.ids for row, event in over(expected).items()
    }
    assert told(events) == told(expected)


@pytest.mark.skipif(
    not torch.cpu._is_avx512_bf16_supported(), reason="this CPU has no bf16 products, and others round by their shape"
)
def test_in_bf16_a_vote_that_was_put_back_or_joined_late_is_the_same_to_the_bit() -> None:
    def in_bf16(**options: int) -> Loop:
        made = byte_loop(**options)
        # Some more tokens, never written: with an uneven number of them even these CPUs round by the batch's shape.
        model = random_qwen2(320, layers=2).bfloat16()
        model.lm_head.register_forward_hook(lambda _, __, logits: logits.masked_fill(torch.arange(320) > 255, -1e4))
        return replace(made, model=model)

    def exactly(loop: Loop) -> list[list[RowEvent]]:
        events = loop.run(crowd(loop, 8, temperature=1.0))[0]
        kinds = (RowFinished, RowProbed)
        return [[e for e in events if isinstance(e, kinds) and e.row == row] for row in range(8)]

    expected = exactly(in_bf16())
    assert exactly(in_bf16(max_rows=3)) == expected
    assert exactly(in_bf16(max_rows=3, cached_prefix_tokens=0)) == expected
    short_of_memory = in_bf16()
    passes = iter(range(1000))
    with last_layer_failing(
        short_of_memory, lambda _, columns: columns == 1 and next(passes) in (9, 21, 40)
    ) as failures:
        assert exactly(short_of_memory) == expected
    assert len(failures) == 3


@pytest.mark.parametrize(
    ("owner", "name", "calls"),
    [
        (Batch, "peek", (1,)),  # before any thinking
        (Batch, "peek", (2, 3)),  # a probe on the way, of keys that are copied for it
        (Batch, "append", (2,)),  # joining
        (RowLayer, "append", (2,)),  # joining, when the first layer has joined
        (RowLayer, "widen", (2,)),  # growing, when the first layer has grown
        (RowLayer, "widen", (1, 3)),
    ],
)
def test_wherever_memory_runs_out_the_votes_are_the_same(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, calls: tuple[int, ...]
) -> None:
    expected = byte_loop().run(crowd(loop))[0]
    monkeypatch.setattr(owner, name, failing(getattr(owner, name), *calls))
    events = loop.run(crowd(loop))[0]
    assert loop.loop.load().capacity_tokens < loop.max_batch_tokens  # it did run out
    assert {row: event.ids for row, event in over(events).items()} == {
        row: event.ids for row, event in over(expected).items()
    }
    assert told(events) == told(expected)


def test_memory_that_runs_out_between_keys_and_values_leaves_them_usable(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = byte_loop().run(crowd(loop))[0]
    import rrm_ui.engines.local.kv_cache as kv_cache

    growing = 0
    zeros = kv_cache._zeros

    def second_fails(like: torch.Tensor, columns: int) -> torch.Tensor:
        nonlocal growing
        growing += like.shape[0] == 6
        if growing == 2:
            growing += 1
            raise CPU
        return zeros(like, columns)

    monkeypatch.setattr(kv_cache, "_zeros", second_fails)
    events = loop.run(crowd(loop))[0]
    assert growing == 3  # it did fail; from then on fewer rows grow
    assert {row: event.ids for row, event in over(events).items()} == {
        row: event.ids for row, event in over(expected).items()
    }


def test_rows_leave_even_where_there_is_no_memory_to_copy_the_others(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = crowd(loop)
    expected = over(byte_loop().run(request)[0])
    keep = RowLayer.keep

    class Stubborn(torch.Tensor):
        """A buffer that cannot be copied."""

        def __getitem__(self, key: Any) -> torch.Tensor:
            if isinstance(key, torch.Tensor):
                raise CPU
            return super().__getitem__(key)

    def without_memory(layer: RowLayer, *args: Any) -> None:
        layer.keys, layer.values = layer.keys.as_subclass(Stubborn), layer.values.as_subclass(Stubborn)
        keep(layer, *args)
        layer.keys, layer.values = layer.keys.as_subclass(torch.Tensor), layer.values.as_subclass(torch.Tensor)

    monkeypatch.setattr(RowLayer, "keep", without_memory)
    others = loop.request([request.rows[0].prompt] * 2, budget=5)
    assert over(loop.run(others, request)[1]).keys() == expected.keys()
    assert {row: event.ids for row, event in over(loop.run(others, request)[1]).items()} == {
        row: event.ids for row, event in expected.items()
    }


def test_a_prompt_that_memory_has_no_room_for_waits_for_the_others(loop: Loop) -> None:
    first, second = Job(crowd(loop)), Job(crowd(loop, 2, budget=10))
    loop.loop.add(first)
    for _ in range(4):
        loop.loop.step()
    with last_layer_failing(loop, lambda rows, _: rows == 1 and len(loop.loop.rows) > 1) as failures:
        loop.loop.add(second)
        while loop.loop.step():
            pass
    assert failures
    assert len(over(drain(first))) == 6
    assert len(over(drain(second))) == 2


def test_a_row_that_fails_alone_is_told_and_the_next_is_served(loop: Loop) -> None:
    with last_layer_failing(loop, lambda _, columns: columns > 1):
        reading = loop.run(crowd(loop, 1))[0]
    passes = iter(range(100))
    with last_layer_failing(loop, lambda _, columns: columns == 1 and next(passes) > 8):
        writing = loop.run(crowd(loop, 1))[0]
    for events in (reading, writing):
        failures = [event.failure for event in events if isinstance(event, RowFailed)]
        assert failures == [Failure(NO_MEMORY, "out_of_memory")]
    assert len(over(loop.run(crowd(loop))[0])) == 6


def test_a_row_that_fails_beside_the_heads_of_earlier_prompts_is_tried_once_more_without_them(loop: Loop) -> None:
    loop.run(crowd(loop))
    kept = loop.loop._prefixes
    held = kept.held_bytes
    assert held > 0
    with last_layer_failing(loop, lambda _, columns: columns == 1 and kept.held_bytes >= held) as failures:
        events = loop.run(crowd(loop, 1))[0]
    assert failures == [1]
    assert len(over(events)) == 1


def test_rows_that_ran_out_together_are_not_all_tried_together_again(loop: Loop) -> None:
    with last_layer_failing(loop, lambda rows, columns: columns == 1 and rows > 1) as failures:
        events = loop.run(crowd(loop, 2))[0]
    assert failures == [2]
    assert len(over(events)) == 2


def test_room_that_was_lost_is_tried_again_after_a_while() -> None:
    now = [0.0]
    loop = byte_loop()
    loop.clock = lambda: now[0]
    loop.__post_init__()
    passes = iter(range(1000))
    with last_layer_failing(loop, lambda _, columns: columns == 1 and next(passes) == 5):
        loop.run(crowd(loop))
    assert loop.loop.load().capacity_tokens < loop.max_batch_tokens
    now[0] = 601.0
    assert loop.loop.load().capacity_tokens == loop.max_batch_tokens


# -- what a model or a tokenizer may do ------------------------------------------------------------------------
