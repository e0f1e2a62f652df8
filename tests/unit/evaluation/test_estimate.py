"""The estimate of a run's work, on a scripted engine."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import replace

import pytest

from rrm_ui.engines.interface import GenerationRequest, Queued, RowEvent
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.errors import BadInput, EngineFailure, NoRoom
from rrm_ui.evaluation.estimate import COUNTED_ITEMS, estimate
from rrm_ui.evaluation.items import Item
from rrm_ui.scripted_model import scripted_model
from rrm_ui.values import JudgeSettings

SETTINGS = JudgeSettings(thinking_budget=50, votes=4)


def items(count: int, response: str = "first") -> list[Item]:
    return [Item(str(i), "Which is right?", response, "second", "A") for i in range(count)]


def test_votes_and_tokens_are_counted() -> None:
    model = scripted_model(ScriptedEngine())
    work = estimate(items(10), SETTINGS, model)
    assert (work.comparisons, work.votes, work.thinking_tokens) == (10, 40, 2000)
    prompts = [model.prompts.build(items(1)[0].comparison, order) for order in ("AB", "BA")]
    first, second = (len(prompt.ids) for prompt in prompts)
    assert work.prompt_tokens == 10 * (first - prompts[0].heads[0] + second - prompts[1].heads[-1])
    assert work.seconds > 0


def test_a_large_set_is_extrapolated_from_a_part() -> None:
    small = estimate(items(COUNTED_ITEMS), SETTINGS, scripted_model(ScriptedEngine()))
    large = estimate(items(3 * COUNTED_ITEMS), SETTINGS, scripted_model(ScriptedEngine()))
    assert large.prompt_tokens == 3 * small.prompt_tokens
    assert large.votes == 3 * small.votes


def test_one_order_reads_one_prompt() -> None:
    model = scripted_model(ScriptedEngine())
    one = estimate(items(5), replace(SETTINGS, both_orders=False), model)
    assert one.prompt_tokens < estimate(items(5), SETTINGS, model).prompt_tokens


def test_comparisons_that_cannot_be_judged_cost_nothing() -> None:
    model = scripted_model(ScriptedEngine(), context_tokens=4000)
    mixed = [*items(3), *items(1, "word " * 3000), *items(1, "")]
    assert estimate(mixed, SETTINGS, model).thinking_tokens == 3 * 4 * 50
    with pytest.raises(BadInput, match="None of the comparisons"):
        estimate(items(1, ""), SETTINGS, model)


def test_a_trial_asks_for_no_more_rows_than_memory_holds_and_reads_what_nobody_read() -> None:
    class Small(ScriptedEngine):
        def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
            if len(request.rows) > 5:
                raise NoRoom("too many rows")
            yield from super().stream(request)

    engine = Small()
    for _ in range(2):
        assert estimate(items(3), SETTINGS, scripted_model(engine)).seconds > 0
    assert [len(request.rows) for request in engine.requests] == [3, 3]
    assert engine.requests[0].rows[0].prompt != engine.requests[1].rows[0].prompt


def test_the_wait_for_others_is_no_speed() -> None:
    class Shared(ScriptedEngine):
        def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
            for _ in range(100):
                yield [Queued(1)]
                time.sleep(0.01)
            yield from super().stream(request)

    work = estimate(items(100), SETTINGS, scripted_model(Shared()))
    assert work.seconds < 30  # with the second that was waited it was 130


def test_a_trial_that_breaks_off_is_no_measurement() -> None:
    def engine(failing: int) -> ScriptedEngine:
        broken, whole = (ScriptedRow(("word ",) * 20, fails_after=after) for after in (3, None))
        return ScriptedEngine(lambda _, row: broken if row < failing else whole)

    with pytest.raises(EngineFailure):
        estimate(items(3), SETTINGS, scripted_model(engine(1000)))
    assert estimate(items(3), SETTINGS, scripted_model(engine(1))).seconds > 0


def test_the_direct_mode_thinks_nothing() -> None:
    assert (
        estimate(items(4), replace(SETTINGS, thinking_budget=0), scripted_model(ScriptedEngine())).thinking_tokens == 0
    )
