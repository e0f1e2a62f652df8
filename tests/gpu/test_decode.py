"""The decode loop on a GPU: exact against plain ``generate``, and waiting for the device once a step."""

from __future__ import annotations

import pytest
import torch
from transformers import Qwen2ForCausalLM

from rrm_ui.engines.interface import RowFailed, RowFinished
from rrm_ui.engines.local import DecodeLoop
from rrm_ui.engines.local.job import Job
from rrm_ui.engines.local.sampling import INVALID, sample
from tests.gpu.conftest import DEVICE, VOCABULARY, new_loop, prompt, request
from tests.model.tiny import ids_of, run_apart


def test_rows_in_fp32_equal_plain_generate(loop: DecodeLoop, model: Qwen2ForCausalLM) -> None:
    prompts = [prompt(length, seed) for seed, length in enumerate((30, 77, 140, 600))]
    jobs = [Job(request([one] * (i + 1), budget=40)) for i, one in enumerate(prompts)]
    for one, events in zip(prompts, run_apart(loop, *jobs, apart=5), strict=True):
        ids = torch.tensor([one.ids], device=DEVICE)
        mask = torch.ones_like(ids)
        written = model.generate(  # type: ignore[misc]
            ids, attention_mask=mask, max_new_tokens=40, do_sample=False, eos_token_id=None, pad_token_id=0
        )
        expected = tuple(written[0, len(one.ids) :].tolist())
        rows = ids_of(events)
        assert rows
        for row in rows.values():
            assert row[:40] == expected


def test_probes_change_no_row(model: Qwen2ForCausalLM) -> None:
    prompts = [prompt(50, seed) for seed in range(3)]
    plain = run_apart(new_loop(model), Job(request(prompts, budget=40)))[0]
    probed = run_apart(new_loop(model), Job(request(prompts, budget=40, probe_every=8)))[0]
    assert ids_of(plain) == ids_of(probed)


def test_sampling_on_the_device_draws_what_the_cpu_draws() -> None:
    torch.manual_seed(0)
    logits = torch.randn(64, 300)
    temperatures, top_ps = [0.0, 0.6, 1.0, 2.0] * 16, [1.0, 0.9] * 32
    uniforms = torch.rand(64).tolist()
    logits[5] = torch.nan
    here = sample(logits, temperatures, top_ps, uniforms)
    there = sample(logits.to(DEVICE), temperatures, top_ps, uniforms)
    assert here[5] == there[5] == INVALID
    assert sum(a != b for a, b in zip(here, there, strict=True)) <= 1  # a draw may fall on a rounding error


def test_an_end_of_text_ends_a_row_and_leaves_the_others(loop: DecodeLoop) -> None:
    ends = frozenset(range(8, VOCABULARY, 40))
    events = run_apart(
        loop, Job(request([prompt(40, seed) for seed in range(16)], 200, temperature=1.0, end_ids=ends))
    )[0]
    lengths = [event.thinking_tokens for event in events if isinstance(event, RowFinished)]
    assert len(lengths) == 16
    assert len(set(lengths)) > 4
    assert min(lengths) < 200


def test_a_row_without_numbers_fails_alone(loop: DecodeLoop, model: Qwen2ForCausalLM) -> None:
    steps = 0

    def spoil(_: torch.nn.Module, __: object, output: torch.Tensor) -> torch.Tensor:
        nonlocal steps
        if output.shape[0] != 3:
            return output  # a prompt being read
        steps += 1
        return output.index_fill(0, torch.tensor([1], device=output.device), torch.nan) if steps == 5 else output

    hook = model.lm_head.register_forward_hook(spoil)
    events = run_apart(loop, Job(request([prompt(40, seed) for seed in range(3)], budget=20)))[0]
    hook.remove()
    assert [event.row for event in events if isinstance(event, RowFailed)] == [1]
    assert set(ids_of(events)) == {0, 2}


@pytest.mark.cuda
def test_feeding_a_step_never_waits_for_the_device(model: Qwen2ForCausalLM) -> None:
    loop = new_loop(model.bfloat16())
    lengths = (40, 90, 130)  # of different lengths: masks and columns are made anew at every step
    for seed, length in enumerate(lengths):
        loop.add(Job(request([prompt(length, seed)] * 2, budget=400, temperature=0.6)))
    while len(loop.rows) < 2 * len(lengths):
        loop.step()
    for _ in range(10):
        loop.step()
    torch.cuda.set_sync_debug_mode("error")
    try:
        with torch.inference_mode():
            logits = loop._batch.feed_pending()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert logits.shape == (6, VOCABULARY)
