"""Closing thoughts that are sure, on the real loop: it is what a full run's readings said it would be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from rrm_ui.engines.interface import RowClosed, RowEvent, RowFinished, RowProbed
from rrm_ui.engines.local import LocalEngine
from rrm_ui.evaluation.analysis.closing import Closing, close_when_sure
from rrm_ui.events import JudgmentFinished
from rrm_ui.judge import JudgeModel, judge
from rrm_ui.prompts.certainty import CertaintyRule
from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.values import Comparison, JudgeSettings, ModelDetails, Vote
from tests.model.tiny import Loop, prompt_builder, random_qwen2, text_of

EVERY = 4
SETTINGS = JudgeSettings(votes=6, thinking_budget=32, temperature=1.0, probe_every=EVERY)
COMPARISONS = (
    Comparison("Name a river in France.", "The Loire.", "The Danube flows there."),
    Comparison("鲸鱼是鱼吗？", "不是，它是哺乳动物。", "是。"),
)


Events = list[RowEvent]


def probes(events: Events, row: int) -> list[RowProbed]:
    return [event for event in events if isinstance(event, RowProbed) and event.row == row]


def closer(events: Events, row: int) -> list[str]:
    return [event.by for event in events if isinstance(event, RowClosed) and event.row == row]


def ending(events: Events, row: int) -> RowFinished:
    (end,) = (event for event in events if isinstance(event, RowFinished) and event.row == row)
    return end


def certainty(probe: RowProbed) -> float:
    return max(probe.p_first, 1 - probe.p_first)


def test_a_row_closes_at_its_reading_and_leaves_the_others_alone(loop: Loop) -> None:
    prompts = [loop.prompts.build(one, order) for one in COMPARISONS for order in ("AB", "BA")]
    asked = loop.request(prompts, budget=24, probe_every=EVERY, answer_tokens=0)
    full = loop.run(asked)[0]
    readings = [[probe for probe in probes(full, row) if probe.tokens] for row in range(len(prompts))]
    strongest = [max(map(certainty, row)) for row in readings]
    row = strongest.index(max(strongest))
    others = [other for other in range(len(prompts)) if other != row]
    at = (max(strongest[other] for other in others) + strongest[row]) / 2  # only this row comes to it
    place = next(probe.tokens for probe in readings[row] if certainty(probe) >= at)

    closed = loop.run(replace(asked, certainty=CertaintyRule(at, 1)))[0]
    assert closer(closed, row) == ["certainty"]
    assert [probe.tokens for probe in probes(closed, row)] == list(range(0, place + 1, EVERY))
    assert text_of(full, row).startswith(text_of(closed, row))
    end, last = ending(closed, row), probes(closed, row)[-1]
    assert (end.thinking_tokens, end.read_from, end.answer_tokens) == (place, "logits", 0)
    assert end.p_first == pytest.approx(last.p_first, abs=1e-4)
    assert end.position == ("first" if last.p_first > 0.5 else "second")
    for other in others:
        assert text_of(closed, other) == text_of(full, other)
        assert closer(closed, other) == closer(full, other)
        assert ending(closed, other).ids == ending(full, other).ids
        assert ending(closed, other).p_first == pytest.approx(ending(full, other).p_first, abs=1e-4)


@pytest.fixture(scope="module")
def in_bf16(tokenizer: PreTrainedTokenizerFast) -> Iterator[JudgeModel]:
    """A random judge that reads its verdict right after the thought; in bf16 a vote's bits are its own."""
    prompts = prompt_builder(tokenizer, EMBEDDED)
    engine = LocalEngine(Loop(random_qwen2(len(tokenizer)).bfloat16(), prompts).loop, 4)
    yield JudgeModel(engine, prompts, ModelDetails("random", context_tokens=8192), JudgeSettings())
    engine.stop()


def votes_of(comparison: Comparison, settings: JudgeSettings, model: JudgeModel) -> tuple[Vote, ...]:
    *_, last = judge(comparison, settings, model)
    assert isinstance(last, JudgmentFinished)
    return last.judgment.votes


@pytest.fixture(scope="module")
def full(in_bf16: JudgeModel) -> list[tuple[Vote, ...]]:
    """Every vote thought to its end."""
    return [votes_of(comparison, SETTINGS, in_bf16) for comparison in COMPARISONS]


@pytest.mark.skipif(
    not torch.cpu._is_avx512_bf16_supported(), reason="this CPU has no bf16 products, and others round by their shape"
)
@pytest.mark.parametrize(("in_a_row", "share_closed"), [(1, 0.7), (2, 0.5), (3, 0.3)])
def test_a_judge_that_closes_does_what_a_full_run_predicts(
    in_bf16: JudgeModel, full: list[tuple[Vote, ...]], in_a_row: int, share_closed: float
) -> None:
    at = threshold(full, in_a_row, share_closed)
    predicted = [
        [close_when_sure(vote, Closing(CertaintyRule(at, in_a_row), EVERY)) for vote in votes] for votes in full
    ]
    asked = replace(SETTINGS, close_when_sure=True, sure_at=at, sure_probes=in_a_row)
    real = [votes_of(comparison, asked, in_bf16) for comparison in COMPARISONS]
    closed = 0
    for votes, guessed, whole in zip(real, predicted, full, strict=True):
        for vote, guess, before in zip(votes, guessed, whole, strict=True):
            if guess is before:
                assert vote == before  # to the bit
                continue
            closed += 1
            assert (vote.closed_by, vote.choice, vote.status) == ("certainty", guess.choice, "finished")
            assert vote.p_a == pytest.approx(guess.p_a, abs=1e-6)
            assert (vote.thinking_tokens, vote.probes) == (guess.thinking_tokens, guess.probes)
            assert before.thinking.startswith(vote.thinking)
    assert 0 < closed < len(COMPARISONS) * SETTINGS.votes


def threshold(full: list[tuple[Vote, ...]], in_a_row: int, share: float) -> float:
    """Return a threshold that about this share of the votes comes to."""
    reached = []
    for vote in (vote for votes in full for vote in votes):
        p = [probe.p_a for probe in vote.probes if probe.tokens]
        rows = [p[end - in_a_row : end] for end in range(in_a_row, len(p) + 1)]
        reached.append(max((max(min(row), 1 - max(row)) for row in rows), default=0.0))
    return max(0.5, sorted(reached, reverse=True)[round(share * len(reached))])
