"""Any file of preferences into items, with the rows that cannot be used listed and the others kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from rrm_ui.evaluation.columns import Layout, listed, recognise
from rrm_ui.evaluation.conversations import Content, read_content, read_response, rendered, split_comparison
from rrm_ui.evaluation.ids import DistinctIds
from rrm_ui.evaluation.items import BrokenRow, Item, ItemSet, Label
from rrm_ui.evaluation.labels import LabelReader
from rrm_ui.evaluation.problems import unusable
from rrm_ui.evaluation.reading import read_rows, writes_json_in_text
from rrm_ui.evaluation.rows import (
    Record,
    Row,
    RowError,
    checked_text,
    collect,
    is_blank,
    place,
    require_items,
    row_id,
    row_label,
)


def import_file(
    path: Path,
    columns: Mapping[str, str] | None = None,
    name: str | None = None,
    *,
    label_values: Mapping[str, Label] | None = None,
) -> ItemSet:
    """Read the comparisons of a JSON Lines, JSON, CSV, TSV or Parquet file.

    ``columns`` maps our fields (``rrm_ui.evaluation.columns.FIELDS``) to the file's columns where their names are not
    known or are to be read otherwise; ``label_values`` says what the file's labels mean (A, B or tie).

    Raises:
        BadInput: the file cannot be read, its columns are not recognised, or no row of it is good.
    """
    return import_rows(
        read_rows(path),
        name=name or path.name,
        source=path.name,
        columns=columns,
        label_values=label_values,
        json_strings=writes_json_in_text(path),
    )


def import_rows(
    rows: Iterable[Row],
    *,
    name: str,
    source: str = "",
    columns: Mapping[str, str] | None = None,
    label_values: Mapping[str, Label] | None = None,
    json_strings: bool = False,
) -> ItemSet:
    """Read the comparisons of numbered rows, wherever they come from; see ``import_file``.

    ``json_strings`` says that a text may write a conversation in JSON.

    Raises:
        BadInput: columns are not recognised, or no row is good.
    """
    rows = list(rows)
    records = [row for _, row in rows if not isinstance(row, BrokenRow)]
    if not records:
        require_items(name, (), [row for _, row in rows if isinstance(row, BrokenRow)])
    layout = recognise(name, list(dict.fromkeys(column for record in records for column in record)), columns)
    if layout.query is None and not _may_hold_conversations(records, layout, json_strings):
        raise unusable("columns_no_query", name=name, columns=listed(list(records[0])))
    labels = LabelReader(layout.responses, label_values)
    if label_values and layout.label is None:
        raise unusable("columns_no_labels", name=name, labels=", ".join(map(repr, label_values)))
    if layout.label is not None:
        labels.check((record.get(layout.label) for record in records), layout.label)
    ids = DistinctIds(_written_ids(rows, layout.id))
    items, broken = collect(rows, lambda number, row: [ids.give(_item(number, row, layout, labels, json_strings))])
    require_items(name, items, broken)
    return ItemSet(name, items, broken, source=source or name, columns=layout.columns)


def _may_hold_conversations(records: Iterable[Record], layout: Layout, json_strings: bool) -> bool:
    """Return whether the query may stand in the responses: whole conversations begin with it."""
    values = (record.get(layout.responses[0]) for record in records)
    return any(isinstance(value, list) or (json_strings and str(value).lstrip().startswith("[")) for value in values)


def _written_ids(rows: Iterable[Row], column: str | None) -> Iterator[str]:
    for number, (_, row) in enumerate(rows, start=1):
        if not isinstance(row, BrokenRow):
            with suppress(RowError):  # which is told when the row itself is read
                yield _id(number, row, column)


def _id(number: int, row: Record, column: str | None) -> str:
    return row_id(row.get(column) if column else None, number)


def _item(number: int, row: Record, layout: Layout, labels: LabelReader, json_strings: bool) -> Item:
    prompt = _query(row, layout, json_strings)
    query, a, b = _comparison(row, prompt, layout.responses, json_strings)
    label: Label | None
    if layout.chosen_first:
        a, b, label = place(query, a, b)
    elif layout.better:
        label = _better(row, layout.better, (query, a, b), json_strings)
    else:
        label = labels.read(row.get(layout.label)) if layout.label else None
    if a == b and label in ("A", "B"):
        raise RowError("row_same_responses")
    subset = row_label(row.get(layout.subset), layout.subset) if layout.subset else ""
    return Item(_id(number, row, layout.id), query, a, b, label, subset)


def _comparison(
    row: Record, prompt: Content | None, columns: tuple[str, str], json_strings: bool
) -> tuple[str, str, str]:
    """Return the query and the responses in two ``columns``, one of which may be empty but not missing."""
    for column in columns:
        if column not in row:
            raise RowError("row_empty", column=repr(column))
    first, second = (read_response(row[column], column, json_strings=json_strings) for column in columns)
    return split_comparison(prompt, first, second)


def _better(row: Record, columns: tuple[str, str], texts: tuple[str, str, str], json_strings: bool) -> Label | None:
    """Return which response is the chosen one, by the columns of the chosen and the rejected; None if both are blank.

    Raises:
        RowError: these two are not the row's responses.
    """
    if all(is_blank(row.get(column)) for column in columns):
        return None
    query, a, b = texts
    pair = _comparison(row, query, columns, json_strings)[1:]
    if pair not in ((a, b), (b, a)):
        raise RowError("row_not_chosen", chosen=repr(columns[0]), rejected=repr(columns[1]))
    return "A" if pair == (a, b) else "B"


def _query(row: Record, layout: Layout, json_strings: bool) -> Content | None:
    if layout.query is None or is_blank(value := row.get(layout.query)):
        return None
    query = read_content(value, layout.query, json_strings=json_strings)
    if layout.input is None or is_blank(more := row.get(layout.input)):
        return query
    text = query if isinstance(query, str) else rendered(query)
    return f"{text}\n\n{checked_text(more, layout.input)}"
