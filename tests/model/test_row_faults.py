"""What breaks in one row's own numbers or text, injected through the real loop: it ends alone."""

from __future__ import annotations

import math

import pytest
import torch

from rrm_ui.engines.interface import RowClosed, RowFailed, RowProbed
from rrm_ui.prompts.script import RowScript
from tests.model.crowds import crowd, over, writing_always
from tests.model.tiny import Loop, byte_loop


@pytest.fixture
def loop() -> Loop:
    return byte_loop()


def test_numbers_that_are_none_end_that_row_alone_and_no_reading_of_it_is_told(loop: Loop) -> None:
    steps = 0

    def poison(_: object, __: object, logits: torch.Tensor) -> torch.Tensor:
        nonlocal steps
        steps += logits.shape[0] == 3
        if steps >= 17 and logits.shape[0] == 3:  # where the readings after 16 tokens are due
            logits = logits.clone()
            logits[1] = float("nan")
        return logits

    loop.model.lm_head.register_forward_hook(poison)
    events = loop.run(crowd(loop, 3))[0]
    assert [event.row for event in events if isinstance(event, RowFailed)] == [2]  # rows of one prompt stand together
    assert sorted(over(events)) == [0, 1]
    assert not any(math.isnan(event.p_first) for event in events if isinstance(event, RowProbed))


def test_numbers_that_are_none_from_the_start_fail_every_row_and_no_reading_is_told(loop: Loop) -> None:
    loop.model.lm_head.register_forward_hook(lambda _, __, logits: torch.full_like(logits, float("nan")))
    events = loop.run(crowd(loop, 2))[0]
    assert [event.failure.code for event in events if isinstance(event, RowFailed)] == ["invalid_numbers"] * 2
    assert not any(isinstance(event, RowProbed) for event in events)


def test_a_thought_that_never_ends_is_closed_by_the_budget(loop: Loop) -> None:
    writing_always(loop, loop.prompts.tokenizer.encode("x").ids[0])
    events = loop.run(crowd(loop, 2, budget=33))[0]
    assert [event.by for event in events if isinstance(event, RowClosed)] == ["budget"] * 2
    assert [(event.thinking_tokens, event.read_from) for event in over(events).values()] == [(33, "logits")] * 2


def test_a_text_that_ends_at_once_still_ends_in_a_verdict(loop: Loop) -> None:
    writing_always(loop, next(iter(loop.prompts.verdict_format.end_ids)))
    events = loop.run(crowd(loop, 2))[0]
    assert [(event.thinking_tokens, event.read_from) for event in over(events).values()] == [(0, "logits")] * 2


@pytest.mark.parametrize("method", ["push", "read_choice"])
def test_a_text_that_cannot_be_decoded_ends_its_row_alone(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    victims: list[RowScript] = []
    original = getattr(RowScript, method)

    def breaks(script: RowScript, *args: float) -> object:
        if not victims:
            victims.append(script)
        if script is victims[0] and (method == "read_choice" or script.thinking_tokens == 7):
            raise ValueError("a secret text")
        return original(script, *args)

    monkeypatch.setattr(RowScript, method, breaks)
    events = loop.run(crowd(loop, 3))[0]
    failed = [event for event in events if isinstance(event, RowFailed)]
    assert [event.failure.code for event in failed] == ["text_lost"]
    assert "ValueError" in failed[0].failure.message
    assert len(over(events)) == 2
    assert "secret" not in caplog.text


# -- the engine's thread ---------------------------------------------------------------------------------------
