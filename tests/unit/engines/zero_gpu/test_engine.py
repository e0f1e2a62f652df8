"""The engine before and after a call, without a platform: what it refuses itself, and what it makes of errors."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import gradio as gr
import pytest

from rrm_ui.engines.interface import GenerationRequest, PromptRead, RowRequest
from rrm_ui.engines.local.inline import Work
from rrm_ui.engines.zero_gpu import SpeedRecord, ZeroGpuEngine, engine
from rrm_ui.engines.zero_gpu.packets import GpuCall, Packet
from rrm_ui.errors import Busy, EngineFailure, NoRoom, OutOfMemory, PlatformRefused
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.scripted_model import scripted_prompts

READ = PromptRead(3, 3)
BEGUN = Packet((READ,), (Work(0, 3, 0.1),))
QUOTA = gr.Error("You have exceeded your quota.", title="ZeroGPU quota exceeded")


def asked(votes: int = 2, budget: int = 10) -> GenerationRequest:
    return GenerationRequest(
        rows=tuple(RowRequest(PromptTokens((1, 2, 3)), seed) for seed in range(votes)),
        verdict_format=scripted_prompts().verdict_format,
        thinking_budget=budget,
        answer_tokens=6,
        temperature=0.6,
        top_p=1.0,
        probe_every=0,
    )


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[GpuCall]]:
    """Have calls give packets and then raise; return the calls that were made."""

    def give(*packets: Packet | Exception) -> list[GpuCall]:
        made: list[GpuCall] = []

        def write(call: GpuCall) -> Generator[Packet, None, None]:
            made.append(call)
            for packet in packets:
                if isinstance(packet, Exception):
                    raise packet
                yield packet

        monkeypatch.setattr(engine, "write_on_gpu", write)
        return made

    return give


def made(**limits: Any) -> ZeroGpuEngine:
    limits = {"max_batch_tokens": 1000, "max_waiting": 2, "max_seconds": 60, **limits}
    return ZeroGpuEngine(lambda _request: iter(()), SpeedRecord(10**9), **limits)  # type: ignore[arg-type, return-value]


def test_what_never_fits_is_refused_before_a_gpu_is_asked_for(calls: Callable[..., list[GpuCall]]) -> None:
    made_calls = calls()
    with pytest.raises(NoRoom, match="memory holds 1,000"):
        next(made().stream(asked(budget=1000)))
    assert made_calls == []


def test_more_than_may_wait_are_refused(calls: Callable[..., list[GpuCall]]) -> None:
    calls(Packet(), Packet())
    served = made()
    waiting = [served.stream(asked()) for _ in range(2)]
    for stream in waiting:
        next(stream)
    assert served.load().waiting == 2
    with pytest.raises(Busy, match="2 judgments are waiting"):
        next(served.stream(asked()))
    for stream in waiting:
        stream.close()
    assert (served.load().rows, served.load().waiting) == (0, 0)


def test_a_call_asks_for_no_more_time_than_is_allowed(calls: Callable[..., list[GpuCall]]) -> None:
    made_calls = calls(BEGUN, Packet(over=True))
    list(made(max_seconds=9).stream(asked(budget=400)))
    assert [call.seconds for call in made_calls] == [9]


def test_before_it_began_the_platforms_error_is_handed_on_as_it_is(calls: Callable[..., list[GpuCall]]) -> None:
    calls(QUOTA)
    with pytest.raises(PlatformRefused) as refused:
        list(made().stream(asked()))
    assert refused.value.original is QUOTA
    assert refused.value.message == "ZeroGPU quota exceeded: You have exceeded your quota."


def test_once_it_began_an_error_is_a_failure_in_its_words(calls: Callable[..., list[GpuCall]]) -> None:
    calls(BEGUN, gr.Error("GPU task aborted", title="ZeroGPU worker error"))
    stream = made().stream(asked())
    assert next(stream) == [READ]
    with pytest.raises(EngineFailure, match="ZeroGPU worker error: GPU task aborted"):
        list(stream)


@pytest.mark.parametrize("before", [(), (BEGUN,)])
def test_any_other_error_is_a_failure_too(calls: Callable[..., list[GpuCall]], before: tuple[Packet, ...]) -> None:
    calls(*before, RuntimeError("ZeroGPU API /schedule error"))
    with pytest.raises(EngineFailure, match=r"broke off \(RuntimeError\)"):
        list(made().stream(asked()))


def test_what_came_with_a_failure_is_told_first(calls: Callable[..., list[GpuCall]]) -> None:
    calls(Packet((READ,), BEGUN.work, failure=OutOfMemory("The GPU ran out of memory.").failure))
    stream = made().stream(asked())
    assert next(stream) == [READ]
    with pytest.raises(EngineFailure, match="out of memory") as raised:
        next(stream)
    assert raised.value.code == "out_of_memory"


def test_a_call_that_ends_before_its_rows_is_a_failure(calls: Callable[..., list[GpuCall]]) -> None:
    calls(BEGUN)
    with pytest.raises(EngineFailure, match="ended before its votes"):
        list(made().stream(asked()))
