"""Elements as values: written as HTML with everything escaped, or handed to the page as plain data.

The page builds its nodes from the data and parses nothing, so that a text of an item can never become markup there;
in a file of its own the one function below escapes it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_VOID = frozenset({"br", "col", "meta"})
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Element:
    """An element with its attributes, and texts and elements inside it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: tuple[Node, ...] = ()


Node = Element | str
Child = Node | None


def h(tag: str, /, *children: Child, **attributes: str | float | bool | None) -> Element:
    """Make an element: ``h("p", "text", class_="note")``.

    Underscores in attribute names stand for hyphens; None and False leave an attribute out. None leaves a child out.
    """
    named = {
        name.rstrip("_").replace("_", "-"): "" if value is True else _shortest(value)
        for name, value in attributes.items()
        if value is not None and value is not False
    }
    return Element(tag, named, tuple(child for child in children if child is not None))


def clean(text: str) -> str:
    """Return ``text`` with what no document can hold (lone surrogates, control characters) shown as U+FFFD."""
    return _UNWRITABLE.sub("\ufffd", text)


def to_html(node: Node) -> str:
    """Return ``node`` as HTML, which is XML as well wherever it holds no void element."""
    return "".join(_pieces(node))


def to_data(node: Node) -> Any:
    """Return ``node`` as plain data: a text, or a list of tag, attributes and children."""
    if isinstance(node, str):
        return clean(node)
    attributes = {name: clean(value) for name, value in node.attributes.items()}
    return [node.tag, attributes, *(to_data(child) for child in node.children)]


def text_of(node: Node) -> str:
    """Return all text inside ``node``."""
    return node if isinstance(node, str) else "".join(text_of(child) for child in node.children)


def _pieces(node: Node) -> Iterator[str]:
    if isinstance(node, str):
        yield html.escape(clean(node), quote=False)
        return
    attributes = "".join(f' {name}="{html.escape(clean(value))}"' for name, value in node.attributes.items())
    yield f"<{node.tag}{attributes}>"
    if node.tag in _VOID:
        return
    for child in node.children:
        yield from _pieces(child)
    yield f"</{node.tag}>"


def _shortest(value: object) -> str:
    """Return a number with at most two decimals: pictures need no more."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
