"""Files into numbered rows: JSON Lines, JSON, CSV, TSV and Parquet.

Text files are read as UTF-8 (UTF-16 with a byte order mark too). Bytes that are not UTF-8 survive as lone surrogates,
so that only the rows that hold them in a text are broken. Blank lines are skipped and count as lines.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from rrm_ui.errors import BadInput, Failure
from rrm_ui.evaluation.items import BrokenRow
from rrm_ui.evaluation.json_list import json_list_rows
from rrm_ui.evaluation.problems import parsers_words, problem, unusable
from rrm_ui.evaluation.rows import Row

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
"""Kinds of files that can be read."""

LARGEST_CELL = 2**31 - 1
"""Characters of one CSV cell; the standard library stops at 131,072 unless told otherwise."""


def read_rows(path: Path) -> list[Row]:
    """Return the rows of ``path`` with their line numbers (row numbers for Parquet).

    Raises:
        BadInput: the file is missing, a folder, empty, of an unknown kind, or cannot be read as what it is called.
    """
    if not path.exists():
        raise BadInput(f"There is no file {path}; check the path.")
    if path.is_dir():
        raise BadInput(f"{path} is a folder; name a file in it.")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise unusable("file_kind", name=path.name, kinds=", ".join(SUFFIXES))
    try:
        if suffix == ".parquet":
            from rrm_ui.evaluation.parquet import parquet_rows

            return list(parquet_rows(path))
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error
    return text_rows(content, path.name, suffix)


def text_rows(content: bytes, name: str, suffix: str) -> list[Row]:
    """Return the rows of a text file's ``content``; ``suffix`` says which kind it is.

    Raises:
        BadInput: it is empty, or not what ``suffix`` says.
    """
    text = decoded(content)
    if not text.strip():
        raise unusable("file_empty", name=name)
    if suffix in (".csv", ".tsv"):
        return list(_table_rows(text, name, "\t" if suffix == ".tsv" else None))
    if suffix == ".json":
        return _json_rows(text, name)
    return list(_line_rows(text))


def writes_json_in_text(path: Path) -> bool:
    """Return whether files of this kind may write lists as JSON text, having none of their own."""
    return path.suffix.lower() in (".csv", ".tsv", ".parquet")


def decoded(content: bytes, *, strict: bool = False) -> str:
    """Return the text of ``content``: UTF-8, or UTF-16 with a byte order mark; see above for bytes that are neither.

    Raises:
        UnicodeDecodeError: they are neither, and ``strict``.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="strict" if strict else "replace")
    return content.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="strict" if strict else "surrogateescape")


def _line_rows(text: str) -> Iterator[Row]:
    for line, content in enumerate(text.split("\n"), start=1):  # splitlines() also splits inside JSON texts
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except (ValueError, RecursionError) as error:
            yield line, BrokenRow(line, _why_no_json(error))
            continue
        if isinstance(row, dict):
            yield line, row
        else:
            yield line, BrokenRow(line, problem("row_not_object"))


def _json_rows(text: str, name: str) -> list[Row]:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":  # JSON Lines under the wrong name
            return list(_line_rows(text))
        where = {"line": error.lineno, "place": error.colno}
        raise unusable("file_not_json", name=name, **parsers_words(error.msg), **where) from error
    except (ValueError, RecursionError) as error:
        why = _why_no_json(error)
        raise unusable(why.code.replace("row_", "file_"), name=name, **why.values) from error
    return list(json_list_rows(text, name))


def _why_no_json(error: ValueError | RecursionError) -> Failure:
    if isinstance(error, json.JSONDecodeError):
        return problem("row_not_json", **parsers_words(error.msg), place=error.colno)
    if isinstance(error, RecursionError):
        return problem("row_nested")
    # The one other error that the standard library knows: it turns no longer text into a whole number.
    return problem("row_digits", digits=sys.get_int_max_str_digits())


def _table_rows(text: str, name: str, delimiter: str | None) -> Iterator[Row]:
    csv.field_size_limit(LARGEST_CELL)
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = delimiter or max(",;\t", key=head.count)
    records = _records(text, delimiter)
    line, header = next(records)
    if isinstance(header, Failure):
        raise unusable("file_header", name=name, **header.values)
    header = [column.strip() for column in header]
    named = [column for column in header if column]
    if twice := {column for column in named if named.count(column) > 1}:
        raise unusable("file_columns_twice", name=name, column=repr(sorted(twice)[0]))
    for line, cells in records:
        if isinstance(cells, Failure):
            yield line, BrokenRow(line, cells)
        elif len(cells) != len(header):
            yield line, BrokenRow(line, problem("row_cells", cells=len(cells), header=len(header)))
        else:
            yield line, dict(zip(header, cells, strict=True))


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | Failure]]:
    """Yield the line on which every record begins, and its cells or why it has none."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, problem("row_not_csv", line=reader.line_num, **parsers_words(str(error)))
        else:
            if cells:
                yield line, cells
