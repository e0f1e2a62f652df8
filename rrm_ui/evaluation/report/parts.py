"""The few shapes that every section of a report is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rrm_ui.evaluation.findings import Estimate
from rrm_ui.evaluation.report.markup import Child, Element, h
from rrm_ui.evaluation.report.words import Words

Cell = str | Element | None


def section(title: str, *children: Child, name: str) -> Element:
    """Return a titled section."""
    return h("section", h("h2", title), *children, class_=f"part {name}")


def note(text: str) -> Element:
    """Return a line that explains."""
    return h("p", text, class_="note")


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, last: str = "") -> Element:
    """Return a table whose first column names its rows; it scrolls by itself where it is too wide.

    ``last`` is a class for the last row, such as ``total``.
    """
    body = [list(row) for row in rows]
    words = [any(_is_left(row[place]) for row in body) for place in range(len(columns))]
    made = [
        h(
            "tr",
            h("th", row[0], scope="row"),
            *(h("td", cell, class_="left" if left else None) for cell, left in zip(row[1:], words[1:], strict=True)),
            class_=last if last and index == len(body) - 1 else None,
        )
        for index, row in enumerate(body)
    ]
    head = h("tr", *(_column(name, left) for name, left in zip(columns, words, strict=True)))
    return h("div", h("table", h("thead", head), h("tbody", *made)), class_="scroll", tabindex="0")


def _column(name: str, left: bool) -> Element:
    return h("th", name, scope="col", class_="left" if left else None)


def _is_left(cell: Cell) -> bool:
    return isinstance(cell, Element) and cell.attributes.get("class") in ("gauged", "prose")


def prose(text: str) -> Element:
    """Return a cell that holds words rather than a figure."""
    return h("span", text, class_="prose")


def facts(pairs: Iterable[tuple[str, Cell]], kind: str = "facts") -> Element:
    """Return names and values."""
    return h("dl", *(h("div", h("dt", name), h("dd", value)) for name, value in pairs), class_=kind)


def gauge(estimate: Estimate | None, words: Words) -> Cell:
    """Return an accuracy with its interval, as figures and on a small scale from 0 to 1 with its middle marked."""
    if estimate is None:
        return "–"
    low, high, value = (2 + 96 * share for share in (estimate.low, estimate.high, estimate.value))
    scale = h(
        "svg",
        h("path", d="M2,8 H98 M50,4 V12", class_="scale"),
        h("path", d=f"M{low:.1f},8 H{high:.1f}", class_="spread"),
        h("circle", cx=value, cy=8, r=3.5, class_="dot main"),
        viewBox="0 0 100 16",
        class_="gauge",
        aria_hidden="true",
    )
    figures = h("span", h("b", words.percent(estimate.value)), h("span", words.interval(estimate), class_="interval"))
    return h("span", figures, scale, class_="gauged")


def mark(choice: str | None, title: str = "") -> Element:
    """Return the sign of a verdict: a letter in a circle (A) or in a square (B), a cross where there is none."""
    kind = {"A": "mark-a", "B": "mark-b"}.get(choice or "", "mark-none")
    return h("span", choice or "×", class_=f"mark {kind}", title=title or None)
