"""What judging a round robin together saves: ``python -m tests.benchmarks.rank_speed [--votes N]``.

The 28 matches of the eight responses of ``assets/sample-responses.jsonl``, with the same votes, ranked as shared
batches and judged one after the other. The last line of output is one JSON object; the target is a ratio of at most
0.6. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rrm_ui.assembly import judge_model
from rrm_ui.engines.models.load import load_model
from rrm_ui.judge import JudgeModel, judge
from rrm_ui.machine import processor_name
from rrm_ui.ranking.events import RankingFinished, RankingSettings
from rrm_ui.ranking.matches import all_pairs
from rrm_ui.ranking.rows import read_rank_rows
from rrm_ui.ranking.tournament import rank
from rrm_ui.settings import get_settings
from rrm_ui.threads import call_in_thread
from rrm_ui.values import Comparison

SAMPLE = Path(__file__).parents[2] / "assets" / "sample-responses.jsonl"


class Bench:
    """One model and the responses to rank; both measurements start with an engine that knows no prompt."""

    def __init__(self, votes: int) -> None:
        self.loaded = call_in_thread(load_model, get_settings(), lambda _: None)  # as the judge is loaded
        self.entries = read_rank_rows(SAMPLE)[0][0].entries
        self.votes = votes

    @contextmanager
    def judging(self) -> Iterator[JudgeModel]:
        """Lend a judge whose engine's thread ends: threads that computed slow each other down while they live."""
        model = judge_model(self.loaded, get_settings())
        try:
            yield replace(model, defaults=replace(model.defaults, votes=self.votes, probe_every=0))
        finally:
            model.engine.stop()

    def together(self) -> tuple[float, int, int]:
        """Return the seconds, matches and tokens of the round robin."""
        with self.judging() as model:
            settings = RankingSettings("round-robin", replays=0, judge=model.defaults)
            started = time.perf_counter()
            *_, last = rank(self.entries, settings, model)
            seconds = time.perf_counter() - started
        assert isinstance(last, RankingFinished)
        results = last.ranking.results
        return seconds, len(results), sum(result.tokens for result in results)

    def one_after_the_other(self) -> float:
        """Return the seconds of judging each match alone."""
        with self.judging() as model:
            started = time.perf_counter()
            for first, second in all_pairs(len(self.entries.texts)):
                texts = self.entries.texts
                for _ in judge(Comparison(self.entries.query, texts[first], texts[second]), model.defaults, model):
                    pass
            return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--votes", type=int, default=2)
    bench = Bench(parser.parse_args().votes)
    together, matches, tokens = bench.together()
    print(f"together {together:.1f} s", flush=True)
    alone = bench.one_after_the_other()
    print(f"one after the other {alone:.1f} s", flush=True)
    print(
        json.dumps(
            {
                "machine": processor_name(),
                "model": bench.loaded.details.name,
                "quantization": bench.loaded.details.quantization,
                "matches": matches,
                "votes": bench.votes,
                "tokens": tokens,
                "seconds": {"together": round(together, 2), "one_by_one": round(alone, 2)},
                "together_over_one_by_one": round(together / alone, 3),
            }
        )
    )


if __name__ == "__main__":
    main()
