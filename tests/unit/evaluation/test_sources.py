"""What a person may name as data, with and without a network."""

from __future__ import annotations

import http.server
import io
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.benchmarks import find_benchmark
from rrm_ui.evaluation.fetching import DataUnavailable, NotFetched, choose_files, fetch_address
from rrm_ui.evaluation.sources import load_items
from tests.unit.engines.models.conftest import CLOSED_PORT, point_hub_at
from tests.unit.engines.models.fake_hub import COMMIT, FakeHub
from tests.unit.evaluation.fake_datasets import serving_datasets

SAMPLES = Path(__file__).parents[2] / "samples"
PAIRS = b'{"query": "q", "response_a": "4", "response_b": "5", "label": "A"}\n'

Serve = Callable[[FakeHub], FakeHub]


@pytest.fixture(autouse=True)
def no_network(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Hub is a closed port, its cache is empty, and so is the folder of other files."""
    point_hub_at(CLOSED_PORT, monkeypatch)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(data_dir / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Put a fake Hub where the client looks for the real one."""
    with ExitStack() as stack:

        def start(hub: FakeHub) -> FakeHub:
            stack.enter_context(serving_datasets(hub))
            point_hub_at(hub.url, monkeypatch)
            return hub

        yield start


def unavailable(data: str, offline: bool | None = None, seconds: float = 2.0) -> str:
    with pytest.raises(DataUnavailable) as caught:
        load_items(data, hub_timeout=seconds, offline=offline)
    return caught.value.message


def told_on_a_page(data: str) -> tuple[object, ...]:
    with pytest.raises(DataUnavailable) as caught:
        load_items(data, offline=True)
    failure = caught.value.failure
    return (failure.code, *(failure.values[name] for name in ("reason_code", "files", "target")))


def reward_bench() -> FakeHub:
    content = (SAMPLES / "reward-bench.parquet").read_bytes()
    return FakeHub({"allenai/reward-bench": {"README.md": b"", "data/filtered-00000-of-00001.parquet": content}})


# Files and names


def test_a_file_wins_over_a_benchmark_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pandalm").mkdir()
    assert "PandaLM Test is not on this machine" in unavailable("pandalm", offline=True)
    (tmp_path / "pandalm").rmdir()
    (tmp_path / "pandalm").write_bytes(PAIRS)
    with pytest.raises(BadInput, match="pandalm is of a kind that cannot be read"):
        load_items("pandalm")


def test_names_of_nothing_say_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"There is no file data/none\.jsonl; check the path\."):
        load_items("data/none.jsonl")
    with pytest.raises(BadInput, match=r"'none' is neither a file, nor a benchmark \(reward-bench, .*owner/name"):
        load_items("none")
    with pytest.raises(BadInput, match="neither a file"):
        load_items("../above\0")
    with pytest.raises(BadInput, match="is a folder"):
        load_items(str(tmp_path))


def test_named_columns_read_a_benchmark_as_any_other_file() -> None:
    found = load_items(str(SAMPLES / "reward-bench.jsonl"), columns={"chosen": "rejected", "rejected": "chosen"})
    assert found.benchmark is None
    first = found.items[0]
    assert (first.response_a if first.label == "A" else first.response_b) == "A blueberry."


def test_label_values_reach_the_labels(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(PAIRS.replace(b'"A"', b"0"))
    assert load_items(str(path), label_values={"0": "B"}).items[0].label == "B"


# The Hub


def test_a_benchmark_comes_from_the_hub_and_then_from_its_cache(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = serve(reward_bench())
    found = load_items("reward-bench")
    assert (found.name, found.benchmark, len(found.items)) == ("RewardBench", "reward-bench", 6)
    assert found.source == f"allenai/reward-bench@{COMMIT}"
    assert hub.downloads == ["data/filtered-00000-of-00001.parquet"]
    again = load_items("allenai/reward-bench", offline=True)
    assert (again.digest, again.source, again.benchmark) == (found.digest, found.source, found.benchmark)
    point_hub_at(CLOSED_PORT, monkeypatch)
    assert load_items("reward-bench").digest == found.digest


def test_several_files_of_a_benchmark_are_read_as_one(serve: Serve) -> None:
    lines = (SAMPLES / "judgebench.jsonl").read_bytes().splitlines(keepends=True)
    files = {
        "data/gpt-00000-of-00001.jsonl": lines[0] + b"[]\n",
        "data/claude-00000-of-00001.jsonl": b"".join(lines[1:]),
    }
    serve(FakeHub({"ScalerLab/JudgeBench": files}))
    found = load_items("judgebench")
    assert len(found.items) == 3
    assert [row.line for row in found.broken] == [2]


def test_any_dataset_by_id_revision_and_file(serve: Serve) -> None:
    files = {"train.jsonl": PAIRS * 2, "data/test-00000-of-00001.jsonl": PAIRS, "README.md": b"text"}
    serve(FakeHub({"someone/pairs": files}))
    found = load_items("someone/pairs")
    assert (found.name, found.source) == ("someone/pairs", f"someone/pairs@{COMMIT}:data/test-00000-of-00001.jsonl")
    assert len(found.items) == 1
    assert len(load_items("someone/pairs@main:train.jsonl").items) == 2
    assert len(load_items("https://huggingface.co/datasets/someone/pairs").items) == 1
    assert len(load_items("someone/pairs", offline=True).items) == 1
    assert "has no file none.csv; it has train.jsonl, data/test-00000-of-00001.jsonl." in unavailable(
        "someone/pairs:none.csv"
    )


def test_several_files_that_would_do_are_listed() -> None:
    with pytest.raises(
        DataUnavailable, match=r"name one, for example o/n:a/test\.csv \(it has a/test\.csv, b/test\.csv\)"
    ):
        choose_files("o/n", ["a/test.csv", "b/test.csv", "c/train.csv"])
    with pytest.raises(DataUnavailable, match="no file that can be read"):
        choose_files("o/n", ["README.md", ".gitattributes", ".hidden.json"])


def test_the_best_split_is_chosen_with_all_its_parts() -> None:
    def chosen(*files: str) -> tuple[str, ...]:
        return choose_files("o/n", files)

    assert chosen("data/train-00000-of-00001.parquet", "data/filtered-00000-of-00001.parquet", "test.csv") == (
        "data/filtered-00000-of-00001.parquet",
    )
    assert chosen("train.jsonl", "latest.jsonl", "dev.jsonl") == ("dev.jsonl",)
    assert chosen("x/test-00001-of-00002.parquet", "x/test-00000-of-00002.parquet") == (
        "x/test-00000-of-00002.parquet",
        "x/test-00001-of-00002.parquet",
    )
    assert chosen("only.json", "README.md") == ("only.json",)


def test_wrong_and_gated_datasets_say_so(serve: Serve) -> None:
    serve(FakeHub({"someone/closed": {"test.jsonl": PAIRS}}, gated={"someone/closed"}))
    assert "There is no dataset someone/none on the Hub" in unavailable("someone/none")
    assert "is gated; accept its terms" in unavailable("someone/closed")
    assert "is no id of a Hub dataset" in unavailable("someone/a--b")


# Without a network


def test_a_missing_benchmark_says_which_file_to_put_where() -> None:
    assert unavailable("reward-bench") == (
        "RewardBench is not on this machine and the Hub cannot be reached; fetch data/filtered-00000-of-00001.parquet "
        "of the dataset allenai/reward-bench elsewhere (https://huggingface.co/datasets/allenai/reward-bench), put it "
        "here as reward-bench.parquet, and run: python -m rrm_ui evaluate reward-bench.parquet"
    )
    assert "the Hub is switched off (HF_HUB_OFFLINE)" in unavailable("rm-bench", offline=True)
    assert told_on_a_page("rm-bench") == ("benchmark_missing", "hub_off", "total_dataset.json", "rm-bench.json")
    files = "data/gpt-00000-of-00001.jsonl, data/claude-00000-of-00001.jsonl"
    assert told_on_a_page("judgebench") == ("benchmark_missing", "hub_off", files, "gpt-00000-of-00001.jsonl")
    code, why, _, target = told_on_a_page("llmbar-natural")  # its columns alone do not tell it
    assert (code, why, target) == ("benchmark_missing_named", "network_off", "llmbar-natural.json")
    assert "put them here, and run: python -m rrm_ui evaluate gpt-00000-of-00001.jsonl" in unavailable("judgebench")


def test_a_missing_dataset_says_which_file_to_put_where() -> None:
    assert unavailable("someone/pairs:data/x.csv") == (
        "data/x.csv of the dataset someone/pairs is not on this machine and the Hub cannot be reached; fetch it "
        "elsewhere (https://huggingface.co/datasets/someone/pairs), put it here, and run: python -m rrm_ui evaluate "
        "x.csv"
    )
    assert "The dataset someone/pairs is not on this machine" in unavailable("someone/pairs", offline=True)


def test_the_environment_switches_the_network_off(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = serve(reward_bench())
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "the Hub is switched off" in unavailable("reward-bench")
    assert hub.downloads == []


def test_a_slow_hub_is_given_up(serve: Serve) -> None:
    hub = reward_bench()
    hub.delay = 2.0
    serve(hub)
    assert "the Hub did not answer within 0.2 s" in unavailable("reward-bench", seconds=0.2)


# Files that are not on the Hub


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A folder on a local port, with PandaLM's sample and a page."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "testset-v1.json").write_bytes((SAMPLES / "pandalm.json").read_bytes())
    (tmp_path / "web" / "page.json").write_text("<html>Log in first</html>")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(tmp_path / "web"))

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_file_of_the_web_is_fetched_once_and_kept(web: str, tmp_path: Path) -> None:
    address = f"{web}/testset-v1.json"
    path = fetch_address(address, tmp_path / "kept", 2.0, offline=False)
    assert path.read_bytes() == (SAMPLES / "pandalm.json").read_bytes()
    (tmp_path / "web" / "testset-v1.json").unlink()
    assert fetch_address(address, tmp_path / "kept", 2.0, offline=True) == path
    with pytest.raises(NotFetched, match=r"127\.0\.0\.1:\d+ answered with status 404"):
        fetch_address(address, tmp_path / "other", 2.0, offline=False)


def test_a_page_in_place_of_the_file_is_not_kept(web: str, tmp_path: Path) -> None:
    with pytest.raises(NotFetched, match="answered with something else"):
        fetch_address(f"{web}/page.json", tmp_path / "kept", 2.0, offline=False)
    assert not (tmp_path / "kept").exists()


def test_a_benchmark_of_the_web_is_read_from_where_it_is_kept(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = data_dir / "benchmarks" / "pandalm"
    folder.mkdir(parents=True)
    (folder / "testset-v1.json").write_bytes((SAMPLES / "pandalm.json").read_bytes())

    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    found = load_items("pandalm")
    benchmark = find_benchmark("pandalm")
    assert benchmark is not None
    assert (found.benchmark, len(found.items), found.source) == ("pandalm", 5, benchmark.files[0])


def test_a_benchmark_of_the_web_that_cannot_be_reached_says_what_to_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    message = unavailable("llmbar-natural")
    assert "raw.githubusercontent.com cannot be reached; fetch https://raw.githubusercontent.com/" in message
    assert message.endswith(
        "put it here as llmbar-natural.json, and run: python -m rrm_ui evaluate llmbar-natural.json"
    )


def test_an_answer_that_breaks_off_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cut(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise IncompleteRead(b"[", 99)

    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: Cut())
    with pytest.raises(NotFetched, match="cannot be reached"):
        fetch_address("https://data.example/rows.json", tmp_path, 2.0, offline=False)
    assert list(tmp_path.iterdir()) == []
