"""Many short judgments with random cancels, and what is left after them: ``python -m tests.benchmarks.soak``.

Several people judge at once; some stop, some close their pages while they are queued, read or written, by a seed. The
last line of output is one JSON object; the exit code is 1 if rows, threads or ``MOST_MEMORY`` and more are left.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import psutil

from rrm_ui.errors import Busy
from rrm_ui.events import Event, JudgmentFinished
from rrm_ui.judge import JudgeModel, judge
from rrm_ui.machine import processor_name
from rrm_ui.values import Comparison
from tests.benchmarks.judges import add_model_argument, judges_of, judging, short

MOST_MEMORY = 50_000_000
"""Bytes that the process may have grown by after the warm-up."""
WORDS = ("seven", "apples", "because", "the sum is", "否", "not quite", "42", "therefore", "河流")

Ending = Literal["finished", "stopped", "left", "broken"]


def one_judgment(model: JudgeModel, number: int, seed: int, people: int) -> Ending:
    """Judge a made-up comparison as one of ``people``; in two of five cases stop or leave on the way."""
    draw = random.Random(f"{seed} {number}")

    def text() -> str:
        return " ".join(draw.choices(WORDS, k=draw.randint(3, 30)))

    settings = short(model, draw.choice((1, 2, 2, 4)), draw.choice((0, 8, 16, 32)))
    action, after = draw.choice(("finish", "finish", "finish", "stop", "leave")), draw.randint(1, 30)
    cancel = threading.Event()
    comparison, person = Comparison(text(), text(), text()), f"person {number % people}"
    while True:
        events = judge(comparison, settings, model, cancel, person=person)
        try:
            return _follow(events, action, after, cancel)
        except Busy:
            time.sleep(0.05)
        finally:
            events.close()


def _follow(events: Any, action: str, after: int, cancel: threading.Event) -> Ending:
    last: Event | None = None
    for count, event in enumerate(events, start=1):
        last = event
        if count == after and action == "stop":
            cancel.set()
        if count == after and action == "leave":
            return "left"
    assert isinstance(last, JudgmentFinished)
    if last.judgment.error is not None:
        return "broken"
    return "stopped" if any(vote.status == "cancelled" for vote in last.judgment.votes) else "finished"


def soak(model: JudgeModel, judgments: int, warm_up: int, seed: int = 0, people: int = 6) -> dict[str, Any]:
    """Judge ``warm_up`` comparisons and then ``judgments`` more; return what the latter left behind."""
    _judge_all(model, range(warm_up), seed, people)
    threads, memory = _state(model)
    started = time.perf_counter()
    endings = _judge_all(model, range(warm_up, warm_up + judgments), seed, people)
    seconds = time.perf_counter() - started
    threads_after, memory_after = _state(model)
    load = model.engine.load()
    return {
        "judgments": judgments,
        "seconds": round(seconds, 1),
        "endings": dict(sorted(Counter(endings).items())),
        "rows": load.rows,
        "waiting": load.waiting,
        "held_tokens": load.held_tokens,
        "more_threads": threads_after - threads,
        "more_memory_mb": round((memory_after - memory) / 1e6, 1),
    }


def _judge_all(model: JudgeModel, numbers: Sequence[int], seed: int, people: int) -> list[Ending]:
    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(lambda number: one_judgment(model, number, seed, people), numbers))


def _state(model: JudgeModel) -> tuple[int, int]:
    """Return the threads and the bytes of this process, once the engine has let go of what was given up."""
    for _ in itertools.takewhile(lambda _: model.engine.load().rows, range(100)):
        time.sleep(0.1)
    gc.collect()
    return threading.active_count(), psutil.Process().memory_info().rss


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_model_argument(parser)
    parser.add_argument("--judgments", type=int, default=500)
    parser.add_argument("--warm-up", type=int, default=50)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with judging(judges_of(args.model)) as model:
        row = soak(model, args.judgments, args.warm_up, args.seed, args.people)
    print(json.dumps({"benchmark": "soak", "model": model.details.name, "machine": processor_name(), **row}))
    left = row["rows"] or row["waiting"] or row["more_threads"] > 0 or row["more_memory_mb"] * 1e6 >= MOST_MEMORY
    sys.exit(int(bool(left)))


if __name__ == "__main__":
    main()
