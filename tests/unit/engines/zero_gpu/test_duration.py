"""How long a GPU is asked for."""

from __future__ import annotations

import pytest

from rrm_ui.engines.interface import GenerationRequest, RowRequest
from rrm_ui.engines.local.inline import Work
from rrm_ui.engines.zero_gpu.duration import MARGIN, START_SECONDS, SpeedRecord
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.scripted_model import scripted_prompts

WEIGHTS = 5_500_000_000
MOST = 80


def asked(votes: int, budget: int, prompt: int = 600) -> GenerationRequest:
    return GenerationRequest(
        rows=tuple(RowRequest(PromptTokens(tuple(range(prompt))), seed) for seed in range(votes)),
        verdict_format=scripted_prompts().verdict_format,
        thinking_budget=budget,
        answer_tokens=100,
        temperature=0.6,
        top_p=1.0,
        probe_every=64,
    )


def test_more_votes_longer_thoughts_and_longer_prompts_ask_for_longer() -> None:
    record = SpeedRecord(WEIGHTS)
    by_budget = [record.seconds_for(asked(4, budget), MOST) for budget in (0, 128, 256, 512, 1024)]
    by_votes = [record.seconds_for(asked(votes, 512), MOST) for votes in (1, 8, 16, 64)]
    by_prompt = [record.seconds_for(asked(1, 0, tokens), MOST) for tokens in (600, 4000, 8000)]
    for seconds in (by_budget, by_votes, by_prompt):
        assert seconds == sorted(set(seconds))
    assert by_budget[0] < 20


def test_never_more_than_is_allowed() -> None:
    assert SpeedRecord(WEIGHTS).seconds_for(asked(64, 8192), MOST) == MOST
    assert SpeedRecord(WEIGHTS).seconds_for(asked(1, 64), 5) == 5


def test_a_larger_model_is_taken_to_be_slower() -> None:
    assert SpeedRecord(19_200_000_000).seconds_for(asked(4, 256), MOST) > SpeedRecord(WEIGHTS).seconds_for(
        asked(4, 256), MOST
    )


@pytest.mark.parametrize("step", [0.02, 0.2])
def test_it_learns_how_fast_calls_are(step: float) -> None:
    record = SpeedRecord(WEIGHTS)
    for _ in range(40):
        record.add([Work(rows=0, units=20_000, seconds=2), Work(rows=4, units=100, seconds=100 * step)])
    assert record.step_seconds(4) == pytest.approx(step, rel=0.02)
    assert record.read_seconds(1000) == pytest.approx(0.1, rel=0.02)
    expected = START_SECONDS + MARGIN * (300 * step)
    assert record.seconds_for(asked(4, 180), 1000) == pytest.approx(expected, rel=0.2)
    # A number of rows that was never seen goes by its nearest neighbour.
    guessed = SpeedRecord(WEIGHTS)
    ratio = guessed.step_seconds(8) / guessed.step_seconds(4)
    assert record.step_seconds(8) == pytest.approx(step * ratio, rel=0.02)


def test_what_was_measured_long_ago_counts_little() -> None:
    record = SpeedRecord(WEIGHTS)
    for _ in range(100):
        record.add([Work(rows=1, units=100, seconds=10)])
    slow = record.step_seconds(1)
    for _ in range(100):
        record.add([Work(rows=1, units=100, seconds=3)])
    assert slow == pytest.approx(0.1, rel=0.02)
    assert record.step_seconds(1) < 0.035
