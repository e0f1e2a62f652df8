from __future__ import annotations

import math
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rrm_ui.evaluation.analysis import find
from rrm_ui.evaluation.findings import Calibration, Curves, ReliabilityBin
from rrm_ui.evaluation.report import report_tree
from rrm_ui.evaluation.report.axes import amount_axis, count_axis, linear_axis, share_axis
from rrm_ui.evaluation.report.charts import accuracy_by_budget, accuracy_by_tokens, accuracy_by_votes, reliability
from rrm_ui.evaluation.report.items import ItemLimits
from rrm_ui.evaluation.report.markup import Element, text_of, to_html
from rrm_ui.evaluation.report.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from rrm_ui.evaluation.report.words import Words
from tests.unit.evaluation.made_runs import RunShape, made_run

WORDS = Words("en")


def curves(shape: RunShape | None = None) -> Curves:
    return find(made_run(3, shape)).curves


def picture(figure: Element | None) -> ElementTree.Element:
    assert figure is not None
    drawn = ElementTree.fromstring(to_html(figure)).find("svg")
    assert drawn is not None
    return drawn


def texts(element: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in element.iter("text")]


def is_round(value: float) -> bool:
    """Two digits that count, or three of which the last is a five (125, 37.5)."""
    mantissa = f"{value:.3e}".split("e")[0].replace(".", "").rstrip("0")
    return len(mantissa) <= 2 or (len(mantissa) == 3 and mantissa.endswith("5"))


@given(st.floats(0, 1), st.floats(0, 1))
def test_an_axis_for_shares_ends_at_round_numbers_around_its_values(one: float, other: float) -> None:
    axis = share_axis([one, other])
    assert axis.low - 1e-9 <= min(one, other)
    assert axis.high + 1e-9 >= max(one, other)
    assert 0 <= axis.low < axis.high <= 1 + 1e-9
    assert axis.ticks[0] == pytest.approx(axis.low, abs=1e-9)
    assert axis.ticks[-1] == pytest.approx(axis.high, abs=1e-9)
    assert 3 <= len(axis.ticks) <= 8


@given(st.floats(1, 1e6))
def test_linear_ticks_are_round_and_few(high: float) -> None:
    axis = linear_axis(0, high)
    assert 2 <= len(axis.ticks) <= 6
    assert all(is_round(tick) for tick in axis.ticks)
    assert all(0 <= axis.share(tick) <= 1 + 1e-9 for tick in axis.ticks)


def test_many_votes_are_counted_in_doublings() -> None:
    assert count_axis(4).ticks == (1, 2, 3, 4)
    assert count_axis(64).ticks == (1, 2, 4, 8, 16, 32, 64)
    assert count_axis(64).log
    assert count_axis(64).share(8) == pytest.approx(0.5)


def test_amounts_of_different_orders_get_a_logarithmic_axis() -> None:
    assert not amount_axis([100, 400]).log
    axis = amount_axis([30, 9000])
    assert axis.log
    assert all(is_round(tick) for tick in axis.ticks)
    assert axis.share(30) == 0
    assert axis.share(9000) == pytest.approx(1)


@pytest.mark.parametrize("make", [accuracy_by_votes, accuracy_by_budget, accuracy_by_tokens])
@pytest.mark.parametrize("votes", [4, 16])
def test_everything_lies_inside_the_frame(make: object, votes: int) -> None:
    drawn = picture(make(curves(RunShape(items=30, votes=votes)), WORDS))  # type: ignore[operator]
    dots = list(drawn.iter("circle"))
    assert dots
    for dot in dots:
        assert LEFT - 1 <= float(dot.attrib["cx"]) <= WIDTH - RIGHT + 1
        assert TOP - 1 <= float(dot.attrib["cy"]) <= HEIGHT - BOTTOM + 1
    for path in drawn.iter("path"):
        numbers = [float(part) for step in path.attrib["d"].replace("M", "").replace("L", "").split() if step != "Z"
                   for part in step.split(",")]  # fmt: skip
        assert all(math.isfinite(number) and -1 <= number <= WIDTH + 1 for number in numbers)


def test_a_chart_says_what_it_shows_to_those_who_do_not_see_it() -> None:
    drawn = picture(accuracy_by_votes(curves(), WORDS))
    assert drawn.attrib["role"] == "img"
    assert drawn.findtext("title") == "Accuracy against votes"
    said = drawn.findtext("desc") or ""
    assert "1 vote:" in said
    assert "4 votes" in said
    assert "%" in said


def test_the_same_figures_stand_in_a_table() -> None:
    found = curves()
    figure = accuracy_by_votes(found, WORDS)
    assert figure is not None
    tree = ElementTree.fromstring(to_html(figure))
    rows = tree.findall("details/div/table/tbody/tr")
    assert len(rows) == len(found.by_votes) + len(found.by_votes_one_order)
    accuracies = [row.findall("td")[3].text for row in rows]
    assert accuracies[: len(found.by_votes)] == [f"{100 * point.accuracy.value:.1f}%" for point in found.by_votes]


@pytest.mark.parametrize(("both_orders", "said"), [(True, "both orders"), (False, "A always first")])
def test_a_line_is_named_by_the_orders_that_were_asked(both_orders: bool, said: str) -> None:
    run = made_run(3, RunShape(votes=1, both_orders=both_orders))
    html = to_html(report_tree(run, find(run), WORDS, ItemLimits()))
    chart = ElementTree.fromstring(html[html.index("<figure") : html.index("</figure>")] + "</figure>")
    legend = chart.find("figcaption/span[@class='legend']")
    assert legend is not None
    assert "".join(legend.itertext()) == said
    assert [name.text for name in chart.findall("details/div/table/tbody/tr/th")] == [said]


def test_the_interval_of_a_single_point_is_a_line() -> None:
    found = curves(RunShape(votes=1, both_orders=False))
    drawn = picture(accuracy_by_votes(replace(found, by_votes_one_order=()), WORDS))
    assert [line.attrib["class"] for line in drawn.iter("line") if "whisker" in line.attrib["class"]] == [
        "whisker main"
    ]


def test_no_budget_no_chart_over_budgets() -> None:
    direct = curves(RunShape(budget=0))
    assert accuracy_by_budget(direct, WORDS) is None
    assert accuracy_by_votes(direct, WORDS) is not None


def test_a_line_per_number_of_votes_few_enough_to_read() -> None:
    drawn = picture(accuracy_by_tokens(curves(RunShape(items=20, votes=16)), WORDS))
    names = [text.text for text in drawn.iter("text") if text.attrib.get("class") == "line-name"]
    assert names[-1] == "16 v."
    assert 3 <= len(names) <= 5


def test_a_reliability_diagram_counts_what_it_shows() -> None:
    bins = (
        ReliabilityBin(0.5, 0.6, 0, 0, 0),
        ReliabilityBin(0.6, 0.7, 12, 0.66, 0.5),
        ReliabilityBin(0.9, 1, 30, 0.95, 1),
    )
    figure = reliability(Calibration("p_a", 42, 0.1, 0.05, bins), WORDS, "P(A)")
    drawn = picture(figure)
    assert {"12", "30"} <= set(texts(drawn))
    assert len(list(drawn.iter("circle"))) == 2
    assert len([line for line in drawn.iter("line") if "whisker" in line.attrib["class"]]) == 2
    assert reliability(Calibration("p_a", 0, 0, 0, ()), WORDS, "P(A)") is None
    assert figure is not None
    assert "66.0%" in text_of(figure)
