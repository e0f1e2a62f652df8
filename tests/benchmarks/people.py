"""Several people at one engine: ``python -m tests.benchmarks.people --model embedded``.

Two people with four votes each, at once and one after the other, and ten people with two votes each at once: who gets
the first token when. Each measurement starts with an engine that knows no prompt, and the same votes are cast to the
token. The last line of output is one JSON object. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rrm_ui.events import AnswerText, JudgmentFinished, ThinkingText, VerdictProbability, Waiting
from rrm_ui.judge import JudgeModel, judge
from rrm_ui.machine import processor_name
from rrm_ui.values import Comparison, JudgeSettings
from tests.benchmarks.judges import Judges, add_model_argument, judges_of, judging, short

COMPARISONS = [
    Comparison(
        f"A shop sells pencils in boxes of {12 + number}. How many pencils are in {3 + number} boxes, and how many are "
        "left after nine children took two each?",
        f"There are {(12 + number) * (3 + number)} pencils, and {(12 + number) * (3 + number) - 18} are left.",
        f"There are {15 + 2 * number} pencils, because boxes and pencils are added, and 6 are left.",
    )
    for number in range(10)
]


@dataclass
class Visit:
    """What one person met, in seconds from the first person's start."""

    first_token: float = 0.0
    finished: float = 0.0
    votes: int = 0
    told_wait: float | None = None
    """The longest wait that the person was told."""


def visit(model: JudgeModel, number: int, settings: JudgeSettings, started: float, met: Visit) -> None:
    """Judge the comparison of one person and note what it meets."""
    for event in judge(COMPARISONS[number], settings, model, person=f"person {number}"):
        now = time.perf_counter() - started
        if isinstance(event, Waiting) and event.seconds is not None:
            met.told_wait = max(event.seconds, met.told_wait or 0.0)
        elif isinstance(event, (ThinkingText, AnswerText, VerdictProbability)):
            met.first_token = met.first_token or now
        elif isinstance(event, JudgmentFinished):
            met.finished = now
            met.votes = sum(vote.status == "finished" for vote in event.judgment.votes)


def at_once(judges: Judges, people: Sequence[int], votes: int, budget: int) -> list[Visit]:
    """Return what ``people`` meet who come at once, each just after the one before."""
    with judging(judges) as model:
        settings, started = short(model, votes, budget), time.perf_counter()
        visits = [Visit() for _ in people]
        threads = [
            threading.Thread(target=visit, args=(model, number, settings, started, met), daemon=True)
            for number, met in zip(people, visits, strict=True)
        ]
        for thread in threads:
            thread.start()
            time.sleep(0.02)  # so that there is an order
        for thread in threads:
            thread.join()
    return visits


def one_after_the_other(judges: Judges, people: Sequence[int], votes: int, budget: int) -> float:
    """Return the seconds that ``people`` take who come one after the other."""
    with judging(judges) as model:
        settings, started = short(model, votes, budget), time.perf_counter()
        for number in people:
            visit(model, number, settings, started, Visit())
        return time.perf_counter() - started


def measure(judges: Judges, budget: int) -> dict[str, Any]:
    """Return every figure."""
    one_after_the_other(judges, [9], 1, 8)  # the first pass over a shape compiles its kernels
    apart = one_after_the_other(judges, [0, 1], 4, budget)
    pair = at_once(judges, [0, 1], 4, budget)
    together = max(one.finished for one in pair)
    ten = at_once(judges, range(10), 2, budget)
    firsts = [one.first_token for one in ten]
    return {
        "two_people": {
            "votes": [one.votes for one in pair],
            "one_after_the_other_s": round(apart, 2),
            "at_once_s": round(together, 2),
            "ratio": round(together / apart, 2),
        },
        "ten_people": {
            "votes": [one.votes for one in ten],
            "first_token_s": [round(first, 2) for first in firsts],
            "in_order_of_arrival": firsts == sorted(firsts),
            "told_wait_s": [None if one.told_wait is None else round(one.told_wait, 1) for one in ten],
            "all_finished_s": round(max(one.finished for one in ten), 2),
        },
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_model_argument(parser)
    parser.add_argument("--budget", type=int, default=96)
    args = parser.parse_args()
    row = measure(judges_of(args.model), args.budget)
    print(json.dumps({"benchmark": "people", "model": args.model, "machine": processor_name(), **row}))


if __name__ == "__main__":
    main()
