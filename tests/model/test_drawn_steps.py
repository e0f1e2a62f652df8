"""Steps that draw the next tokens themselves, as recorded ones on a GPU do, in the real loop: here without a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch

from rrm_ui.engines.local import DecodeLoop
from rrm_ui.engines.local.forward import next_token_logits
from rrm_ui.engines.local.job import Job
from rrm_ui.engines.local.kv_cache import RowCache
from rrm_ui.engines.local.sampling import sample
from rrm_ui.values import Comparison
from tests.model.tiny import Loop, byte_loop, ids_of, run_apart


class DrawingSteps:
    """The model's own forward pass over a cache that is held steady, which draws a token for every row."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.moves: list[int] = []
        self.forgotten = 0

    def feed(
        self, cache: RowCache, ids: Sequence[Sequence[int]], choices: Sequence[int], draws: Any
    ) -> tuple[torch.Tensor, list[int]]:
        cache.hold_steady(cache.extent.longest + len(ids[0]))
        self.moves.append(cache.extent.moves)
        logits = next_token_logits(self._model, torch.tensor(ids), cache, choices)
        return logits, sample(logits, *draws)

    def peek(self, *_: object) -> None:
        return None

    def forget(self) -> None:
        self.forgotten += 1


def drawing_loop(like: Loop, **limits: int) -> tuple[DecodeLoop, DrawingSteps]:
    steps = DrawingSteps(like.model)
    limits = {"max_batch_tokens": 100_000, "cached_prefix_tokens": 4096} | limits
    return DecodeLoop(like.model, like.prompts.tokenizer, steps=steps, **limits), steps  # type: ignore[arg-type]


def written(loop: DecodeLoop, jobs: list[Job], apart: int) -> list[dict[int, tuple[int, ...]]]:
    return [ids_of(events) for events in run_apart(loop, *jobs, apart=apart)]


@pytest.mark.parametrize("apart", [0, 3, 11])
def test_rows_that_come_and_go_write_what_they_would_without(apart: int) -> None:
    plain = byte_loop()
    loop, steps = drawing_loop(plain)
    queries = ("Is two even?", "What is 17 * 23?", "Name a colour.", "Say less.")
    prompts = [plain.prompts.build(Comparison(query, "Yes.", "No."), "AB") for query in queries]

    def jobs() -> list[Job]:
        # Of different lengths and ways to draw: rows end and close at different steps.
        return [
            Job(plain.request([one] * 3, budget=6 + 9 * i, temperature=0.7 * (i % 2), probe_every=5, answer_tokens=3))
            for i, one in enumerate(prompts)
        ]

    assert written(loop, jobs(), apart) == written(plain.loop, jobs(), apart)
    assert steps.forgotten > 0
    # Buffers stay where they are between the steps, but for a few moves.
    assert len(set(steps.moves)) < len(steps.moves) / 3


def test_what_was_drawn_goes_with_its_rows_and_its_logits() -> None:
    plain = byte_loop()
    loop, _ = drawing_loop(plain)
    prompt = plain.prompts.build(Comparison("Is two even?", "Yes.", "No."), "AB")
    loop.add(Job(plain.request([prompt] * 4, budget=30)))
    while len(loop.rows) < 4:
        loop.step()
    batch = loop._batch
    with torch.inference_mode():
        batch.feed_pending()
        assert batch.drawn is not None
        drawn = list(batch.drawn)
        batch.keep([0, 2, 3])  # as where memory runs out before the tokens were used
        assert batch.drawn == [drawn[0], drawn[3], drawn[2]]  # the last takes the place of the one that left
        batch.logits_used()
    assert batch.drawn is None  # rows that join now have none


def test_a_steady_cache_gives_its_room_back_when_long_rows_have_left() -> None:
    cache = steady_cache(rows=8, columns=1500)
    kept = cache.buffers()[0][0]
    cache.extent.lengths[:] = [1500, *[20] * 7]
    cache.keep([0, 1, 2, 3, 4])
    assert cache.buffers()[0][0] is kept  # five of eight rows, one of them long: nothing moves
    cache.keep([1, 2, 3, 4])
    keys, values = cache.buffers()[0]
    assert keys.shape == values.shape == (4, 1, 20, 4)  # 6 % of it would have been used


def test_in_a_steady_cache_the_last_row_takes_the_place_of_one_that_left() -> None:
    cache = steady_cache(rows=5, columns=30)
    cache.extent.lengths[:] = [26, 27, 28, 29, 30]
    buffers = cache.buffers()
    before = [(keys.clone(), values.clone()) for keys, values in buffers]
    order = cache.keep([0, 2, 3])
    assert order == [0, 3, 2]
    assert cache.lengths == (26, 29, 28)
    for (keys, values), kept, old in zip(buffers, cache.buffers(), before, strict=True):
        assert kept[0] is keys
        assert kept[1] is values
        for buffer, whole in zip(kept, old, strict=True):
            assert torch.equal(buffer[:3], whole[order])
            assert not buffer[3:].any()


def test_what_left_a_steady_cache_leaves_no_numbers_behind() -> None:
    cache = steady_cache(rows=4, columns=30)
    keys = cache.buffers()[0][0]
    keys[3] = torch.nan  # a row that came to no numbers
    cache.keep([0, 1, 2])
    assert cache.buffers()[0][0] is keys
    assert not keys.isnan().any()


def test_short_of_memory_a_steady_cache_shrinks_with_its_rows() -> None:
    cache = steady_cache(rows=8, columns=30)
    cache.keep(range(6))
    assert cache.buffers()[0][0].shape[0] == 8
    cache.loosen()
    cache.keep(range(5))
    assert cache.buffers()[0][0].shape[0] == 5
    other = steady_cache(rows=2, columns=40)
    other.loosen()
    cache.join(other)
    assert cache.lengths == (30,) * 5 + (40,) * 2
    assert cache.buffers()[0][0].shape[:3] == (7, 1, 40)


def steady_cache(rows: int, columns: int) -> RowCache:
    cache = RowCache(2)
    cache.extent.lengths[:] = [0] * rows
    for layer in range(2):
        states = torch.randn(rows, 1, columns, 4)
        cache.update(states, states.clone(), layer)
    cache.advance(columns)
    cache.hold_steady(columns)
    return cache
