"""From what a person names (a file, a benchmark, a dataset on the Hub) to its items."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from rrm_ui.errors import BadInput, Failure
from rrm_ui.evaluation.benchmarks import BENCHMARKS, Benchmark, benchmark_of, find_benchmark
from rrm_ui.evaluation.fetching import (
    DataUnavailable,
    NotFetched,
    benchmark_folder,
    fetch_address,
    fetch_from_hub,
    hub_is_off,
)
from rrm_ui.evaluation.importing import import_rows
from rrm_ui.evaluation.items import BrokenRow, ItemSet, Label
from rrm_ui.evaluation.reading import SUFFIXES, read_rows, writes_json_in_text
from rrm_ui.evaluation.rows import Row, collect, require_items

HUB_PAGE = "https://huggingface.co/datasets/"
HUB_NAME = re.compile(r"(?P<id>\w[\w.-]*/[\w.-]+)(?:@(?P<revision>[^:@]+))?(?::(?P<file>.+))?")


@dataclass(frozen=True)
class _Naming:
    """What a person says about a source's columns and labels."""

    columns: Mapping[str, str] | None
    label_values: Mapping[str, Label] | None

    def __bool__(self) -> bool:
        return bool(self.columns or self.label_values)


def load_items(
    data: str,
    columns: Mapping[str, str] | None = None,
    label_values: Mapping[str, Label] | None = None,
    *,
    hub_timeout: float = 5.0,
    offline: bool | None = None,
) -> ItemSet:
    """Return the items of ``data``: a file, a benchmark's key, or ``owner/name[@revision][:file]`` on the Hub.

    A file wins where it exists; one that is a benchmark's by its contents (LLMBar's by its path too) is read as it.
    With ``columns`` or ``label_values`` (see ``import_file``) the source is read as they say, and not as a benchmark.
    ``hub_timeout`` is how many seconds the Hub has to answer; ``offline`` keeps to this machine (None: as
    ``HF_HUB_OFFLINE`` says).

    Raises:
        BadInput: there is no such source, or it cannot be read.
        DataUnavailable: it is not on this machine and cannot be fetched; says which file to put where.
    """
    named = _Naming(columns, label_values)
    off = hub_is_off() if offline is None else offline
    benchmark = find_benchmark(data)
    if os.path.isfile(data) or (os.path.exists(data) and benchmark is None):
        return _read([Path(data)], Path(data).name, Path(data).name, named)
    if benchmark is not None:
        return _load_benchmark(benchmark, None, named, hub_timeout, off)
    hub = HUB_NAME.fullmatch(data.removeprefix(HUB_PAGE))
    if data.lower().endswith(SUFFIXES) and not (hub and hub["file"]):
        raise BadInput(f"There is no file {data}; check the path.")
    if hub is None:
        raise BadInput(
            f"{data!r} is neither a file, nor a benchmark ({', '.join(one.key for one in BENCHMARKS)}), nor a dataset "
            "of the Hub (owner/name); check the path."
        )
    if not hub["file"]:
        benchmark = next((one for one in BENCHMARKS if (one.hub_id or "").lower() == hub["id"].lower()), None)
        if benchmark is not None:
            return _load_benchmark(benchmark, hub["revision"], named, hub_timeout, off)
    return _load_hub(hub["id"], hub["revision"], hub["file"], named, hub_timeout, off)


def _load_benchmark(
    benchmark: Benchmark, revision: str | None, named: _Naming, seconds: float, offline: bool
) -> ItemSet:
    try:
        if benchmark.hub_id is None:
            folder = benchmark_folder(benchmark.key)
            paths = tuple(fetch_address(address, folder, seconds, offline) for address in benchmark.files)
            source = ", ".join(benchmark.files)
        else:
            fetched = fetch_from_hub(benchmark.hub_id, benchmark.files, revision, seconds, offline)
            paths, source = fetched.paths, f"{benchmark.hub_id}@{fetched.commit}"
    except NotFetched as error:
        raise _missing_benchmark(benchmark, error.why) from error
    return _read(paths, benchmark.title, source, named, benchmark)


def _load_hub(
    hub_id: str, revision: str | None, file: str | None, named: _Naming, seconds: float, offline: bool
) -> ItemSet:
    try:
        fetched = fetch_from_hub(hub_id, (file,) if file else None, revision, seconds, offline)
    except NotFetched as error:
        what = f"{file} of the dataset {hub_id}" if file else f"The dataset {hub_id}"
        target = PurePosixPath(file).name if file else "FILE"
        raise DataUnavailable(
            f"{what} is not on this machine and {error}; fetch {'it' if file else 'its file'} elsewhere "
            f"({HUB_PAGE}{hub_id}), put it here, and run: python -m rrm_ui evaluate {target}"
        ) from error
    return _read(fetched.paths, hub_id, f"{hub_id}@{fetched.commit}:{', '.join(fetched.files)}", named)


def _missing_benchmark(benchmark: Benchmark, why: Failure) -> DataUnavailable:
    of = f" of the dataset {benchmark.hub_id}" if benchmark.hub_id else ""
    if len(benchmark.files) == 1:
        target = benchmark.key + PurePosixPath(benchmark.files[0]).suffix
        put = f"put it here as {target}"
    else:
        target = PurePosixPath(benchmark.files[0]).name
        put = "put them here"
    return DataUnavailable(
        f"{benchmark.title} is not on this machine and {why.message}; fetch {' and '.join(benchmark.files)}{of} "
        f"elsewhere ({benchmark.home}), {put}, and run: python -m rrm_ui evaluate {target}",
        # A page's reader uploads the file: its name tells only where its contents do not.
        code="benchmark_missing_named" if benchmark.words_in_path else "benchmark_missing",
        name=benchmark.title,
        files=", ".join(benchmark.files),
        home=benchmark.home,
        target=target,
        **why.as_reason(),
    )


def _read(paths: Sequence[Path], name: str, source: str, named: _Naming, benchmark: Benchmark | None = None) -> ItemSet:
    rows = _joined([read_rows(path) for path in paths])
    if not named:
        if benchmark is None:
            records = [row for _, row in rows if not isinstance(row, BrokenRow)]
            benchmark = benchmark_of(str(paths[0].absolute()), records)
        if benchmark is not None:
            items, broken = collect(rows, benchmark.read)
            require_items(name, items, broken)
            return ItemSet(benchmark.title, items, broken, benchmark.key, source, dict(benchmark.columns))
    json_strings = writes_json_in_text(paths[0])
    return import_rows(
        rows,
        name=name,
        source=source,
        columns=named.columns,
        label_values=named.label_values,
        json_strings=json_strings,
    )


def _joined(tables: Iterable[list[Row]]) -> list[Row]:
    """Return the rows of all files; of several the rows are counted through, since lines would repeat."""
    tables = list(tables)
    if len(tables) == 1:
        return tables[0]
    rows = [row for table in tables for _, row in table]
    return [
        (number, replace(row, line=number) if isinstance(row, BrokenRow) else row)
        for number, row in enumerate(rows, start=1)
    ]
