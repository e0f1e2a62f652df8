"""A run on disk: a folder that any tool can read, and that a killed run goes on from.

``run.json``: what was asked and with what. ``items.jsonl``: the comparisons, a row each. ``votes.jsonl``: a row
per vote, appended as it finishes; where one vote has several rows the last one counts. A row without an ``index`` says
why a comparison cannot be judged, or how many thinking tokens the context left for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from rrm_ui.errors import BadInput, Failure
from rrm_ui.evaluation.items import BrokenRow, Item
from rrm_ui.evaluation.unjudged import Unjudged
from rrm_ui.files import write_text_atomically
from rrm_ui.folder_lock import is_held
from rrm_ui.row_log import RowLog, read_rows, recording
from rrm_ui.values import JudgeSettings, ModelDetails, Vote

FORMAT = 1
"""Version of the folder's layout."""

RunState = Literal["running", "stopped", "finished"]


@dataclass(frozen=True)
class RunSpec:
    """What was asked: enough to run it again."""

    name: str
    """Name of the data."""
    benchmark: str | None
    source: str
    data_digest: str
    """Hash of the judged items (``digest_of``)."""
    rows: int
    """Rows of the source, of which the items are a sample if there was a limit."""
    limit: int | None
    settings: JudgeSettings
    model: ModelDetails
    versions: dict[str, str]
    """Of the packages that compute."""
    machine: str
    created: str
    """ISO 8601, UTC."""
    columns: dict[str, str] = field(default_factory=dict)
    broken: tuple[BrokenRow, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the specification as it stands in ``run.json``."""
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
            "settings": self.settings.to_dict(),
            "model": self.model.to_dict(),
            "broken": [row.to_dict() for row in self.broken],
        }

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> RunSpec:
        """Return the specification of ``run.json``."""
        return cls(
            **{
                **row,
                "settings": JudgeSettings(**row["settings"]),
                "model": ModelDetails(**row["model"]),
                "broken": tuple(map(BrokenRow.from_dict, row["broken"])),
            }
        )


@dataclass(frozen=True)
class JudgedItem:
    """An item and its votes so far, by index."""

    item: Item
    votes: tuple[Vote, ...]
    error: Failure | None = None
    """Why it could not be judged at all (too long for the model); it then counts as without a verdict."""
    cut_to: int | None = None
    """Thinking tokens of a vote, where the context leaves fewer than were asked for."""


@dataclass(frozen=True)
class Run:
    """A run as read from its folder."""

    folder: Path
    spec: RunSpec
    state: RunState
    seconds: float
    """Time that the run has taken so far, over all its sittings."""
    judged: tuple[JudgedItem, ...]
    """Every item of the run, judged or not, in the run's order."""
    unjudged: Unjudged | None = None
    """What the sitting that has just ended could not judge; the folder does not tell."""

    @property
    def prompts(self) -> int:
        """How many prompts the judged comparisons have: as many as comparisons, unless some share one."""
        groups = [judged.item.group for judged in self.complete]
        return len({group for group in groups if group}) + groups.count("")

    @property
    def shares_prompts(self) -> bool:
        """Whether judged comparisons share a prompt: then intervals and tests take the prompts as independent."""
        return self.prompts < len(self.complete)

    @property
    def complete(self) -> tuple[JudgedItem, ...]:
        """Items whose votes are all in, or that cannot be judged."""
        return tuple(judged for judged in self.judged if is_complete(judged, self.spec.settings.votes))


def is_complete(judged: JudgedItem, votes: int) -> bool:
    """Return whether ``judged`` has its ``votes`` finished votes, or an error that makes them impossible."""
    return judged.error is not None or sum(vote.status == "finished" for vote in judged.votes) >= votes


def create_run(folder: Path, spec: RunSpec, items: Iterable[Item], *, texts: bool = True) -> None:
    """Lay out a new run; with ``texts=False`` the items' texts stay out of it (their hashes stay in).

    Raises:
        BadInput: the folder cannot be written, or holds files of these names that are no run's.
    """
    rows = "".join(json.dumps(item.to_dict(texts=texts), ensure_ascii=False) + "\n" for item in items)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_free(folder, rows)
        write_text_atomically(folder / "items.jsonl", rows)
        (folder / "votes.jsonl").touch()
        write_state(folder, spec, "running", 0.0)
    except OSError as error:
        raise BadInput(
            f"{folder} cannot hold a run: {error.strerror}. Choose another folder.",
            code="run_folder",
            reason=error.strerror or str(error),
        ) from error


def _check_free(folder: Path, rows: str) -> None:
    """Check that laying out a run overwrites and adopts nothing; a kill in the middle of it is no obstacle."""
    items, votes = folder / "items.jsonl", folder / "votes.jsonl"
    foreign = items.exists() and items.read_bytes() != rows.encode()
    if foreign or (votes.exists() and votes.stat().st_size):
        name = "items.jsonl" if foreign else "votes.jsonl"
        raise BadInput(f"{folder} holds a {name} that is no run's. Choose another folder, so that it stays.")


def write_state(folder: Path, spec: RunSpec, state: RunState, seconds: float) -> None:
    """Write ``run.json`` anew, in one step."""
    row = {"format": FORMAT, "state": state, "seconds": round(seconds, 1), **spec.to_dict()}
    write_text_atomically(folder / "run.json", json.dumps(row, ensure_ascii=False, indent=2) + "\n")


def is_run(folder: Path) -> bool:
    """Return whether ``folder`` holds a run."""
    try:
        return (folder / "run.json").is_file()
    except OSError:  # a folder that one may not look into is nobody's run here
        return False


def read_run(folder: Path) -> Run:
    """Read a run, finished or not.

    Raises:
        BadInput: the folder holds none, or a file of it cannot be read.
    """
    if not is_run(folder):
        raise BadInput(f"{folder} holds no run: there is no run.json in it.")
    try:
        head = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if head.pop("format") != FORMAT:
            raise BadInput(f"{folder} was written by another version of this program and cannot be read.")
        state, seconds = head.pop("state"), head.pop("seconds")
        spec = RunSpec.from_dict(head)
        items = [Item.from_dict(row) for row in read_rows(folder / "items.jsonl")]
        votes, errors, cuts = _read_votes(folder / "votes.jsonl")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"The run in {folder} cannot be read: {error!r}.") from error
    cast = {item: tuple(by_index[index] for index in sorted(by_index)) for item, by_index in votes.items()}
    judged = tuple(JudgedItem(item, cast.get(item.id, ()), errors.get(item.id), cuts.get(item.id)) for item in items)
    return as_it_stands(Run(folder, spec, state, seconds, judged))


def as_it_stands(run: Run) -> Run:
    """Return ``run``, stopped if nobody is at it: whoever was killed at it could not write that down."""
    return replace(run, state="stopped") if run.state == "running" and not is_held(run.folder) else run


def _read_votes(path: Path) -> tuple[dict[str, dict[int, Vote]], dict[str, Failure], dict[str, int]]:
    """Return by item its votes, why it cannot be judged, and what its budget was cut to."""
    votes: dict[str, dict[int, Vote]] = {}
    errors: dict[str, Failure] = {}
    cuts: dict[str, int] = {}
    for row in read_rows(path):
        item = row.pop("item")
        if row.get("index") is None and "cut_to" in row:
            cuts[item] = int(row["cut_to"])
        elif row.get("index") is None:
            errors[item] = Failure(row["error"], row.get("code", ""), row.get("values", {}))
        else:
            votes.setdefault(item, {})[row["index"]] = Vote.from_dict(row)
            errors.pop(item, None)
    return votes, errors, cuts


def writing_run() -> AbstractContextManager[None]:
    """Say in one sentence that what is written here to a run's folder cannot be: ``RecordFailure``."""
    return recording("The run's folder")


class VoteLog:
    """Appends votes to a run, each whole and at once; everything here raises ``RecordFailure`` where it cannot."""

    def __init__(self, folder: Path) -> None:
        with writing_run():
            self._log = RowLog(folder / "votes.jsonl")

    def append(self, item: str, vote: Vote) -> None:
        """Append a vote of ``item``."""
        with writing_run():
            self._log.append({"item": item, **vote.to_dict()})

    def append_error(self, item: str, failure: Failure) -> None:
        """Append that ``item`` cannot be judged, and why."""
        said = {"error": failure.message, "code": failure.code, "values": failure.values}
        with writing_run():
            self._log.append({"item": item, "index": None, **said})

    def append_cut(self, item: str, tokens: int) -> None:
        """Append that votes of ``item`` may think ``tokens`` tokens, fewer than were asked for."""
        with writing_run():
            self._log.append({"item": item, "index": None, "cut_to": tokens})

    def close(self) -> None:
        """Make everything durable and close."""
        with writing_run():
            self._log.close()
