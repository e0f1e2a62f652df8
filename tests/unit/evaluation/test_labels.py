"""Which response a label names."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import Label
from rrm_ui.evaluation.labels import LabelReader
from rrm_ui.evaluation.rows import RowError, place
from tests.unit.evaluation.small_sources import ROW, TEXTS, imported, only


@pytest.mark.parametrize(
    ("label", "written"),
    [
        (
            "A",
            ["A", " a ", "[[A]]", "response_a", "Response A", "model_a", 1, "1", 1.0, "output_1", "Assistant 1", "A>B"],
        ),
        ("A", ["A>>B", "B<A", "1>2", "A wins", "1.0"]),
        ("B", ["2.00"]),
        ("B", ["b", "response_b", "model_b", 2, "2", 2.0, "output_2", "Answer 2", "B>A", "A<B", "A<<B", "B is better"]),
        ("tie", ["tie", "Tie", "both", "equal", "same", "draw", "A=B", "A==B", "tie (bothbad)", "平局"]),
        (None, [None, "", "  ", float("nan")]),
    ],
)
def test_labels_are_read_in_many_spellings(label: str | None, written: list[object]) -> None:
    reader = LabelReader(("a", "b"))
    assert {reader.read(value) for value in written} == {label}


@pytest.mark.parametrize("written", ["x", "3", "A>A", "AB", -1, 0, "1.5", ["A"], True, "response"])
def test_other_labels_cannot_be_read(written: object) -> None:
    with pytest.raises(RowError, match="cannot be read"):
        LabelReader(("a", "b")).read(written)


@pytest.mark.parametrize(
    "labels",
    [
        (0, 1),
        ("0", "0"),
        (1, 1),
        (True, False),
        (1, "tie"),
        (1, -1),
        (-3, -2, -1, 1, 2, 3),
        (1, 2, 3, 4, 5),
        (0, 1, 2),
        (1, 2, 1.5),
        (2, 1, "+1"),
        ("model_0", "model_1"),
    ],
)
def test_numbers_that_may_mean_either_response_are_refused(labels: tuple[object, ...]) -> None:
    with pytest.raises(BadInput, match="say which response each label means") as caught:
        imported(*labelled(labels))
    assert caught.value.code == "labels_ambiguous"


def labelled(labels: Sequence[object]) -> list[dict[str, object]]:
    return [{**ROW, "label": label} for label in labels]


def test_which_numbers_are_not_known_is_told_with_how_to_say_what_they_mean() -> None:
    with pytest.raises(BadInput) as caught:
        imported(*labelled((2, 1, -1, -2, "tie")))
    assert caught.value.message == (
        "The labels in column 'label' include -2, -1, 1, 2, which may mean either response; say which response each "
        "label means, A, B or tie: -2=…, -1=…, 1=…, 2=… (in a terminal --label-value=-2=…, once for each)."
    )
    with pytest.raises(BadInput, match=r"include 0, 1, .*, 11, …, which.* 11=…, … \(in a terminal"):
        imported(*labelled(range(40)))
    with pytest.raises(BadInput, match=r"include 0\.5, 2, false, which"):
        imported(*labelled((False, 2, 0.5)))


def test_one_and_two_need_no_meaning() -> None:
    found = imported(*labelled((2, "1", "tie", None, "1.0")))
    assert [item.label for item in found.items] == ["B", "A", "tie", None, "A"]
    assert only(imported(*labelled(["model_1"]))).label == "A"


def test_label_values_say_what_a_scale_means() -> None:
    scale: dict[str, Label] = {"-2": "A", "-1": "A", "0": "tie", "1": "B", "2": "B"}
    found = imported(*labelled((2, 1, 0, -1, -2, "1.0", 2.0)), label_values=scale)
    assert [item.label for item in found.items] == ["B", "B", "tie", "A", "A", "B", "B"]


@pytest.mark.parametrize(
    ("labels", "meaning", "missing"),
    [((0, 1, 2), {"0": "A"}, "1, 2"), ((2, 1), {"1": "B"}, "2"), ((0, 1), {"0": "A"}, "1")],
)
def test_a_meaning_for_one_number_asks_for_those_of_the_others(
    labels: tuple[int, ...], meaning: dict[str, Label], missing: str
) -> None:
    with pytest.raises(BadInput, match=f"include {missing}, which may mean either response"):
        imported(*labelled(labels), label_values=meaning)


def test_label_values_say_what_labels_mean() -> None:
    found = imported(*labelled((0, 1, "neither")), label_values={"0": "A", "1": "B"})
    assert [item.label for item in found.items] == ["A", "B", "tie"]
    with pytest.raises(BadInput, match="use A, B or tie"):
        imported(*labelled((0, 1)), label_values={"0": "left"})


@given(texts=st.tuples(TEXTS, TEXTS, TEXTS))
def test_the_label_follows_the_chosen_response(texts: tuple[str, str, str]) -> None:
    query, chosen, rejected = texts
    a, b, label = place(query, chosen, rejected)
    assert (a if label == "A" else b, b if label == "A" else a) == (chosen, rejected)
    assert place(query, chosen, rejected) == (a, b, label)


def test_the_chosen_response_is_a_about_half_the_time() -> None:
    found = imported(*[{"prompt": f"question {n}", "chosen": "right", "rejected": "wrong"} for n in range(400)])
    assert 160 < sum(item.label == "A" for item in found.items) < 240
