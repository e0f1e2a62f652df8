from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rrm_ui.evaluation.analysis.classes import CLASSES, score_classes, score_counted_classes
from rrm_ui.evaluation.analysis.counted import count_run
from rrm_ui.evaluation.items import Label
from tests.unit.evaluation.made_runs import RunShape, made_run, made_vote, run_of
from tests.unit.evaluation.test_scores import judged

# PandaLM-7B on PandaLM Test: (label, prediction) and how often.
PANDALM_7B: dict[tuple[Label, Label], int] = {
    ("A", "A"): 298,
    ("A", "B"): 84,
    ("A", "tie"): 40,
    ("B", "A"): 100,
    ("B", "B"): 337,
    ("B", "tie"): 35,
    ("tie", "A"): 35,
    ("tie", "B"): 38,
    ("tie", "tie"): 32,
}


def percent(value: float) -> float:
    return round(100 * value, 2)


def test_pandalm_7b_scores_as_published() -> None:
    pairs = [pair for pair, count in PANDALM_7B.items() for _ in range(count)]
    scores = score_classes([label for label, _ in pairs], [made for _, made in pairs])
    figures = (scores.accuracy, scores.macro_precision, scores.macro_recall, scores.macro_f1)
    assert scores.n == 999
    assert [percent(figure) for figure in figures] == [66.77, 57.38, 57.50, 57.43]


def test_without_ties_only_the_two_classes_count() -> None:
    pairs = [pair for pair, count in PANDALM_7B.items() for _ in range(count)]
    scores = score_classes([label for label, _ in pairs], [made for _, made in pairs], "without ties")
    assert scores.n == 894
    assert percent(scores.accuracy) == percent((298 + 337) / 894)
    assert percent(scores.macro_recall) == percent((298 / 422 + 337 / 472) / 2)
    assert percent(scores.macro_precision) == percent((298 / 398 + 337 / 421) / 2)


def by_hand(labels: list[Label], predictions: list[Label | None], classes: tuple[Label, ...]) -> tuple[float, ...]:
    precisions, recalls, f1s = [], [], []
    for one in classes:
        hits = sum(a == b == one for a, b in zip(labels, predictions, strict=True))
        predicted, labelled = predictions.count(one), labels.count(one)
        precision = hits / predicted if predicted else 0.0
        recall = hits / labelled if labelled else 0.0
        precisions.append(precision)
        recalls.append(recall)
        f1s.append(2 * precision * recall / (precision + recall) if precision + recall else 0.0)
    return tuple(round(sum(column) / len(classes), 9) for column in (precisions, recalls, f1s))


@given(st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from([*CLASSES, None])), max_size=40))
def test_macro_averages_equal_those_by_hand(rows: list[tuple[Label, Label | None]]) -> None:
    labels, predictions = [label for label, _ in rows], [made for _, made in rows]
    scores = score_classes(labels, predictions)
    assert (scores.n, scores.rows) == (len(rows), "all")
    figures = (scores.macro_precision, scores.macro_recall, scores.macro_f1)
    assert tuple(round(figure, 9) for figure in figures) == by_hand(labels, predictions, CLASSES)
    kept = [row for row in rows if row[0] != "tie"]
    without = score_classes(labels, predictions, "without ties")
    figures = (without.macro_precision, without.macro_recall, without.macro_f1)
    assert tuple(round(figure, 9) for figure in figures) == by_hand(
        [a for a, _ in kept], [b for _, b in kept], ("A", "B")
    )


def test_a_missing_prediction_is_wrong_and_nobodys() -> None:
    scores = score_classes(["A", "B", "tie"], ["A", None, None])
    assert scores.accuracy == 1 / 3
    assert scores.macro_precision == 1 / 3  # A's is whole: the missing ones were not put down to it
    assert score_classes(["A"], [None]).accuracy == 0.0


def test_classes_are_only_there_where_labels_are_ties() -> None:
    assert score_counted_classes(count_run(made_run(1, RunShape()))) == ()
    whole, without = score_counted_classes(count_run(made_run(1, RunShape(items=60, tie_share=0.3))))
    assert (whole.rows, without.rows) == ("all", "without ties")
    assert whole.n > without.n
    assert (whole.no_verdict, without.no_verdict) == (0.0, 0.0)
    assert whole.accuracy * whole.n == round(without.accuracy * without.n)  # the judge never says tie


def test_what_had_no_verdict_is_counted_over_the_same_rows() -> None:
    unread = (made_vote(0, "AB", None), made_vote(1, "BA", None))
    read = (made_vote(0, "AB", "A", 0.9), made_vote(1, "BA", "B", 0.1))  # undecided is not without a verdict
    labels: list[Label] = ["A", "A", "B", "tie", "tie"]
    run = run_of([judged(str(n), label, *(unread if n in (0, 3, 4) else read)) for n, label in enumerate(labels)])
    whole, without = score_counted_classes(count_run(run))
    assert (whole.n, whole.no_verdict) == (5, 3 / 5)
    assert (without.n, without.no_verdict) == (3, 1 / 3)
