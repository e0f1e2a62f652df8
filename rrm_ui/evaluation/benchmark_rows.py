"""Rows of the known benchmarks into items, and how each benchmark's rows are told from others.

Column names are those of the published files: RewardBench ``prompt, chosen, rejected, subset, id`` (texts);
RewardBench 2 the same with lists of texts; RM-Bench ``id, prompt, chosen, rejected, domain`` with three styles each,
plainest first; JudgeBench ``pair_id, source, question, response_A, response_B, label`` (``A>B``); PandaLM Test
``idx, instruction, input, response1, response2, annotator1…3`` (1, 2, 0 for similar; ``input`` may be NaN); LLMBar
``input, output_1, output_2, label`` (1 or 2).

Benchmarks hold responses that are empty, and PandaLM Test some that became ``true`` on their way. They belong to the
score, so they are kept: the judge, which needs a text, reads ``EMPTY_RESPONSE``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence

from rrm_ui.evaluation.items import Item, Label
from rrm_ui.evaluation.labels import simplified
from rrm_ui.evaluation.rows import (
    EMPTY_RESPONSE,
    Record,
    RowError,
    checked_text,
    is_blank,
    place,
    row_id,
    row_label,
)

ANNOTATORS = ("annotator1", "annotator2", "annotator3")
NUMBERED: dict[object, Label] = {1: "A", 2: "B", 0: "tie"}
COMPARED: dict[object, Label] = {"A>B": "A", "B>A": "B", "A=B": "tie"}
STYLES = 3
"""RM-Bench: concise, detailed, detailed with Markdown."""

REWARD_BENCH_2_SUBSETS = {"Factuality", "Precise IF", "Math", "Safety", "Focus", "Ties"}


def read_reward_bench(number: int, row: Record) -> list[Item]:
    """Return the comparison of a RewardBench row; its id is told apart by its subset."""
    query = checked_text(row.get("prompt"), "prompt")
    chosen, rejected = (_response(row.get(name), name) for name in ("chosen", "rejected"))
    subset = row_label(row.get("subset"), "subset")
    return [Item(f"{subset}/{row_id(row.get('id'), number)}", query, *place(query, chosen, rejected), subset)]


def read_reward_bench_2(number: int, row: Record) -> list[Item]:
    """Return every pair of a chosen and a rejected response of a RewardBench 2 row; rows of Ties hold none."""
    subset = row_label(row.get("subset"), "subset")
    if subset == "Ties":
        raise RowError("row_ties")
    return _pairs(row, row_id(row.get("id"), number), lambda *_: subset)


def read_rm_bench(number: int, row: Record) -> list[Item]:
    """Return the nine pairs of an RM-Bench row: hard where the chosen response has the plainer style."""
    domain = row_label(row.get("domain"), "domain")

    def subset(chosen: int, rejected: int) -> str:
        return f"{domain}/{'hard' if chosen < rejected else 'easy' if chosen > rejected else 'normal'}"

    return _pairs(row, row_id(row.get("id"), number), subset)


def read_judgebench(number: int, row: Record) -> list[Item]:
    """Return the comparison of a JudgeBench row."""
    query = checked_text(row.get("question"), "question")
    a, b = (_response(row.get(name), name) for name in ("response_A", "response_B"))
    label = _label(row.get("label"), COMPARED, "label")
    return [Item(row_id(row.get("pair_id"), number), query, a, b, label, row_label(row.get("source"), "source"))]


def read_pandalm(number: int, row: Record) -> list[Item]:
    """Return the comparison of a PandaLM row, its label the majority of three people; None if all three differ."""
    parts = [checked_text(row.get(name), name) for name in ("instruction", "input") if not is_blank(row.get(name))]
    query = checked_text("\n\n".join(parts), "instruction")
    a, b = (_response(row.get(name), name) for name in ("response1", "response2"))
    annotations = tuple(_label(row.get(name), NUMBERED, name) for name in ANNOTATORS)
    (label, votes), *_ = Counter(annotations).most_common(1)
    majority = label if votes > 1 else None
    return [Item(row_id(row.get("idx"), number), query, a, b, majority, annotations=annotations)]


def read_llmbar(number: int, row: Record) -> list[Item]:
    """Return the comparison of an LLMBar row."""
    query = checked_text(row.get("input"), "input")
    a, b = (_response(row.get(name), name) for name in ("output_1", "output_2"))
    return [Item(str(number), query, a, b, _label(row.get("label"), NUMBERED, "label"))]


def is_reward_bench(rows: Sequence[Record], subsets: Collection[str]) -> bool:
    """Return whether ``rows`` are RewardBench's, whose subsets are ``subsets``."""
    return _have(rows, "prompt", "chosen", "rejected", "subset") and all(
        isinstance(row.get("chosen"), str) and row.get("subset") in subsets for row in rows
    )


def is_reward_bench_2(rows: Sequence[Record]) -> bool:
    """Return whether ``rows`` are RewardBench 2's."""
    return _have(rows, "prompt", "chosen", "rejected", "subset") and all(
        isinstance(row.get("chosen"), list) and row.get("subset") in REWARD_BENCH_2_SUBSETS for row in rows
    )


def is_rm_bench(rows: Sequence[Record]) -> bool:
    """Return whether ``rows`` are RM-Bench's."""
    return _have(rows, "prompt", "chosen", "rejected", "domain") and all(
        _has_styles(row.get("chosen")) and _has_styles(row.get("rejected")) for row in rows
    )


def is_judgebench(rows: Sequence[Record]) -> bool:
    """Return whether ``rows`` are JudgeBench's."""
    return _have(rows, "pair_id", "source", "question", "response_A", "response_B", "label")


def is_pandalm(rows: Sequence[Record]) -> bool:
    """Return whether ``rows`` are PandaLM Test's."""
    return _have(rows, "instruction", "response1", "response2", *ANNOTATORS)


def is_llmbar(rows: Sequence[Record]) -> bool:
    """Return whether ``rows`` look like LLMBar's; others write the same columns."""
    return _have(rows, "input", "output_1", "output_2", "label")


def _pairs(row: Record, group: str, subset: Callable[[int, int], str]) -> list[Item]:
    """Return an item for every chosen response against every rejected one, named by their places in the lists."""
    query = checked_text(row.get("prompt"), "prompt")
    return [
        Item(f"{group}/{i}-{j}", query, *place(query, chosen, rejected), subset(i, j), group)
        for i, chosen in enumerate(_texts(row, "chosen"))
        for j, rejected in enumerate(_texts(row, "rejected"))
    ]


def _texts(row: Record, column: str) -> list[str]:
    value = row.get(column)
    if not isinstance(value, list) or not value:
        raise RowError("row_not_texts", column=repr(column))
    return [_response(text, column) for text in value]


def _response(value: object, column: str) -> str:
    if is_blank(value):
        return EMPTY_RESPONSE
    return checked_text(str(value) if isinstance(value, bool | int | float) else value, column)


def _have(rows: Sequence[Record], *columns: str) -> bool:
    return bool(rows) and all(column in row for row in rows for column in columns)


def _has_styles(value: object) -> bool:
    return isinstance(value, list) and len(value) == STYLES and all(isinstance(text, str) for text in value)


def _label(value: object, meanings: dict[object, Label], column: str) -> Label:
    number = simplified(value) if isinstance(value, str | float) else ""
    if number.isdecimal():
        value = int(number)  # a text, as in CSV files, or 1.0 where the column has a gap
    if not isinstance(value, str | int) or value not in meanings:
        allowed = ", ".join(map(str, meanings))
        raise RowError("row_value", column=repr(column), value=repr(str(value)[:40]), allowed=allowed)
    return meanings[value]
