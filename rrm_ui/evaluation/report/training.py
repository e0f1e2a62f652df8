"""The curves of a training run: what it was rewarded for, how long it thinks, how well it judges what it never saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rrm_ui.evaluation.report.axes import Axis, linear_axis, share_axis
from rrm_ui.evaluation.report.markup import Element, h
from rrm_ui.evaluation.report.parts import note, section, table
from rrm_ui.evaluation.report.plot import Plot, Point, Series, draw
from rrm_ui.evaluation.report.words import Words
from rrm_ui.evaluation.training_curves import TrainingRun

SMOOTHED = 5
"""Steps that a curve of single steps is averaged over; their noise hides the course."""


def training_tree(run: TrainingRun, words: Words) -> Element:
    """Return the report of a training run."""
    done = max((int(row["step"]) for row in run.rows), default=0)
    about = words(
        "training_note",
        kind=words.known(f"kind_{run.kind}", run.kind),
        steps=words.number(done),
        comparisons=words.number(run.asked.get("comparisons", 0)),
        base=run.asked.get("base", "–"),
    )
    pictures = [picture for picture in _pictures(run, words) if picture is not None]
    body = h("div", *pictures, class_="charts") if pictures else note(words("no_curves"))
    heading = h("header", h("h1", run.name), note(about), class_="part headline-part")
    curves = section(words("training"), body, name="curves-part")
    return h("article", heading, curves, class_="report", lang=words.language)


def _pictures(run: TrainingRun, words: Words) -> list[Element | None]:
    def percent(value: float) -> str:
        return words.percent(value, 0 if abs(value * 100 - round(value * 100)) < 1e-6 else 1)

    def plain(value: float) -> str:
        return words.number(value, 2 if abs(value) < 10 else 0)

    return [
        _validation(run, words, percent),
        _chart("chart_agreement", run.values("orders_agree"), words, percent, share=True),
        _chart("chart_reward", _smooth(run.values("reward")), words, plain),
        _chart("chart_loss", _smooth(run.values("loss")), words, plain) if run.kind != "grpo" else None,
        _chart("chart_thought", _smooth(run.values("thought_tokens")) or run.values("tokens"), words, plain),
        _chart("chart_closed", run.values("closed_by_model"), words, percent, share=True),
    ]


def _validation(run: TrainingRun, words: Words, percent: Callable[[float], str]) -> Element | None:
    rows = [row for row in run.rows if "accuracy" in row]
    points = tuple(
        Point(
            row["step"],
            row["accuracy"],
            row["low"],
            row["high"],
            words("training_point", step=row["step"], value=words.percent(row["accuracy"])),
        )
        for row in rows
    )
    if len(points) < 2:
        return None
    bounds = [value for point in points for value in (point.low, point.high)]
    return _figure("chart_validation", points, share_axis(bounds), words, percent)


def _chart(
    title: str,
    values: Sequence[tuple[int, float]],
    words: Words,
    tick: Callable[[float], str],
    *,
    share: bool = False,
) -> Element | None:
    """Return a line through ``values`` (step, figure); None where there is no line."""
    if len(values) < 2:
        return None
    points = tuple(
        Point(step, value, value, value, words("training_point", step=step, value=tick(value)))
        for step, value in values
    )
    figures = [value for _, value in values]
    spread = max(figures) - min(figures)
    axis = share_axis(figures) if share else linear_axis(min(figures) - spread / 9, max(figures) + spread / 9 + 1e-6)
    return _figure(title, points, axis, words, tick)


def _figure(title: str, points: tuple[Point, ...], y: Axis, words: Words, tick: Callable[[float], str]) -> Element:
    plot = Plot(
        title=words(title),
        describes=words.joined("parted", (point.says for point in (points[0], points[-1]))),
        x=linear_axis(points[0].x, points[-1].x),
        y=y,
        x_label=words("axis_steps"),
        x_tick=words.number,
        y_tick=tick,
        series=(Series(points),),
    )
    rows = [(words.number(point.x), tick(point.y)) for point in points]
    return h(
        "figure",
        h("figcaption", h("strong", plot.title)),
        draw(plot),
        h("details", h("summary", words("as_table")), table((words("axis_steps"), plot.title), rows)),
        class_="chart",
    )


def _smooth(values: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return ``values`` with each figure averaged over the last ``SMOOTHED`` steps, itself included."""
    smoothed = []
    for place, (step, _) in enumerate(values):
        window = [value for _, value in values[max(0, place + 1 - SMOOTHED) : place + 1]]
        smoothed.append((step, sum(window) / len(window)))
    return smoothed
