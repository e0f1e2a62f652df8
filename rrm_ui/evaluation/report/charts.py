"""The charts of a run: accuracy against votes, thinking and tokens, and whether confidence is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from rrm_ui.evaluation.analysis.intervals import wilson
from rrm_ui.evaluation.findings import Calibration, CurvePoint, Curves, ReliabilityBin
from rrm_ui.evaluation.report.axes import Axis, amount_axis, count_axis, linear_axis, share_axis
from rrm_ui.evaluation.report.markup import Child, Element, h
from rrm_ui.evaluation.report.plot import BOTTOM, HEIGHT, Plot, Point, Series, draw, path, whiskers
from rrm_ui.evaluation.report.words import Words

HISTOGRAM = 44
"""Height that the counts of a reliability diagram take, above its axis."""


def accuracy_by_votes(curves: Curves, words: Words, *, both_orders: bool = True) -> Element | None:
    """Return accuracy against the number of votes; None without points.

    A run in ``both_orders`` has a second line: what votes that saw A first would have reached alone.
    """
    points = curves.by_votes
    if not points:
        return None
    both = Series(_points(points, words, attrgetter("votes")))
    one = Series(_points(curves.by_votes_one_order, words, attrgetter("votes")), "other")
    orders = "both_orders" if both_orders else "one_order"
    rows = [(orders, points), ("one_order", curves.by_votes_one_order)]
    plot = Plot(
        title=words("chart_votes"),
        describes=_describe(points, words, lambda point: words("n_votes", n=point.votes)),
        x=count_axis(max(point.votes for point in points)),
        y=_accuracy_axis([both, one]),
        x_label=words("axis_votes"),
        x_tick=words.number,
        y_tick=_percent_tick(words),
        series=(one, both) if one.points else (both,),
        reference=0.5,
    )
    keys = [("main", words(orders)), ("other", words("one_order"))] if one.points else [("", words(orders))]
    return _figure(plot, words, keys, _curve_table(rows, words))


def accuracy_by_budget(curves: Curves, words: Words) -> Element | None:
    """Return accuracy against the thinking budget with all votes; None if only one budget is known."""
    if len(curves.by_budget) < 2:
        return None
    series = Series(_points(curves.by_budget, words, attrgetter("budget")))
    plot = Plot(
        title=words("chart_budget"),
        describes=_describe(curves.by_budget, words, lambda point: words("n_budget", n=words.number(point.budget))),
        x=linear_axis(0, max(point.budget for point in curves.by_budget)),
        y=_accuracy_axis([series]),
        x_label=words("axis_budget"),
        x_tick=words.number,
        y_tick=_percent_tick(words),
        series=(series,),
        reference=0.5,
    )
    return _figure(plot, words, [("", words("all_votes"))], _curve_table([("", curves.by_budget)], words))


def accuracy_by_tokens(curves: Curves, words: Words) -> Element | None:
    """Return accuracy against all tokens written, a line per number of votes; None if there is no choice of either."""
    grid = [point for point in curves.grid if point.tokens > 0]
    if len(grid) < 2:
        return None
    by_votes = {votes: tuple(points) for votes, points in groupby(sorted(grid, key=_grid_order), attrgetter("votes"))}
    shown = _few(list(by_votes))
    series = tuple(
        Series(
            _points(by_votes[votes], words, attrgetter("tokens")),
            "main" if votes == shown[-1] else "faint",
            label=words("votes_short", n=votes),
        )
        for votes in shown
    )
    plot = Plot(
        title=words("chart_tokens"),
        describes=_describe(grid, words, lambda point: words("n_tokens", n=words.number(point.tokens))),
        x=amount_axis([point.tokens for votes in shown for point in by_votes[votes]]),
        y=_accuracy_axis(series),
        x_label=words("axis_tokens"),
        x_tick=words.number,
        y_tick=_percent_tick(words),
        series=series,
        reference=0.5,
    )
    rows = [(words("n_votes", n=votes), by_votes[votes]) for votes in shown]
    return _figure(plot, words, [("", words("line_per_votes"))], _curve_table(rows, words))


def reliability(calibration: Calibration, words: Words, title: str) -> Element | None:
    """Return the reliability diagram: how often what was said with some confidence was right; None without bins."""
    bins = [bin_ for bin_ in calibration.bins if bin_.n]
    if not bins:
        return None
    low = 0.0 if min(bin_.low for bin_ in bins) < 0.5 else 0.5
    points = tuple(_bin_point(bin_, words) for bin_ in bins)
    plot = Plot(
        title=title,
        describes=words("reliability_says", n=words.number(calibration.n), ece=words.percent(calibration.ece)),
        x=linear_axis(low, 1),
        y=Axis(0, 1, (0, 0.25, 0.5, 0.75, 1)),
        x_label=words("axis_confidence"),
        x_tick=_percent_tick(words),
        y_tick=_percent_tick(words),
        series=(Series(points, "loose"),),
        bottom=HEIGHT - BOTTOM - HISTOGRAM,
    )
    plot = replace(plot, behind=(*_histogram(plot, bins, words), _diagonal(plot), *whiskers(plot, points)))
    head = h("tr", *(h("th", words(key), scope="col") for key in ("confidence", "accuracy", "comparisons")))
    rows = [
        h(
            "tr",
            *(h("td", text) for text in (words.percent(b.confidence), words.percent(b.accuracy), words.number(b.n))),
        )
        for b in bins
    ]
    return _figure(plot, words, [], h("table", h("thead", head), h("tbody", *rows)))


def _points(points: Sequence[CurvePoint], words: Words, of: Callable[[CurvePoint], float]) -> tuple[Point, ...]:
    return tuple(Point.of(float(of(point)), point.accuracy, _says(point, words)) for point in points)


def _says(point: CurvePoint, words: Words) -> str:
    return words(
        "point_says",
        votes=words("n_votes", n=point.votes),
        budget=words.number(point.budget),
        tokens=words.number(point.tokens),
        accuracy=words.estimate(point.accuracy),
    )


def _grid_order(point: CurvePoint) -> tuple[int, float]:
    return point.votes, point.tokens


def _few(votes: list[int], most: int = 5) -> list[int]:
    """Return at most ``most`` of ``votes``, doublings first, always with the largest."""
    if len(votes) <= most:
        return votes
    doublings = [count for count in votes if count & (count - 1) == 0 and count != votes[-1]]
    step = -(-len(doublings) // (most - 1))
    return [*doublings[::step], votes[-1]]


def _accuracy_axis(series: Sequence[Series]) -> Axis:
    """Return the axis that holds all lines and the bands that are drawn."""
    points = [(point, one.kind != "faint") for one in series for point in one.points]
    return share_axis([value for point, band in points for value in ((point.low, point.high) if band else (point.y,))])


def _percent_tick(words: Words) -> Callable[[float], str]:
    return lambda share: words.percent(share, 0 if abs(share * 100 - round(share * 100)) < 1e-6 else 1)


def _describe(points: Sequence[CurvePoint], words: Words, name: Callable[[CurvePoint], str]) -> str:
    first, last = points[0], points[-1]
    ends = [words.named(name(point), words.percent(point.accuracy.value)) for point in (first, last)]
    return words.joined("parted", ends if first is not last else ends[:1])


def _bin_point(bin_: ReliabilityBin, words: Words) -> Point:
    says = words(
        "bin_says",
        confidence=words.percent(bin_.confidence),
        accuracy=words.percent(bin_.accuracy),
        n=words.number(bin_.n),
    )
    return Point.of(bin_.confidence, wilson(bin_.accuracy, bin_.n), says)


def _histogram(plot: Plot, bins: Sequence[ReliabilityBin], words: Words) -> list[Element]:
    """Return a bar with its count for each bin, under the diagram."""
    floor, most = HEIGHT - BOTTOM, max(bin_.n for bin_ in bins)
    parts = []
    for bin_ in bins:
        left, right = plot.at_x(bin_.low) + 1, plot.at_x(bin_.high) - 1
        height = max(1.0, (HISTOGRAM - 20) * bin_.n / most)
        parts.append(h("rect", class_="bar", x=left, y=floor - height, width=right - left, height=height))
        count = words.number(bin_.n)
        parts.append(h("text", count, class_="count", x=(left + right) / 2, y=floor - height - 3, text_anchor="middle"))
    return parts


def _diagonal(plot: Plot) -> Element:
    places = [(plot.at_x(share), plot.at_y(share)) for share in (plot.x.low, 1.0)]
    return h("path", class_="reference", d=path(places))


def _curve_table(rows: Sequence[tuple[str, Sequence[CurvePoint]]], words: Words) -> Element:
    keys = ("axis_votes", "axis_budget", "axis_tokens", "accuracy", "interval")
    named = any(name for name, _ in rows)
    head = h("tr", *([h("td")] if named else []), *(h("th", words(key), scope="col") for key in keys))
    body = []
    for name, points in rows:
        for index, point in enumerate(points):
            label = words.known(name, name) if index == 0 else ""
            cells = (
                words.number(point.votes),
                words.number(point.budget),
                words.number(point.tokens),
                words.percent(point.accuracy.value),
                words.interval(point.accuracy),
            )
            body.append(h("tr", *([h("th", label, scope="row")] if named else []), *(h("td", cell) for cell in cells)))
    return h("table", h("thead", head), h("tbody", *body))


def _figure(plot: Plot, words: Words, keys: Sequence[tuple[str, str]], table: Element) -> Element:
    legend: Child = None
    if keys:
        swatches = [h("span", _swatch(kind) if kind else None, name) for kind, name in keys]
        legend = h("span", *swatches, class_="legend")
    return h(
        "figure",
        h("figcaption", h("strong", plot.title), legend),
        draw(plot),
        h("details", h("summary", words("as_table")), h("div", table, class_="scroll")),
        class_="chart",
    )


def _swatch(kind: str) -> Element:
    line = h("path", class_=f"line {kind}", d="M1,6 L21,6")
    return h("svg", line, viewBox="0 0 22 12", width=22, height=12, class_="swatch", aria_hidden="true")
