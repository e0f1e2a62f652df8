"""The known benchmarks: their tables, and their rows into items."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from rrm_ui.evaluation.benchmarks import BENCHMARKS, benchmark_of, find_benchmark
from rrm_ui.evaluation.items import BrokenRow, Item
from rrm_ui.evaluation.reading import read_rows
from rrm_ui.evaluation.rows import EMPTY_RESPONSE, RowError, is_blank
from rrm_ui.evaluation.sources import load_items

SAMPLES = Path(__file__).parents[2] / "samples"


def read(key: str, row: Mapping[str, object]) -> list[Item]:
    benchmark = find_benchmark(key)
    assert benchmark is not None
    return list(benchmark.read(1, row))


def better(item: Item) -> str:
    return item.response_a if item.label == "A" else item.response_b


def worse(item: Item) -> str:
    return item.response_b if item.label == "A" else item.response_a


def test_benchmarks_are_found_by_their_keys() -> None:
    assert [find_benchmark(benchmark.key) for benchmark in BENCHMARKS] == list(BENCHMARKS)
    assert find_benchmark(" Reward-Bench ") is BENCHMARKS[0]
    assert find_benchmark("none") is None


def test_reward_bench_has_the_sections_and_weights_of_its_package() -> None:
    benchmark = find_benchmark("reward-bench")
    assert benchmark is not None
    weights = {name: sum(subsets.values()) for name, subsets in benchmark.sections.items()}
    assert weights == {"Chat": 358, "Chat Hard": 456, "Safety": 740, "Reasoning": 984 + 6 * 164}
    prompts = {**{k: v for s in benchmark.sections.values() for k, v in s.items()}, "math-prm": 447}
    assert len(prompts) == 23
    assert sum(prompts.values()) == benchmark.rows == 2985


def test_published_rows_are_those_of_the_two_released_models() -> None:
    assert [(row.model, row.votes, dict(row.figures)) for one in BENCHMARKS for row in one.published] == [
        ("RRM-7B", 1, {"overall": 82.2}),
        ("RRM-7B", 16, {"overall": 84.8}),
        ("RRM-32B", 1, {"Reasoning": 98.3, "overall": 91.2}),
        ("RRM-32B", 16, {"Reasoning": 98.6, "overall": 91.9}),
    ]


@pytest.mark.parametrize(
    ("file", "key", "items", "broken"),
    [
        ("reward-bench.parquet", "reward-bench", 6, 0),
        ("reward-bench.jsonl", "reward-bench", 6, 0),
        ("reward-bench-2.jsonl", "reward-bench-2", 6, 1),
        ("rm-bench.json", "rm-bench", 18, 0),
        ("judgebench.jsonl", "judgebench", 3, 0),
        ("pandalm.json", "pandalm", 5, 0),
        ("llmbar-natural.json", "llmbar-natural", 3, 0),
        ("spreadsheet.csv", None, 4, 0),
        ("trl-conversations.jsonl", None, 4, 0),
    ],
)
def test_files_of_benchmarks_are_recognised_by_what_they_hold(
    file: str, key: str | None, items: int, broken: int
) -> None:
    found = load_items(str(SAMPLES / file))
    assert (found.benchmark, len(found.items), len(found.broken)) == (key, items, broken)
    assert found.source == file
    assert found.columns


def test_a_file_is_recognised_whatever_its_name_but_llmbar_by_its_name_too(tmp_path: Path) -> None:
    for file, name, key in (
        ("pandalm.json", "mine.json", "pandalm"),
        ("reward-bench.jsonl", "x.jsonl", "reward-bench"),
        ("llmbar-natural.json", "mine.json", None),
    ):
        (tmp_path / name).write_bytes((SAMPLES / file).read_bytes())
        assert load_items(str(tmp_path / name)).benchmark == key


@pytest.mark.parametrize("file", ["pandalm.json", "llmbar-natural.json"])
def test_a_table_of_texts_says_the_same(file: str, tmp_path: Path) -> None:
    rows = [dict(row) for _, row in read_rows(SAMPLES / file) if not isinstance(row, BrokenRow)]
    table = tmp_path / file.replace("json", "csv")
    with table.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, fieldnames=[*rows[0]])
        writer.writeheader()
        writer.writerows({name: "" if is_blank(value) else value for name, value in row.items()} for row in rows)
    found, wanted = load_items(str(table)), load_items(str(SAMPLES / file))
    assert (found.benchmark, found.items) == (wanted.benchmark, wanted.items)


def test_rows_with_other_subsets_are_not_reward_bench() -> None:
    row = {"prompt": "q", "chosen": "a", "rejected": "b", "subset": "my-subset"}
    assert benchmark_of("x.jsonl", [row]) is None
    assert benchmark_of("x.jsonl", [{**row, "subset": "math-prm"}]) is BENCHMARKS[0]
    assert benchmark_of("x.jsonl", []) is None


def test_reward_bench_is_the_same_from_both_formats() -> None:
    parquet, jsonl = (load_items(str(SAMPLES / f"reward-bench.{kind}")) for kind in ("parquet", "jsonl"))
    assert parquet.digest == jsonl.digest
    first = parquet.items[0]
    assert (first.id, first.subset, better(first), worse(first)) == (
        "alpacaeval-easy/31",
        "alpacaeval-easy",
        "A banana.",
        "A blueberry.",
    )


def test_reward_bench_2_becomes_pairs_and_leaves_ties_out() -> None:
    found = load_items(str(SAMPLES / "reward-bench-2.jsonl"))
    assert [item.id for item in found.items] == ["0/0-0", "0/0-1", "0/0-2", "1/0-0", "1/0-1", "1/0-2"]
    assert Counter(item.group for item in found.items) == {"0": 3, "1": 3}
    assert {better(item) for item in found.items} == {"The Mediterranean Sea.", "lima"}
    assert [row.reason for row in found.broken] == [
        "left out: Ties is scored by margins among several right answers, not by pairs"
    ]


def test_rm_bench_becomes_nine_pairs_of_which_the_plain_against_the_rich_are_hard() -> None:
    found = load_items(str(SAMPLES / "rm-bench.json"))
    rows = [row for _, row in read_rows(SAMPLES / "rm-bench.json")]
    chat = [item for item in found.items if item.group == "chat/1"]
    assert Counter(item.subset for item in chat) == {"chat/easy": 3, "chat/normal": 3, "chat/hard": 3}
    first = rows[0]
    assert isinstance(first, dict)
    chosen, rejected = first["chosen"], first["rejected"]
    assert isinstance(chosen, list)
    assert isinstance(rejected, list)
    for item in chat:
        style, other = chosen.index(better(item)), rejected.index(worse(item))
        assert item.subset == f"chat/{'hard' if style < other else 'easy' if style > other else 'normal'}"
        assert item.id == f"chat/1/{style}-{other}"


def test_judgebench_keeps_order_id_and_source() -> None:
    items = load_items(str(SAMPLES / "judgebench.jsonl")).items
    assert [(item.id[-1], item.label, item.subset) for item in items] == [
        ("1", "A", "mmlu-pro-physics"),
        ("2", "B", "livebench-math"),
        ("3", "B", "mmlu-pro-history"),
    ]
    assert items[0].response_a.endswith("BBBBB")


def test_pandalm_takes_the_majority_of_three() -> None:
    items = load_items(str(SAMPLES / "pandalm.json")).items
    assert [(item.id, item.label, item.annotations) for item in items] == [
        ("0", "A", ("A", "A", "A")),
        ("1", "B", ("B", "B", "tie")),
        ("2", "tie", ("tie", "tie", "A")),
        ("3", "A", ("A", "A", "B")),
        ("4", None, ("tie", "A", "B")),
    ]
    assert items[0].query == "Make the sentence shorter.\n\nAt this point in time we are not able to come."
    assert items[1].query == "Name a large river."


def test_benchmarks_keep_their_empty_responses_and_those_that_became_true() -> None:
    item = load_items(str(SAMPLES / "pandalm.json")).items[3]
    assert (item.response_a, item.response_b) == ("True", EMPTY_RESPONSE)
    (pair,) = read("reward-bench", {"prompt": "q", "chosen": "yes", "rejected": "", "subset": "donotanswer", "id": 1})
    assert worse(pair) == EMPTY_RESPONSE


def test_an_instruction_of_pandalm_may_be_blank_beside_its_input() -> None:
    row = {"idx": 1, "instruction": " ", "input": "Truth", "response1": "a", "response2": "b"}
    votes = {"annotator1": 1, "annotator2": 1, "annotator3": 1}
    assert read("pandalm", {**row, **votes})[0].query == "Truth"
    with pytest.raises(RowError, match="'instruction' is empty"):
        read("pandalm", {**row, **votes, "input": None})


@pytest.mark.parametrize(
    ("key", "row", "reason"),
    [
        (
            "llmbar-natural",
            {"input": "q", "output_1": "a", "output_2": "b", "label": 3},
            "'label' is '3', not one of 1, 2, 0",
        ),
        ("llmbar-natural", {"input": "q", "output_1": "a", "output_2": "b"}, "'label' is 'None'"),
        (
            "judgebench",
            {"question": "q", "response_A": "a", "response_B": "b", "label": ["A>B"]},
            "not one of A>B, B>A",
        ),
        ("rm-bench", {"prompt": "q", "chosen": "a", "rejected": ["b"]}, "'chosen' is not a list of texts"),
        ("reward-bench-2", {"prompt": "q", "chosen": [], "rejected": ["b"]}, "'chosen' is not a list of texts"),
        ("reward-bench", {"prompt": "", "chosen": "a", "rejected": "b"}, "'prompt' is empty"),
    ],
)
def test_a_row_that_is_not_as_the_benchmark_has_it_says_why(key: str, row: dict[str, object], reason: str) -> None:
    with pytest.raises(RowError, match=reason):
        read(key, row)
