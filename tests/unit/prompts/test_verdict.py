from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rrm_ui.prompts.verdict import BOXED, TAGGED, TAGGED_TEXT, VerdictForm

FORMS = pytest.mark.parametrize("form", [BOXED, TAGGED, TAGGED_TEXT], ids=["boxed", "tagged", "tagged-text"])


def verdict_of(form: VerdictForm, choice: int) -> str:
    return f"{form.stem}{form.choices[choice]}{form.end}"


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
        ("<answer>[[A]]</answer>", None),
        ("", None),
        ("\u202e\\boxed{Assistant 1}", "first"),
        ("\x00\\boxed{Assistant 2}\x00", "second"),
    ],
)
def test_a_boxed_verdict(answer: str, position: str | None) -> None:
    assert BOXED.read(answer) == position


@pytest.mark.parametrize(
    ("answer", "position"),
    [
        ("<answer>[[A]]</answer>", "first"),
        ("So:\n<answer> [[ B ]] </answer>", "second"),
        ("<answer>[[A]]</answer>, no: <answer>[[B]]</answer>", "second"),
        ("<answer>[[A]]</answer></think>", None),
        ("<answer>[[C]]</answer>", None),
        ("<answer>[[A]]", None),
        ("[[A]]", None),
        ("\\boxed{Assistant 1}", None),
    ],
)
def test_a_tagged_verdict(answer: str, position: str | None) -> None:
    assert TAGGED.read(answer) == position


@pytest.mark.parametrize(
    ("answer", "position"),
    [
        ("[[A]]</answer>", "first"),
        ("[[B]]</answer>\n\n", "second"),
        ("[[A]]</answer> is what it says, but", None),  # a quotation: the text went on
        ("[[A]]</answer> is what it says, but <answer>[[B]]</answer>", "second"),
        ("[[A]]</answer> and <answer>neither</answer>", None),
        ("[[A]]", None),
    ],
)
def test_a_tagged_verdict_after_plain_text_counts_at_its_end(answer: str, position: str | None) -> None:
    assert TAGGED_TEXT.read(answer) == position


@FORMS
@given(st.text(), st.sampled_from([0, 1]))
def test_what_stands_before_the_last_closing_never_counts(form: VerdictForm, noise: str, choice: int) -> None:
    assert form.read(f"{noise}{verdict_of(form, 1 - choice)}{form.close}") is None
    read = form.read(f"{noise}{form.close}{verdict_of(form, choice)}")
    assert read == ("first", "second")[choice]


@pytest.mark.parametrize("form", [BOXED, TAGGED])
def test_a_verdict_is_settled_when_its_line_ends(form: VerdictForm) -> None:
    assert not form.is_settled(verdict_of(form, 0))
    assert form.is_settled(f"{verdict_of(form, 0)}.\n")
    assert not form.is_settled(f"{verdict_of(form, 0)}\n{form.close}")


def test_after_plain_text_only_the_end_settles_a_verdict() -> None:
    assert not TAGGED_TEXT.is_settled("[[A]]</answer>\n\n")


@FORMS
def test_the_parts_of_a_form_fit_each_other(form: VerdictForm) -> None:
    assert form.close in form.closing
    fed = form.after_thinking(f"a thought{form.closing}{verdict_of(form, 0)}")
    again = form.after_thinking(f"a thought{form.closing}I cannot say.{form.again}{verdict_of(form, 1)}")
    assert (form.read(fed), form.read(again)) == ("first", "second")
