"""What a run over many comparisons costs: ``python -m tests.benchmarks.evaluation [--items N] [--data FILE]``.

The same comparisons three times, with the same votes: by the runner, which keeps the engine's batch full; by the
bare decode loop, fed as densely, which leaves out judging, threads and the record; and one comparison after the
other. One is judged before that is not counted. The last line of output is one JSON object. Nothing else should run on
the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rrm_ui.assembly import judge_model
from rrm_ui.engines.interface import EngineLoad, GenerationRequest, RowEvent, RowFinished
from rrm_ui.engines.local import DecodeLoop
from rrm_ui.engines.local.cuda.steps import graphed_steps
from rrm_ui.engines.local.job import Job
from rrm_ui.engines.models.load import load_model
from rrm_ui.evaluation.items import Item, sample_items
from rrm_ui.evaluation.runner import rows_in_flight, run_evaluation
from rrm_ui.evaluation.sources import load_items
from rrm_ui.judge import JudgeModel, judge
from rrm_ui.machine import processor_name
from rrm_ui.settings import get_settings
from rrm_ui.threads import call_in_thread

SAMPLE = Path(__file__).parents[2] / "assets" / "sample-comparisons.jsonl"


class RequestsOnly:
    """An engine that runs nothing and keeps what it was asked for."""

    def __init__(self) -> None:
        self.requests: list[GenerationRequest] = []

    def stream(self, request: GenerationRequest) -> Generator[list[RowEvent], None, None]:
        self.requests.append(request)
        yield []

    def load(self) -> EngineLoad:
        return EngineLoad(0, 0)

    def read_ahead(self, head: Sequence[int]) -> None:
        pass

    def widen(self) -> None:
        pass

    def stop(self) -> None:
        pass


class Bench:
    """One model and the comparisons to judge; every measurement starts with an engine that knows no prompt."""

    def __init__(self, data: str, count: int, votes: int, budget: int | None) -> None:
        self.loaded = call_in_thread(load_model, get_settings(), lambda _: None)  # as the judge is loaded
        self.settings = get_settings()
        item_set = load_items(data)
        self.item_set = replace(item_set, items=sample_items(item_set.items, count, seed=0))
        self.steps = graphed_steps(self.loaded.model) if self.settings.cuda_graphs else None
        defaults = self.model().defaults
        thinking = defaults.thinking_budget if budget is None else budget
        self.asked = replace(defaults, votes=votes, thinking_budget=thinking)

    @property
    def items(self) -> tuple[Item, ...]:
        return self.item_set.items

    def model(self) -> JudgeModel:
        """Return a judge with a fresh engine."""
        return judge_model(self.loaded, self.settings)

    @contextmanager
    def judging(self) -> Iterator[JudgeModel]:
        """Lend a judge whose engine's thread ends: threads that computed slow each other down while they live."""
        model = self.model()
        try:
            yield model
        finally:
            model.engine.stop()

    def runner(self) -> tuple[float, int]:
        """Return the seconds and the tokens of a run."""
        with self.judging() as model, tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            run = run_evaluation(self.item_set, self.asked, model, Path(folder))
            seconds = time.perf_counter() - started
        return seconds, sum(vote.thinking_tokens for judged in run.judged for vote in judged.votes)

    def one_after_the_other(self, most: int | None = None) -> float:
        """Return the seconds of judging each comparison alone, or the first ``most``."""
        with self.judging() as model:
            started = time.perf_counter()
            for item in self.items[:most]:
                for _ in judge(item.comparison, self.asked, model):
                    pass
            return time.perf_counter() - started

    def bare_loop(self) -> tuple[float, int]:
        """Return the seconds of the decode loop alone, and how many votes finished."""
        recorder = RequestsOnly()
        model = self.model()
        for item in self.items:
            for _ in judge(item.comparison, self.asked, replace(model, engine=recorder), watched=False):
                pass
        loop = DecodeLoop(
            self.loaded.model,
            model.prompts.tokenizer,
            max_batch_tokens=10**7,
            cached_prefix_tokens=self.settings.cached_prefix_tokens,
            steps=self.steps,
        )
        jobs = [Job(request) for request in recorder.requests]
        waiting = iter(jobs)
        rows = rows_in_flight(model.details.device)
        started = time.perf_counter()
        more = True
        while more:
            while loop.waiting_count == 0 and loop.row_count < rows and (job := next(waiting, None)) is not None:
                loop.add(job)
            more = loop.step()
        seconds = time.perf_counter() - started
        return seconds, sum(isinstance(event, RowFinished) for job in jobs for event in job.take(0)[0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=str(SAMPLE), help="a preference file (default: the sample comparisons)")
    parser.add_argument("--items", type=int, default=24)
    parser.add_argument("--votes", type=int, default=4)
    parser.add_argument("--budget", type=int, help="thinking tokens of a vote (default: the model's)")
    arguments = parser.parse_args()
    bench = Bench(arguments.data, arguments.items, arguments.votes, arguments.budget)
    bench.one_after_the_other(most=1)
    bare, finished = call_in_thread(bench.bare_loop)
    print(f"bare loop {bare:.1f} s, {finished} votes", flush=True)
    run, tokens = bench.runner()
    print(f"runner {run:.1f} s, {tokens} tokens", flush=True)
    alone = bench.one_after_the_other()
    print(f"one after the other {alone:.1f} s", flush=True)
    print(
        json.dumps(
            {
                "machine": processor_name(),
                "model": bench.loaded.details.name,
                "quantization": bench.loaded.details.quantization,
                "items": len(bench.items),
                "settings": {"votes": bench.asked.votes, "thinking_budget": bench.asked.thinking_budget},
                "seconds": {"runner": round(run, 2), "bare_loop": round(bare, 2), "one_by_one": round(alone, 2)},
                "runner_over_one_by_one": round(run / alone, 3),
                "overhead": round(run / bare - 1, 4),
                "tokens_per_second": round(tokens / run, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
