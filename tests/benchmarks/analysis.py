"""What a large run's figures cost to compute: ``python -m tests.benchmarks.analysis``.

A made-up run of 3,000 comparisons, 16 votes and 129 budgets; curves by every scoring rule, then everything. The last
line of output is one JSON object, in seconds.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from functools import partial

from rrm_ui.evaluation.analysis import find
from rrm_ui.evaluation.analysis.counted import count_run
from rrm_ui.evaluation.analysis.curves import curves
from rrm_ui.evaluation.findings import SCORINGS
from tests.unit.evaluation.made_runs import RunShape, made_run

SHAPE = RunShape(items=3000, votes=16, budget=8192, probe_every=64)


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    started = time.perf_counter()
    work()
    return round(time.perf_counter() - started, 2)


def main() -> None:
    """Measure and print."""
    run = made_run(0, SHAPE)
    counted = count_run(run)
    figures = {scoring: seconds(partial(curves, counted, run.spec.settings, scoring)) for scoring in SCORINGS}
    row = {
        "items": SHAPE.items,
        "votes": SHAPE.votes,
        "budgets": SHAPE.budget // SHAPE.probe_every + 1,
        "curves": figures,
        "find": seconds(lambda: find(run)),
        "processor": platform.processor() or platform.machine(),
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
