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


def parquet_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of ``path`` with their numbers from 1.

    Raises:
        BadInput: it is no Parquet file, or a damaged one.
    """
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                for row in _records(batch):
                    number += 1
                    yield number, BrokenRow(number, row) if isinstance(row, str) else row
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path.name} cannot be read as Parquet; it may be incomplete, so fetch it again.") from error


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
