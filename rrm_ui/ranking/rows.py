"""Rows of a file to rank: a query and its responses each, as texts or as messages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.conversations import Content, Turn, parsed_messages, query_of, read_content
from rrm_ui.evaluation.items import BrokenRow
from rrm_ui.evaluation.reading import read_rows, writes_json_in_text
from rrm_ui.evaluation.rows import EMPTY_RESPONSE, Record, Row, RowError, checked_bytes, is_blank, row_id
from rrm_ui.ranking.entries import Entries, merge_entries

QUERIES = ("query", "prompt")
"""Columns that the query may stand in."""
RESPONSES = ("responses", "completions")


@dataclass(frozen=True)
class RankRow:
    """One query with its responses."""

    line: int
    """The line that it begins on, from 1; in a file with several rows on a line, which row it is. No two share one."""
    id: str
    """Its ``id`` column, or its line."""
    responses: tuple[str, ...]
    """As they were given; one without any visible character as an empty text."""
    entries: Entries
    """The same responses with equal ones as one, and empty ones as the judge reads them."""
    prompt: Content
    """The query as it was given: a text, or messages."""
    named: bool = False
    """Whether it has an ``id`` of its own."""


def read_rank_rows(path: Path) -> tuple[list[RankRow], list[BrokenRow]]:
    """Return the rows of ``path`` that can be ranked, and why the others cannot.

    Raises:
        BadInput: the file cannot be read, or none of its rows can be ranked.
    """
    rows: list[RankRow] = []
    broken: list[BrokenRow] = []
    json_strings = writes_json_in_text(path)
    for line, row in _each_on_its_own(read_rows(path)):
        if isinstance(row, BrokenRow):
            broken.append(replace(row, line=line))
            continue
        try:
            rows.append(_rank_row(line, row, json_strings))
        except BadInput as error:
            broken.append(BrokenRow(line, error.failure))
    if not rows:
        reasons = "".join(f" Row {row.line}: {row.reason}" for row in broken[:3])
        raise BadInput(f"{path.name} holds no row that can be ranked.{reasons}")
    return rows, broken


def _each_on_its_own(rows: Iterable[Row]) -> list[Row]:
    """Return ``rows`` with a line of its own for each: where JSON stands on one line, its rows are counted instead."""
    found = list(rows)
    if len({line for line, _ in found}) == len(found):
        return found
    return [(number, row) for number, (_, row) in enumerate(found, start=1)]


def digest_of_rows(rows: Iterable[RankRow]) -> str:
    """Return a hash of the rows: where they stand, queries and responses."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr((row.line, row.entries.query, row.responses)).encode())
    return digest.hexdigest()[:16]


def _rank_row(line: int, values: Record, json_strings: bool) -> RankRow:
    asked, answers = _column(values, QUERIES), _column(values, RESPONSES)
    try:
        prompt = _prompt(values[asked], asked, json_strings)
        query = prompt if isinstance(prompt, str) else query_of(prompt)
        given = enumerate(_listed(values[answers], answers), start=1)
        responses = tuple(_response(response, number, answers) for number, response in given)
        entries = merge_entries(query, [response or EMPTY_RESPONSE for response in responses])
        checked_bytes(query, asked)
        for response in responses:
            checked_bytes(response, answers)
        name = row_id(values.get("id"), line)
    except RowError as error:
        raise BadInput(error.why.message, code=error.why.code, **error.why.values) from error
    return RankRow(line, name, responses, entries, prompt, named=not is_blank(values.get("id")))


def _column(values: Record, names: tuple[str, ...]) -> str:
    """Return which of the columns ``names`` the row has; the first one if several."""
    found = next((name for name in names if values.get(name) is not None), None)
    if found is None:
        raise BadInput(f"there is no {names[0]}; a row holds query and responses, or prompt and completions")
    return found


def _prompt(value: object, column: str, json_strings: bool) -> Content:
    """Return the query: a text as it is, or messages, in kinds of files without lists as JSON text."""
    if json_strings and isinstance(value, str):
        value = parsed_messages(value)
    if isinstance(value, str):
        return value
    if not isinstance(value, list | dict):
        raise BadInput(f"the {column} is neither text nor messages")
    return read_content(value, column)


def _listed(value: object, column: str) -> list[object]:
    """Return the responses: a list, or one as JSON text, in kinds of files that have no lists."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise BadInput(f"{column} is a text; write a list of texts") from None
    if not isinstance(value, list):
        raise BadInput(f"{column} is no list of texts")
    return value


def _response(value: object, number: int, column: str) -> str:
    """Return a response, a text or one message of an assistant; empty where there is no visible character."""
    if is_blank(value):
        return ""
    if isinstance(value, str):
        return value
    messages = [value] if isinstance(value, dict) else value
    if not isinstance(messages, list) or len(messages) != 1:
        raise BadInput(f"response {number} is neither text nor one message of an assistant")
    try:
        turn = read_content(messages, column)[0]
    except RowError as error:
        if error.why.code == "row_empty":
            return ""
        raise
    if not isinstance(turn, Turn) or turn.role != "assistant":
        raise BadInput(f"response {number} is no message of an assistant")
    return turn.text
