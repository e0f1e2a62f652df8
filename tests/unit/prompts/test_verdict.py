from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rrm_ui.prompts.verdict import awaits_digit, is_settled, read_verdict


@pytest.mark.parametrize(
    ("answer", "position"),
    [
        ("\\boxed{Assistant 1}", "first"),
        ("\\boxed{Assistant 2}", "second"),
        ("**\\boxed{ Assistant  2 }**", "second"),
        ("\\boxed{Assistant 1} no: \\boxed{Assistant 2}", "second"),
        ("\\boxed{Assistant 1}</think>", None),
        ("\\boxed{Assistant 1}</think>\\boxed{Assistant 2}", "second"),
        ("\\boxed{Assistant 3}", None),
        ("\\boxed{Assistant 1", None),
        ("\\boxed{{Assistant 1}}", None),
        ("boxed{Assistant 1}", None),
        ("Assistant 1 is better", None),
        ("", None),
        ("\u202e\\boxed{Assistant 1}", "first"),
        ("\x00\\boxed{Assistant 2}\x00", "second"),
    ],
)
def test_read_verdict(answer: str, position: str | None) -> None:
    assert read_verdict(answer) == position


@given(st.text(), st.sampled_from(["1", "2"]))
def test_what_stands_before_the_last_closing_never_counts(noise: str, digit: str) -> None:
    other = "2" if digit == "1" else "1"
    assert read_verdict(f"{noise}\\boxed{{Assistant {other}}}</think>") is None
    assert read_verdict(f"{noise}</think>\\boxed{{Assistant {digit}}}") == {"1": "first", "2": "second"}[digit]


def test_a_verdict_is_settled_when_its_line_ends() -> None:
    assert not is_settled("\\boxed{Assistant 1}")
    assert is_settled("\\boxed{Assistant 1}.\n")
    assert not is_settled("\\boxed{Assistant 1}\n</think>")


def test_the_digit_is_awaited_right_after_the_stem() -> None:
    assert awaits_digit("so \\boxed{Assistant ")
    assert not awaits_digit("\\boxed{Assistant </think>")
    assert not awaits_digit("\\boxed{Assistant 1")
