"""One chart: axes, bands, lines and marks inside a frame, as SVG without a script.

Colours come from classes (``report.css``), so that a chart follows light, dark and print. A unit is a pixel where a
chart is as wide as ``WIDTH``; on a phone the letters are set larger to keep their size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rrm_ui.evaluation.findings import Estimate
from rrm_ui.evaluation.report.axes import Axis
from rrm_ui.evaluation.report.markup import Child, Element, h

WIDTH, HEIGHT = 400, 264
LEFT, RIGHT, TOP, BOTTOM = 46, 16, 12, 46
MOST_DOTS = 24
"""A line through more points than this shows only its end."""


@dataclass(frozen=True)
class Point:
    """A place on a chart, with its interval and what a reader sees when pointing at it."""

    x: float
    y: float
    low: float
    high: float
    says: str

    @classmethod
    def of(cls, x: float, estimate: Estimate, says: str) -> Point:
        """Return the point of an estimate at ``x``."""
        return cls(x, estimate.value, estimate.low, estimate.high, says)


@dataclass(frozen=True)
class Series:
    """Points that belong together."""

    points: tuple[Point, ...]
    kind: str = "main"
    """``main`` (with a band), ``other`` (dashed), ``faint`` (thin)."""
    label: str = ""
    """Written at the line's end."""


@dataclass(frozen=True)
class Plot:
    """What one chart shows."""

    title: str
    describes: str
    """What a reader who does not see it is told."""
    x: Axis
    y: Axis
    x_label: str
    x_tick: Callable[[float], str]
    y_tick: Callable[[float], str]
    series: tuple[Series, ...]
    behind: tuple[Element, ...] = ()
    """Drawn under the lines, in the chart's units."""
    reference: float | None = None
    """A value of y that is marked by a dashed line."""
    bottom: float = field(default=HEIGHT - BOTTOM)

    def at_x(self, value: float) -> float:
        """Return where ``value`` lies from the left."""
        return LEFT + self.x.share(value) * (WIDTH - LEFT - RIGHT)

    def at_y(self, value: float) -> float:
        """Return where ``value`` lies from the top."""
        return self.bottom - self.y.share(value) * (self.bottom - TOP)


def draw(plot: Plot) -> Element:
    """Return the chart as an ``svg`` element."""
    return h(
        "svg",
        h("title", plot.title),
        h("desc", plot.describes),
        *_grid(plot),
        *plot.behind,
        *(part for series in plot.series for part in _band(plot, series)),
        *(part for series in plot.series for part in _line(plot, series)),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        class_="plot",
    )


def path(places: Sequence[tuple[float, float]], *, closed: bool = False) -> str:
    """Return the path through ``places``."""
    steps = " ".join(f"{'L' if index else 'M'}{x:.1f},{y:.1f}" for index, (x, y) in enumerate(places))
    return steps + (" Z" if closed else "")


def _grid(plot: Plot) -> list[Element]:
    right = WIDTH - RIGHT
    parts = []
    for tick in plot.y.ticks:
        y = plot.at_y(tick)
        parts.append(h("line", class_="rule", x1=LEFT, x2=right, y1=y, y2=y))
        parts.append(h("text", plot.y_tick(tick), x=LEFT - 8, y=y + 4, text_anchor="end"))
    floor = HEIGHT - BOTTOM
    for tick in plot.x.ticks:
        x = plot.at_x(tick)
        parts.append(h("line", class_="tick", x1=x, x2=x, y1=floor, y2=floor + 4))
        parts.append(h("text", plot.x_tick(tick), x=x, y=floor + 18, text_anchor=_anchor(x)))
    parts.append(h("line", class_="floor", x1=LEFT, x2=right, y1=floor, y2=floor))
    if plot.reference is not None and plot.y.low < plot.reference < plot.y.high:
        y = plot.at_y(plot.reference)
        parts.append(h("line", class_="reference", x1=LEFT, x2=right, y1=y, y2=y))
    middle = (LEFT + right) / 2
    parts.append(h("text", plot.x_label, class_="axis-name", x=middle, y=HEIGHT - 8, text_anchor="middle"))
    return parts


def _anchor(x: float) -> str:
    return "end" if x > WIDTH - RIGHT - 12 else "middle"


def _band(plot: Plot, series: Series) -> list[Element]:
    if series.kind == "faint" or len(series.points) < 2:
        return []
    upper = [(plot.at_x(point.x), plot.at_y(point.high)) for point in series.points]
    lower = [(plot.at_x(point.x), plot.at_y(point.low)) for point in series.points]
    return [h("path", class_=f"band {series.kind}", d=path([*upper, *reversed(lower)], closed=True))]


def _line(plot: Plot, series: Series) -> list[Child]:
    places = [(plot.at_x(point.x), plot.at_y(point.y)) for point in series.points]
    if not places:
        return []
    shown = range(len(places)) if len(places) <= MOST_DOTS else [len(places) - 1]
    dots = [_dot(plot, series, index) for index in shown]
    line = h("path", class_=f"line {series.kind}", d=path(places)) if len(places) > 1 else None
    whisker = _whisker(plot, series.points[0], series.kind) if len(places) == 1 else None
    return [line, whisker, *dots, _label(series.label, *places[-1])]


def _dot(plot: Plot, series: Series, index: int) -> Element:
    point = series.points[index]
    radius = 2 if series.kind == "faint" else 3
    x, y = plot.at_x(point.x), plot.at_y(point.y)
    return h("circle", h("title", point.says), class_=f"dot {series.kind}", cx=x, cy=y, r=radius)


def _whisker(plot: Plot, point: Point, kind: str) -> Element:
    x = plot.at_x(point.x)
    return h("line", class_=f"whisker {kind}", x1=x, x2=x, y1=plot.at_y(point.low), y2=plot.at_y(point.high))


def _label(words: str, x: float, y: float) -> Element | None:
    if not words:
        return None
    at_end = x > WIDTH - RIGHT - 60
    place = {"x": x, "y": y - 8, "text_anchor": "end"} if at_end else {"x": x + 7, "y": y + 4, "text_anchor": "start"}
    return h("text", words, class_="line-name", **place)  # type: ignore[arg-type]


def whiskers(plot: Plot, points: Sequence[Point], kind: str = "main") -> tuple[Element, ...]:
    """Return the intervals of ``points`` as upright lines, for points that no line joins."""
    return tuple(_whisker(plot, point, kind) for point in points)
