"""The figures that the engine should reach on a GPU, printed (``-s``) and not asserted: they depend on the card.

| figure | aim |
|---|---|
| RRM-7B's shape in NF4, one vote against the sequential loop | at least 3 times as fast |
| the same, a step of 16 votes against one of one vote | at most 1.6 times as long |
| the same, share of the memory-bandwidth roofline at one vote | at least 0.5 |
| RRM-32B's shape in NF4, 16 votes of 8,000 tokens | runs in 80 GB |
"""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

import pytest
import torch

from tests.benchmarks.engine import __main__ as benchmark

GIGABYTE = 1_000_000_000


def measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    monkeypatch.setattr(sys, "argv", ["engine", "--device", "cuda", "--quantization", "nf4", *arguments])
    benchmark.main()
    result: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    gc.collect()
    torch.cuda.empty_cache()
    return result


def needs(gigabytes: int) -> None:
    free = torch.cuda.mem_get_info()[0]
    if free < gigabytes * GIGABYTE:
        pytest.skip(f"needs {gigabytes} GB of free GPU memory, and {free / GIGABYTE:.0f} GB are free")


@pytest.mark.cuda
def test_the_shape_of_rrm_7b(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    needs(16)
    result = measured(monkeypatch, capsys, "--shape", "qwen2.5-7b", "--votes", "1,16", "--prompts", "600")
    one, sixteen = result["cells"]
    figures = {
        "machine": result["machine"],
        "one vote, times sequential (aim 3)": one["times_sequential"],
        "16 votes' step over one vote's (aim 1.6 at most)": round(sixteen["step_ms"] / one["step_ms"], 2),
        "share of the roofline at one vote (aim 0.5)": one["share_of_roofline"],
        "bandwidth": result["bandwidth"],
    }
    with capsys.disabled():
        print(f"\n{json.dumps(figures)}")
    assert one["step_ms"] > 0
    assert sixteen["decode_tokens_per_s"] > one["decode_tokens_per_s"]


@pytest.mark.cuda
def test_the_shape_of_rrm_32b_with_16_votes_of_8000_tokens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    needs(60)
    arguments = ("--shape", "qwen2.5-32b", "--votes", "16", "--prompts", "7936", "--new-tokens", "64")
    result = measured(monkeypatch, capsys, *arguments, "--against", "")
    with capsys.disabled():
        print(f"\n{json.dumps({'machine': result['machine'], 'memory': result['memory'], 'cells': result['cells']})}")
    assert result["memory"]["peak_gb"] < 80
    assert result["cells"][0]["decode_tokens_per_s"] > 0
