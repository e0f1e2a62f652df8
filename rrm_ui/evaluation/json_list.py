"""A JSON file's list of rows, each with the line that it begins on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from rrm_ui.evaluation.items import BrokenRow
from rrm_ui.evaluation.problems import problem, unusable
from rrm_ui.evaluation.rows import Row

DECODER = json.JSONDecoder()
SPACE = re.compile(r"[ \t\n\r]*")


def json_list_rows(text: str, name: str) -> Iterator[Row]:
    """Yield the objects of the list that valid JSON ``text`` is, or of the one list of objects that it holds.

    Raises:
        BadInput: it holds none, or several.
    """
    line, position = 1, 0
    for start, value in _elements(text, _list_start(text, name)):
        line += text.count("\n", position, start)
        position = start
        yield line, value if isinstance(value, dict) else BrokenRow(line, problem("row_not_object"))


def _list_start(text: str, name: str) -> int:
    start = _skip(text, 0)
    if text[start] == "[":
        return start
    lists = {}
    if text[start] == "{":
        for key, position, value in _members(text, start):
            if isinstance(value, list) and any(isinstance(row, dict) for row in value):
                lists[key] = position
    if len(lists) > 1:
        raise unusable("file_lists", name=name, lists=", ".join(lists))
    if not lists:
        raise unusable("file_no_list", name=name)
    return next(iter(lists.values()))


def _elements(text: str, start: int) -> Iterator[tuple[int, object]]:
    """Yield every element of the list that begins at ``start``, with its own beginning."""
    position = _skip(text, start + 1)
    while text[position] != "]":
        value, end = DECODER.raw_decode(text, position)
        yield position, value
        position = _next(text, end)


def _members(text: str, start: int) -> Iterator[tuple[str, int, object]]:
    """Yield every key and value of the object that begins at ``start``, with the value's beginning."""
    position = _skip(text, start + 1)
    while text[position] != "}":
        key, end = DECODER.raw_decode(text, position)
        begin = _skip(text, _skip(text, end) + 1)
        value, end = DECODER.raw_decode(text, begin)
        yield key, begin, value
        position = _next(text, end)


def _skip(text: str, position: int) -> int:
    found = SPACE.match(text, position)
    return found.end() if found else position


def _next(text: str, end: int) -> int:
    """Return where the next element begins, past a comma, or the closing bracket."""
    position = _skip(text, end)
    return _skip(text, position + 1) if text[position] == "," else position
