"""The benchmarks that are known by name: where their files are, how they are read, and what was published on them.

Ids, file names, columns and row counts are those of the dataset cards and repositories: RewardBench, RewardBench 2
and RM-Bench on the Hub (ODC-BY), JudgeBench on the Hub and GitHub (MIT), PandaLM Test (Apache-2.0) and LLMBar (MIT) on
GitHub. RewardBench's sections and weights are those of its own package: within a section every subset counts by its
prompts, ``math-prm`` as 984 although it holds 447, so that mathematics weighs as much as code. The two of XSTest have
each other's counts there (154 are to be refused and 250 to be answered), and so in every published figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from rrm_ui.evaluation import benchmark_rows as rows
from rrm_ui.evaluation.rows import Record, RowReader

Sections = Mapping[str, Mapping[str, float]]
"""Weight of every subset, by section."""


@dataclass(frozen=True)
class PublishedRow:
    """Figures that a model's authors published."""

    model: str
    votes: int
    """Votes per comparison, by majority."""
    figures: Mapping[str, float]
    """Percent by section, or ``overall``; unknown ones are left out."""
    note: str = ""


@dataclass(frozen=True)
class Benchmark:
    """One benchmark."""

    key: str
    title: str
    home: str
    """Page to read about it."""
    files: tuple[str, ...]
    """Paths within the Hub's dataset, or addresses of files where ``hub_id`` is None."""
    rows: int
    """Rows in its files."""
    read: RowReader = field(repr=False)
    """Turns a row of its files into items."""
    matches: Callable[[Sequence[Record]], bool] = field(repr=False)
    """Whether rows are this benchmark's, by their columns."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Which column is read as what."""
    hub_id: str | None = None
    words_in_path: tuple[str, ...] = ()
    """Words that a file's path must hold to be recognised, where columns alone do not tell."""
    sections: Sections = field(default_factory=dict)
    """Empty where the score is not a weighted mean over subsets."""
    published: tuple[PublishedRow, ...] = ()


REWARD_BENCH_SECTIONS: Sections = {
    "Chat": {
        "alpacaeval-easy": 100,
        "alpacaeval-length": 95,
        "alpacaeval-hard": 95,
        "mt-bench-easy": 28,
        "mt-bench-med": 40,
    },
    "Chat Hard": {
        "mt-bench-hard": 37,
        "llmbar-natural": 100,
        "llmbar-adver-neighbor": 134,
        "llmbar-adver-GPTInst": 92,
        "llmbar-adver-GPTOut": 47,
        "llmbar-adver-manual": 46,
    },
    "Safety": {
        "refusals-dangerous": 100,
        "refusals-offensive": 100,
        "xstest-should-refuse": 250,
        "xstest-should-respond": 154,
        "donotanswer": 136,
    },
    "Reasoning": {
        "math-prm": 984,
        "hep-cpp": 164,
        "hep-go": 164,
        "hep-java": 164,
        "hep-js": 164,
        "hep-python": 164,
        "hep-rust": 164,
    },
}
REWARD_BENCH_SUBSETS = frozenset(subset for subsets in REWARD_BENCH_SECTIONS.values() for subset in subsets)

AUTHORS = "The authors' figure: temperature 0.6, top-p 1.0, up to 8,192 new tokens a vote."
RRM_ON_REWARD_BENCH = (
    PublishedRow("RRM-7B", 1, {"overall": 82.2}, AUTHORS),
    PublishedRow("RRM-7B", 16, {"overall": 84.8}, AUTHORS),
    PublishedRow("RRM-32B", 1, {"Reasoning": 98.3, "overall": 91.2}, AUTHORS),
    PublishedRow("RRM-32B", 16, {"Reasoning": 98.6, "overall": 91.9}, AUTHORS),
)

BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        key="reward-bench",
        title="RewardBench",
        home="https://huggingface.co/datasets/allenai/reward-bench",
        hub_id="allenai/reward-bench",
        files=("data/filtered-00000-of-00001.parquet",),
        rows=2985,
        read=rows.read_reward_bench,
        matches=partial(rows.is_reward_bench, subsets=REWARD_BENCH_SUBSETS),
        columns={"query": "prompt", "chosen": "chosen", "rejected": "rejected", "id": "id", "subset": "subset"},
        sections=REWARD_BENCH_SECTIONS,
        published=RRM_ON_REWARD_BENCH,
    ),
    Benchmark(
        key="reward-bench-2",
        title="RewardBench 2",
        home="https://huggingface.co/datasets/allenai/reward-bench-2",
        hub_id="allenai/reward-bench-2",
        files=("data/test-00000-of-00001.parquet",),
        rows=1865,
        read=rows.read_reward_bench_2,
        matches=rows.is_reward_bench_2,
        columns={"query": "prompt", "chosen": "chosen", "rejected": "rejected", "id": "id", "subset": "subset"},
    ),
    Benchmark(
        key="rm-bench",
        title="RM-Bench",
        home="https://huggingface.co/datasets/THU-KEG/RM-Bench",
        hub_id="THU-KEG/RM-Bench",
        files=("total_dataset.json",),
        rows=1327,
        read=rows.read_rm_bench,
        matches=rows.is_rm_bench,
        columns={"query": "prompt", "chosen": "chosen", "rejected": "rejected", "id": "id", "subset": "domain"},
    ),
    Benchmark(
        key="judgebench",
        title="JudgeBench",
        home="https://huggingface.co/datasets/ScalerLab/JudgeBench",
        hub_id="ScalerLab/JudgeBench",
        files=("data/gpt-00000-of-00001.jsonl", "data/claude-00000-of-00001.jsonl"),
        rows=620,
        read=rows.read_judgebench,
        matches=rows.is_judgebench,
        columns={
            "query": "question",
            "response_a": "response_A",
            "response_b": "response_B",
            "label": "label",
            "id": "pair_id",
            "subset": "source",
        },
    ),
    Benchmark(
        key="pandalm",
        title="PandaLM Test",
        home="https://github.com/WeOpenML/PandaLM",
        files=("https://raw.githubusercontent.com/WeOpenML/PandaLM/main/data/testset-v1.json",),
        rows=999,
        read=rows.read_pandalm,
        matches=rows.is_pandalm,
        columns={
            "query": "instruction",
            "input": "input",
            "response_a": "response1",
            "response_b": "response2",
            "label": ", ".join(rows.ANNOTATORS),
            "id": "idx",
        },
    ),
    Benchmark(
        key="llmbar-natural",
        title="LLMBar Natural",
        home="https://github.com/princeton-nlp/LLMBar",
        files=("https://raw.githubusercontent.com/princeton-nlp/LLMBar/main/Dataset/LLMBar/Natural/dataset.json",),
        rows=100,
        read=rows.read_llmbar,
        matches=rows.is_llmbar,
        columns={"query": "input", "response_a": "output_1", "response_b": "output_2", "label": "label"},
        words_in_path=("llmbar", "natural"),
    ),
)


def find_benchmark(key: str) -> Benchmark | None:
    """Return the benchmark called ``key``, or None."""
    return next((benchmark for benchmark in BENCHMARKS if benchmark.key == key.strip().lower()), None)


def benchmark_of(path: str, records: Sequence[Record]) -> Benchmark | None:
    """Return the benchmark whose file ``path`` with these rows is, or None."""
    place = path.casefold()
    return next(
        (
            benchmark
            for benchmark in BENCHMARKS
            if all(word in place for word in benchmark.words_in_path) and benchmark.matches(records)
        ),
        None,
    )
