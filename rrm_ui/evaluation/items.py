"""Labelled comparisons: what a judge is measured on, whatever file they came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from rrm_ui.errors import Failure
from rrm_ui.values import Comparison

Label = Literal["A", "B", "tie"]


@dataclass(frozen=True)
class Item:
    """One comparison and what people said about it."""

    id: str
    """Unique within its set."""
    query: str
    response_a: str
    response_b: str
    label: Label | None = None
    """The response that people prefer; None if nobody said."""
    subset: str = ""
    group: str = ""
    """Items of one prompt share a group."""
    annotations: tuple[Label, ...] = ()
    """What each of several people said, where the data has it; ``label`` is their majority."""
    digest: str = ""
    """Hash of the three texts; filled in here unless the texts were left out of a record."""
    characters: tuple[int, int, int] = (0, 0, 0)
    """Lengths of query, response A and response B; filled in likewise."""

    def __post_init__(self) -> None:
        if not self.digest:
            texts = (self.query, self.response_a, self.response_b)
            object.__setattr__(self, "digest", digest_of_texts(*texts))
            object.__setattr__(self, "characters", tuple(map(len, texts)))

    @property
    def has_texts(self) -> bool:
        """Whether the texts are here; a record may leave them out for their licence."""
        return bool(self.query)

    @property
    def digests(self) -> tuple[str, ...]:
        """The digest, and where the texts are here that of the same comparison with A and B swapped."""
        swapped = (digest_of_texts(self.query, self.response_b, self.response_a),) if self.has_texts else ()
        return (self.digest, *swapped)

    @property
    def comparison(self) -> Comparison:
        """What is given to the judge."""
        return Comparison(self.query, self.response_a, self.response_b)

    def to_dict(self, *, texts: bool = True) -> dict[str, Any]:
        """Return the item as a row of ``items.jsonl``, with or without its texts."""
        row = asdict(self)
        if not texts:
            row |= {"query": "", "response_a": "", "response_b": ""}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Item:
        """Return the item of a row that ``to_dict`` made."""
        return cls(**{**row, "annotations": tuple(row["annotations"]), "characters": tuple(row["characters"])})


def digest_of_texts(*texts: str) -> str:
    """Return a hash of ``texts``, in order."""
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class BrokenRow:
    """A row of a file that holds no comparison, and why."""

    line: int
    """Line or row number as an editor or spreadsheet counts it, from 1."""
    why: Failure

    @property
    def reason(self) -> str:
        """Why, in English: a clause without a full stop."""
        return self.why.message

    def to_dict(self) -> dict[str, Any]:
        """Return the line, the reason, and what to word the reason by."""
        return {"line": self.line, "reason": self.reason, "code": self.why.code, "values": dict(self.why.values)}

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> BrokenRow:
        """Return the row that ``to_dict`` made; older records hold the reason alone."""
        return cls(row["line"], Failure(row["reason"], row.get("code", ""), row.get("values", {})))


@dataclass(frozen=True)
class ItemSet:
    """The items of one source, and the rows that could not be used."""

    name: str
    """What a reader calls it: a benchmark's name or the file's."""
    items: tuple[Item, ...]
    broken: tuple[BrokenRow, ...] = ()
    benchmark: str | None = None
    """Key of the benchmark (``rrm_ui.evaluation.benchmarks``) whose scores and published rows apply."""
    source: str = ""
    """File name, or Hub id with its revision."""
    columns: dict[str, str] = field(default_factory=dict)
    """Which column of the source was read as what, for the reader to check."""

    @property
    def digest(self) -> str:
        """Hash of every item's texts and label, in order: two runs compare only if it agrees."""
        return digest_of(self.items)


def digest_of(items: Iterable[Item]) -> str:
    """Return the hash of ``items``: their ids, texts (by their hashes) and labels, in order."""
    rows = [(item.id, item.digest, item.label, item.subset) for item in items]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def sample_items(items: Iterable[Item], limit: int | None, seed: int) -> tuple[Item, ...]:
    """Return ``limit`` of ``items`` (all without one) in an order drawn by hashes of ``seed`` and each item.

    A smaller sample is the beginning of a larger one, and a run that is cut short holds a fair sample.
    """

    def rank(item: Item) -> bytes:
        return hashlib.sha256(f"{seed}:{item.id}:{item.digest}".encode()).digest()

    return tuple(sorted(items, key=rank)[:limit])
