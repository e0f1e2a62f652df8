"""Rows of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.items import BrokenRow
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
                    yield number, BrokenRow(number, row) if isinstance(row, str) else row
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path.name} cannot be read as Parquet; it may be incomplete, so fetch it again.") from error


def _check_size(path: Path, rows: int, size: int) -> None:
    if rows > MOST_ROWS:
        raise BadInput(f"{path.name} has {rows:,} rows; at most {MOST_ROWS:,} are read, so take a sample of them.")
    if size > MOST_BYTES:
        raise BadInput(
            f"{path.name} holds more than {MOST_BYTES / 1e9:.0f} GB uncompressed; keep only the columns that are "
            "needed, or take a sample of its rows."
        )


def _records(batch: pa.RecordBatch) -> list[dict[str, object] | str]:
    """Return the batch's rows; one that holds bytes that are not UTF-8 as the reason why not."""
    try:
        return list(batch.to_pylist())
    except UnicodeDecodeError:
        return [_record(batch.slice(index, 1)) for index in range(batch.num_rows)]


def _record(row: pa.RecordBatch) -> dict[str, object] | str:
    try:
        found: dict[str, object] = row.to_pylist()[0]
    except UnicodeDecodeError:
        return "a text is not valid UTF-8"
    return found
