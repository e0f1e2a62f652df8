"""Rows of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from rrm_ui.errors import Failure
from rrm_ui.evaluation.items import BrokenRow
from rrm_ui.evaluation.problems import problem, unusable
from rrm_ui.evaluation.rows import Row

BATCH_ROWS = 1024
MOST_ROWS = 1_000_000
MOST_BYTES = 2_000_000_000
"""Uncompressed; a small file may hold far more than memory does."""


def parquet_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of ``path`` with their numbers from 1.

    Raises:
        BadInput: it is no Parquet file, a damaged one, or larger than any set of comparisons.
    """
    number = read = 0
    try:
        with pq.ParquetFile(path) as file:
            groups = (file.metadata.row_group(index) for index in range(file.metadata.num_row_groups))
            _check_size(path, file.metadata.num_rows, sum(group.total_byte_size for group in groups))
            for batch in file.iter_batches(BATCH_ROWS):
                read += batch.nbytes
                _check_size(path, number, read)  # a value that is stored once may stand in every row
                for row in _records(batch):
                    number += 1
                    yield number, BrokenRow(number, row) if isinstance(row, Failure) else row
    except (pa.ArrowException, OSError) as error:
        raise unusable("file_not_parquet", name=path.name) from error


def _check_size(path: Path, rows: int, size: int) -> None:
    if rows > MOST_ROWS:
        raise unusable("file_too_many_rows", name=path.name, rows=rows, most=MOST_ROWS)
    if size > MOST_BYTES:
        raise unusable("file_too_large", name=path.name, gigabytes=MOST_BYTES // 10**9)


def _records(batch: pa.RecordBatch) -> list[dict[str, object] | Failure]:
    """Return the batch's rows; one that holds bytes that are not UTF-8 as the reason why not."""
    try:
        return list(batch.to_pylist())
    except UnicodeDecodeError:
        return [_record(batch.slice(index, 1)) for index in range(batch.num_rows)]


def _record(row: pa.RecordBatch) -> dict[str, object] | Failure:
    try:
        found: dict[str, object] = row.to_pylist()[0]
    except UnicodeDecodeError:
        return problem("row_bytes_not_utf8")
    return found
