"""When a thought is sure, against a plain look at all its readings."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rrm_ui.prompts.certainty import Certainty, CertaintyRule
from rrm_ui.prompts.script import RowScript
from rrm_ui.scripted_model import scripted_prompts

PROMPTS = scripted_prompts()
FORM = PROMPTS.verdict_format
PROBABILITIES = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.04, 0.05, 0.5, 0.95, 0.96, 1.0]))


def closes_at(rule: CertaintyRule, readings: list[tuple[int, float]]) -> int | None:
    certainty = Certainty(rule)
    return next((tokens for tokens, p in readings if certainty.reached(tokens, p)), None)


def closes_plainly_at(rule: CertaintyRule, readings: list[tuple[int, float]]) -> int | None:
    """Return the first place at which the last ``rule.readings`` readings all name the same side as sure."""
    sides = [(p > 0.5) if p != 0.5 and max(p, 1 - p) >= rule.at else None for _, p in readings]
    for end in range(rule.readings, len(sides) + 1):
        if set(sides[end - rule.readings : end]) in ({True}, {False}):
            return readings[end - 1][0]
    return None


@given(st.floats(0.5, 1), st.integers(1, 4), st.lists(PROBABILITIES, max_size=12))
def test_a_thought_is_sure_after_readings_in_a_row_of_one_side(at: float, count: int, values: list[float]) -> None:
    rule = CertaintyRule(at, count)
    readings = [(8 * (place + 1), p) for place, p in enumerate(values)]
    assert closes_at(rule, readings) == closes_plainly_at(rule, readings)


@given(st.floats(0.5, 1), st.integers(1, 3), st.lists(PROBABILITIES, max_size=12))
def test_it_is_the_same_whichever_position_is_looked_at(at: float, count: int, values: list[float]) -> None:
    rule = CertaintyRule(at, count)
    first = [(8 * (place + 1), p) for place, p in enumerate(values)]
    assert closes_at(rule, first) == closes_at(rule, [(tokens, 1 - p) for tokens, p in first])


def test_the_other_side_begins_a_new_row_of_readings() -> None:
    rule = CertaintyRule(0.95, 2)
    assert closes_at(rule, [(8, 0.99), (16, 0.01), (24, 0.99), (32, 0.98)]) == 32
    assert closes_at(rule, [(8, 0.99), (16, 0.9), (24, 0.99)]) is None


def test_the_reading_before_any_thinking_does_not_count() -> None:
    assert closes_at(CertaintyRule(0.9, 1), [(0, 1.0), (8, 0.6)]) is None
    assert closes_at(CertaintyRule(0.9, 2), [(0, 1.0), (8, 1.0), (16, 1.0)]) == 16


def test_equal_probabilities_count_once_for_each_place() -> None:
    assert closes_at(CertaintyRule(0.9, 3), [(8, 1.0), (8, 1.0), (8, 1.0), (16, 1.0), (24, 1.0)]) == 24


def test_a_reading_that_is_no_number_is_not_sure() -> None:
    assert closes_at(CertaintyRule(0.5, 2), [(8, 0.9), (16, math.nan), (24, 0.9), (32, 0.9)]) == 32


def script(answer_tokens: int) -> RowScript:
    return RowScript(PROMPTS.tokenizer, FORM, 100, answer_tokens, CertaintyRule(0.9, 2))


@pytest.mark.parametrize("answer_tokens", [0, 40])
def test_a_sure_thought_is_closed_as_the_budget_closes_it(answer_tokens: int) -> None:
    sure = script(answer_tokens)
    cut = RowScript(PROMPTS.tokenizer, FORM, 8, answer_tokens)
    said = []
    for row in (sure, cut):
        pieces = []
        for place, token in enumerate(PROMPTS.marker_ids("B is </t"), start=1):
            pieces += row.push(token)
            if row is sure and place % 4 == 0:
                pieces += row.read_probe(0.95)
        said.append("".join(piece.text for piece in pieces))
    assert said[0] == said[1] == "B is </t"  # what looked like a closing is given out
    assert (sure.closed_by, cut.closed_by) == ("certainty", "budget")
    assert sure.thinking_tokens == cut.thinking_tokens == 8
    assert sure.forced == cut.forced
    while sure.forced:
        sure.push(sure.forced[0])
    assert sure.awaits_choice == (answer_tokens == 0)
    if answer_tokens:
        for token in PROMPTS.marker_ids("\\boxed{Assistant 2}\n"):
            sure.push(token)
    else:
        sure.read_choice(-2.0, -0.2)
    assert (sure.finished, sure.position) == (True, "second")


def test_a_row_without_the_rule_reads_and_goes_on() -> None:
    row = RowScript(PROMPTS.tokenizer, FORM, 100, 40)
    for token in PROMPTS.marker_ids("thinking"):
        row.push(token)
        assert row.read_probe(1.0) == []
    assert row.thinking


def test_a_thought_that_has_ended_is_not_closed_again() -> None:
    row = script(0)
    for token in PROMPTS.marker_ids("over</think>"):
        row.push(token)
    assert row.read_probe(1.0) == row.read_probe(1.0) == []
    assert row.closed_by == "model"
