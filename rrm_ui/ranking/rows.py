"""Rows of a file to rank: a query and its responses each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import BrokenRow
from rrm_ui.evaluation.reading import read_rows
from rrm_ui.evaluation.rows import EMPTY_RESPONSE, Record, Row, RowError, checked_bytes, is_blank, row_id
from rrm_ui.ranking.entries import Entries, merge_entries


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
    named: bool = False
    """Whether it has an ``id`` of its own."""


def read_rank_rows(path: Path) -> tuple[list[RankRow], list[BrokenRow]]:
    """Return the rows of ``path`` that can be ranked, and why the others cannot.

    Raises:
        BadInput: the file cannot be read, or none of its rows can be ranked.
    """
    rows: list[RankRow] = []
    broken: list[BrokenRow] = []
    for line, row in _each_on_its_own(read_rows(path)):
        if isinstance(row, BrokenRow):
            broken.append(replace(row, line=line))
            continue
        try:
            rows.append(_rank_row(line, row))
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


def _rank_row(line: int, values: Record) -> RankRow:
    for name in ("query", "responses"):
        if name not in values:
            raise BadInput(f"there is no {name}; a row holds query and responses (a list of texts)")
    query, responses = values["query"], values["responses"]
    if isinstance(responses, str):  # a list as JSON text, in kinds of files that have no lists
        try:
            responses = json.loads(responses)
        except (ValueError, RecursionError):
            raise BadInput("responses is a text; write a list of texts") from None
    if not isinstance(responses, Sequence) or isinstance(responses, str):
        raise BadInput("responses is no list of texts")
    if not isinstance(query, str):
        raise BadInput("the query is not text")
    responses = ["" if is_blank(response) else response for response in responses]
    entries = merge_entries(query, [EMPTY_RESPONSE if response == "" else response for response in responses])
    try:
        checked_bytes(query, "query")
        for response in responses:
            checked_bytes(response, "responses")
        name = row_id(values.get("id"), line)
    except RowError as error:
        raise BadInput(error.why.message, code=error.why.code, **error.why.values) from error
    return RankRow(line, name, tuple(responses), entries, named=not is_blank(values.get("id")))
