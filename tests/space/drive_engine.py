"""Scenario: judgments and raw calls through the platform's fork, with a small random model."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import sys
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.space.emulation import FACTS, emulate

FOLDER = Path(sys.argv[1])
API = emulate(FOLDER)

import gradio as gr  # noqa: E402

from rrm_ui.engines.interface import Engine, GenerationRequest, RowFinished, RowRequest, RowText  # noqa: E402
from rrm_ui.engines.local import DecodeLoop, LocalEngine  # noqa: E402
from rrm_ui.engines.local.inline import CHUNK_SECONDS, Stretch, write_inline  # noqa: E402
from rrm_ui.engines.zero_gpu import SpeedRecord, ZeroGpuEngine, loop_writer  # noqa: E402
from rrm_ui.engines.zero_gpu.call import write_on_gpu  # noqa: E402
from rrm_ui.engines.zero_gpu.packets import GpuCall  # noqa: E402
from rrm_ui.errors import EngineFailure, PlatformRefused  # noqa: E402
from rrm_ui.events import JudgmentFailed, JudgmentFinished  # noqa: E402
from rrm_ui.judge import judge  # noqa: E402
from rrm_ui.scripted_model import scripted_model, scripted_prompts  # noqa: E402
from rrm_ui.values import Comparison, JudgeSettings, Judgment  # noqa: E402
from tests.model.tiny import random_qwen2  # noqa: E402

COMPARISON = Comparison("What is 17 * 23?", "391", "381")
SETTINGS = JudgeSettings(thinking_budget=24, votes=4, temperature=0.0, probe_every=8)
MOST = 1_000_000

PROMPTS = scripted_prompts()
HERE = random_qwen2(PROMPTS.tokenizer.get_vocab_size())
LENT = copy.deepcopy(HERE).to("cuda")  # type: ignore[arg-type]  # at module scope, as on a Space
LOOPS = loop_writer(LENT, PROMPTS.tokenizer, max_batch_tokens=MOST, cached_prefix_tokens=4096)


def write(asked: GenerationRequest) -> Generator[Stretch, None, None]:
    """Write rows as on a Space, and once a row is over do what ``person`` says: it is a stage direction here."""
    writer = _by_own_time if asked.person == "own time" else LOOPS
    try:
        with contextlib.closing(writer(asked)) as stretches:
            for stretch in stretches:
                yield stretch
                if any(isinstance(event, RowFinished) for event in stretch.events):
                    _act(asked.person)
    finally:
        (FOLDER / "ended").write_text(str(os.getpid()))


def _by_own_time(asked: GenerationRequest) -> Generator[Stretch, None, None]:
    """Write rows by the clock of this process's own computing, so that a busy machine looks like an idle one."""
    clock = time.process_time
    loop = DecodeLoop(
        LENT,
        PROMPTS.tokenizer,
        max_batch_tokens=MOST,
        cached_prefix_tokens=4096,
        chunk_seconds=CHUNK_SECONDS,
        clock=clock,
    )
    return write_inline(loop, asked, clock=clock)


def _act(direction: str) -> None:
    if direction == "sentence":
        raise EngineFailure("The GPU ran out of memory.")
    if direction == "bug":
        raise ZeroDivisionError
    if direction == "killed":
        os._exit(1)


SPEED = SpeedRecord(5_500_000_000)
ENGINE = ZeroGpuEngine(write, SPEED, max_batch_tokens=MOST, max_waiting=4, max_seconds=80)


def judge_with(engine: Engine, settings: JudgeSettings = SETTINGS, person: str = "") -> tuple[Judgment, list[str]]:
    """Return the judgment, and the words of its failure."""
    events = list(judge(COMPARISON, settings, scripted_model(engine), person=person))
    assert isinstance(events[-1], JudgmentFinished)
    return events[-1].judgment, [event.failure.message for event in events if isinstance(event, JudgmentFailed)]


def request(rows: int, budget: int, words: int = 0) -> GenerationRequest:
    """Return a request of ``rows`` rows that goes on until the budget: this model closes no thought."""
    prompt = PROMPTS.build(Comparison("q", "word " * words + "a", "b"), "AB")
    return GenerationRequest(
        rows=tuple(RowRequest(prompt, seed) for seed in range(rows)),
        verdict_format=PROMPTS.verdict_format,
        thinking_budget=budget,
        answer_tokens=6,
        temperature=0.0,
        top_p=1.0,
        probe_every=0,
    )


def finished(judgment: Judgment) -> int:
    return sum(vote.status == "finished" for vote in judgment.votes)


def _without_readings(judgment: Judgment) -> list[Any]:
    """Return everything about the votes but their probabilities, whose last bits go by how the prompts were cut."""
    return [replace(vote, p_a=None, probes=()) for vote in judgment.votes]


def _readings(judgment: Judgment) -> list[float | None]:
    return [p for vote in judgment.votes for p in (vote.p_a, *(probe.p_a for probe in vote.probes))]


def same_judgments() -> dict[str, Any]:
    """Judge the same twice on the lent GPU, and once with the server's engine."""
    guessed = SPEED.step_seconds(4)
    lent = [judge_with(ENGINE)[0] for _ in range(2)]
    local = LocalEngine(DecodeLoop(HERE, PROMPTS.tokenizer, max_batch_tokens=MOST, cached_prefix_tokens=4096), 4)
    expected, _ = judge_with(local)
    local.stop()
    return {
        "finished": finished(expected),
        "outcomes": [_without_readings(judgment) == _without_readings(expected) for judgment in lent],
        "readings": [[_readings(judgment), _readings(expected)] for judgment in lent],
        "thoughts": len({vote.thinking for vote in expected.votes}),
        "processes": len(set(API.allowed)),
        "in_main": os.getpid() in API.allowed,
        "released": API.released[:],
        "seconds": [float(asked["durationSeconds"]) for asked in API.asked],
        "steps": [guessed, SPEED.step_seconds(4)],
        "load": [ENGINE.load().rows, ENGINE.load().waiting],
    }


def pace() -> dict[str, Any]:
    """Read a long prompt and write rows after it; say how much computing lies between the packets that arrive here."""
    asked = replace(request(8, 300, words=1200), person="own time")
    packets = [packet for packet in write_on_gpu(GpuCall(asked, 60)) if packet.work]
    return {
        "prompt": len(asked.rows[0].prompt.ids),
        "read": sum(work.units for packet in packets for work in packet.work if work.rows == 0),
        "seconds": [sum(work.seconds for work in packet.work) for packet in packets],
    }


def stop() -> dict[str, Any]:
    """Stop long rows in the middle, and judge again."""
    ended = FOLDER / "ended"
    ended.unlink()
    API.allowed.clear()
    stream = ENGINE.stream(request(2, 20_000))
    while not any(isinstance(event, RowText) for event in next(stream)):
        pass
    rows = ENGINE.load().rows
    started = time.monotonic()
    stream.close()
    closing = time.monotonic() - started
    while not ended.exists():
        assert time.monotonic() < started + 20, "the rows were not given up"
        time.sleep(0.01)
    given_up = time.monotonic() - started
    return {
        "rows": [rows, ENGINE.load().rows],
        "closing": closing,
        "given_up": given_up,
        "elsewhere": int(ended.read_text()) != os.getpid(),
        "again": finished(judge_with(ENGINE)[0]),
        "processes": len(API.allowed),
    }


def refusals() -> dict[str, Any]:
    """Be refused a GPU, in every way."""
    found = {}
    for answer in ("quota", "timeout", "illegal"):
        API.answer = answer
        try:
            judge_with(ENGINE)
        except PlatformRefused as refused:
            error = refused.original
            assert isinstance(error, gr.Error)
            found[answer] = {"title": error.title, "message": str(error.message), "said": refused.message}
    API.answer = "lend"
    return found


def stop_in_queue() -> dict[str, Any]:
    """Stop while the platform looks for a GPU."""
    API.answer, API.queue_seconds = "queue", 3.0
    stream = ENGINE.stream(request(2, 20))
    started = time.monotonic()
    batches = [next(stream) for _ in range(5)]
    looking = time.monotonic() - started
    waiting = ENGINE.load().waiting
    started = time.monotonic()
    stream.close()
    API.answer = "lend"
    return {
        "batches": batches,
        "looking": looking,
        "closing": time.monotonic() - started,
        "waiting": [waiting, ENGINE.load().waiting],
        "again": finished(judge_with(ENGINE)[0]),
    }


def breaks() -> dict[str, Any]:
    """Break a call once a vote is over: by an error of ours, by any other, and by the end of the process."""
    settings = replace(SETTINGS, thinking_budget=4000, temperature=1.0, probe_every=0)
    found: dict[str, Any] = {}
    for direction in ("sentence", "bug", "killed"):
        judgment, said = judge_with(ENGINE, settings, direction)
        statuses = [vote.status for vote in judgment.votes]
        found[direction] = {"said": said, "error": judgment.error, "statuses": sorted(statuses)}
        found[direction]["again"] = finished(judge_with(ENGINE)[0])
    return found


if __name__ == "__main__":
    scenes = (same_judgments, pace, stop, refusals, stop_in_queue, breaks)
    (FOLDER / FACTS).write_text(json.dumps({scene.__name__: scene() for scene in scenes}))
