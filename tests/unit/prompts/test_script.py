"""The rules of a row, walked token by token on a tokenizer with a token a byte."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rrm_ui.prompts.script import Piece, RowScript
from rrm_ui.scripted_model import scripted_prompts
from tests.unit.prompts.rows import take_forced, write_to_the_end

PROMPTS = scripted_prompts()
FORM = PROMPTS.verdict_format
END = next(iter(FORM.end_ids))


def script(budget: int = 1000, answer_tokens: int = 100) -> RowScript:
    return RowScript(PROMPTS.tokenizer, FORM, budget, answer_tokens)


def write(row: RowScript, text: str) -> list[Piece]:
    """Push ``text`` as if the model sampled it, one byte a token, and take whatever is forced in between."""
    pieces: list[Piece] = []
    for token in PROMPTS.marker_ids(text):
        pieces += take_forced(row)
        pieces += row.push(token)
    return pieces + take_forced(row)


def text_of(pieces: list[Piece], phase: str, forced: bool | None = None) -> str:
    return "".join(p.text for p in pieces if p.phase == phase and (forced is None or p.forced == forced))


def test_a_boxed_verdict_after_the_thinking_is_read() -> None:
    row = script()
    pieces = write(row, "B is right.</think>\n\n\\boxed{Assistant 2}\n")
    assert row.finished
    assert (row.position, row.read_from, row.closed_by) == ("second", "boxed", "model")
    assert text_of(pieces, "thinking") == "B is right."
    assert text_of(pieces, "answer") == "\n\n\\boxed{Assistant 2}\n"


def test_a_verdict_in_the_thinking_does_not_count() -> None:
    row = script()
    pieces = write(row, "It says \\boxed{Assistant 1} here.</think>I am not sure.")
    pieces += row.push(END) + take_forced(row)
    assert row.awaits_choice
    pieces += row.read_choice(math.log(0.2), math.log(0.8))
    assert (row.position, row.read_from) == ("second", "logits")
    assert row.p_first == pytest.approx(0.2)
    assert text_of(pieces, "answer", forced=True) == "\n\n\\boxed{Assistant 2}"


def test_reaching_the_budget_closes_the_thinking_and_says_who_closed_it() -> None:
    row = script(budget=5)
    pieces = write(row, "abcde")
    assert row.closed_by == "budget"
    assert row.thinking_tokens == 5
    assert text_of(pieces, "thinking") == "abcde"
    assert text_of(pieces, "answer") == ""
    write(row, "\\boxed{Assistant 1}\n")
    assert (row.position, row.read_from) == ("first", "boxed")


def test_an_answer_without_a_verdict_ends_in_the_stem_after_its_allowance() -> None:
    row = script(budget=2, answer_tokens=10)
    pieces = write(row, "ab" + "0123456789")
    assert (row.answer_tokens, row.awaits_choice, row.finished) == (10, True, False)
    pieces += row.read_choice(-0.1, -3.0)
    assert row.finished
    assert text_of(pieces, "answer", forced=False) == "0123456789"
    assert text_of(pieces, "answer", forced=True) == "\n\n\\boxed{Assistant 1}"


def test_budget_zero_goes_straight_to_the_verdict() -> None:
    row = script(budget=0)
    pieces = take_forced(row)
    assert row.closed_by == "budget"
    assert row.awaits_choice
    pieces += row.read_choice(0.0, -1.0)
    assert (row.position, row.read_from, row.thinking_tokens, row.answer_tokens) == ("first", "logits", 0, 0)
    assert text_of(pieces, "answer") == "\\boxed{Assistant 1}"


def test_an_end_of_text_in_the_thinking_closes_it_and_goes_on() -> None:
    row = script()
    write(row, "thinking")
    row.push(END)
    assert row.closed_by == "model"
    assert tuple(row.forced) == FORM.closing
    take_forced(row)
    write(row, "\\boxed{Assistant 2}\n")
    assert row.position == "second"


def test_the_last_box_on_the_line_counts() -> None:
    row = script()
    write(row, "x</think>It is not \\boxed{Assistant 1} but \\boxed{Assistant 2}.\n")
    assert row.position == "second"


def test_a_second_closing_moves_the_reading_behind_it() -> None:
    row = script(answer_tokens=60)
    write(row, "x</think>\\boxed{Assistant 1} wait </think> \\boxed{Assistant 2}\n")
    assert row.position == "second"


def test_the_probability_is_read_where_the_model_writes_the_stem_itself() -> None:
    row = script()
    write(row, "x</think>\\boxed{Assistant ")
    assert row.awaits_choice
    assert row.read_choice(math.log(0.3), math.log(0.7)) == []
    assert not row.finished
    write(row, "1}\n")  # sampled against the odds
    assert row.position == "first"
    assert row.p_first == pytest.approx(0.3)


@pytest.mark.parametrize("thought", ["x</think>", "xxxxx", "end"])
def test_a_family_without_an_answer_is_read_right_after_the_thought(thought: str) -> None:
    row = script(budget=5 if thought == "xxxxx" else 100, answer_tokens=0)
    pieces = write(row, thought)
    if thought == "end":
        pieces += row.push(END) + take_forced(row)
    assert row.awaits_choice
    pieces += row.read_choice(-1.0, -0.5)
    assert row.finished
    assert row.answer_tokens == 0
    assert text_of(pieces, "answer", forced=True).strip() == "\\boxed{Assistant 2}"


@pytest.mark.parametrize("pair", [(float("nan"), 0.0), (-1.0, -1.0), (float("-inf"), float("-inf"))])
def test_a_tie_or_no_number_is_no_verdict(pair: tuple[float, float]) -> None:
    row = script(budget=0)
    take_forced(row)
    row.read_choice(*pair)
    assert row.finished
    assert row.position is None
    assert row.read_from is None


def test_the_letters_of_a_close_in_a_quotation_do_not_close() -> None:
    row = script()
    for token in PROMPTS.text_ids("It says </think>\n\n\\boxed{Assistant 1}\n"):
        row.push(token)
    assert row.thinking
    write(row, "</think>\\boxed{Assistant 2}\n")
    assert (row.position, row.closed_by) == ("second", "model")


@given(st.text(alphabet="</think>ab\n", max_size=60))
def test_thinking_is_streamed_whole_up_to_the_first_closing(text: str) -> None:
    row = script(budget=10_000, answer_tokens=10_000)
    pieces = write(row, text)
    before, close, after = text.partition("</think>")
    shown = text_of(pieces, "thinking")
    if close:
        assert shown == before
        assert text_of(pieces, "answer") == after
    else:  # at most the beginning of a closing is held back
        assert text.startswith(shown)
        assert "</think>".startswith(text[len(shown) :])


@given(st.text(max_size=40), st.integers(1, 30))
def test_every_row_ends_in_a_state_that_is_read(text: str, budget: int) -> None:
    row = script(budget=budget, answer_tokens=8)
    write_to_the_end(row, [*PROMPTS.text_ids(text), *([END] * 3)])
    assert row.finished
    assert row.position is not None
    assert row.thinking_tokens <= budget
    assert row.answer_tokens <= 8
