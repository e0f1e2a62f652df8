"""The engine's benchmark on a model of two layers: every way runs, and the last line is the result."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from rrm_ui.engines.models.devices import place
from rrm_ui.settings import Settings
from tests.benchmarks.engine import __main__ as benchmark
from tests.benchmarks.engine.llama import parse_table
from tests.benchmarks.engine.roofline import weight_bytes
from tests.benchmarks.engine.shapes import SHAPES
from tests.benchmarks.engine.subject import _parameters, build_subject

TABLE = """
main: n_kv_max = 2048, n_batch = 2048

|    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |
|-------|--------|------|--------|----------|----------|----------|----------|----------|----------|
|   600 |     64 |    1 |    664 |    6.294 |    95.33 |    2.327 |    27.50 |    8.621 |    77.02 |
|   600 |     64 |    4 |    856 |    6.310 |    95.09 |    7.130 |    35.90 |   13.440 |    63.69 |

llama_perf_context_print: load time = 1234.5 ms
"""


@pytest.mark.parametrize("quantization", ["nf4", "int4", "int8", "none"])
def test_it_measures_every_way_and_ends_in_one_json_line(
    quantization: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data_dir: Path
) -> None:
    arguments = ["--shape", "tiny", "--device", "cpu", "--quantization", quantization, "--prompts", "40"]
    monkeypatch.setattr(sys, "argv", ["engine", *arguments, "--votes", "1,3", "--new-tokens", "4"])
    benchmark.main()
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert quantization in result["model"]
    assert [(cell["votes"], cell["prompt_tokens"]) for cell in result["cells"]] == [(1, 40), (3, 40)]
    for cell in result["cells"]:
        for name in ("engine", "sequential", "batched", "prototype"):
            assert cell[f"{name}_s"] > 0
        assert 0 < cell["share_of_roofline"] < 1
        assert cell["decode_tokens_per_s"] == pytest.approx(1000 * cell["votes"] / cell["step_ms"], rel=0.01)
    # two layers of two KV heads of 16 numbers, twice; some processors compute faster in float32
    asked = Settings(device="cpu").model_copy(update={"quantization": quantization})
    number = place(asked, _parameters("tiny")).dtype.itemsize
    assert result["memory"]["kv_bytes_per_token"] == 2 * 2 * 2 * 16 * number
    assert set(result["bandwidth"]) == {"read_gb_s", "copy_gb_s"}


def test_a_packed_head_moves_fewer_bytes_and_leaves_the_others_their_own() -> None:
    read = [
        weight_bytes(build_subject("tiny", Settings(device="cpu", head_quantization=head)).model)
        for head in ("none", "int8", "int4")
    ]
    assert read[0] > read[1] > read[2]


def test_the_shapes_have_the_sizes_of_their_names() -> None:
    billions = {name: round(_parameters(name) / 1e9, 1) for name in SHAPES if name != "tiny"}
    assert billions == {
        "qwen2.5-0.5b": 0.5,
        "qwen2.5-1.5b": 1.5,
        "qwen2.5-7b": 7.6,
        "qwen2.5-14b": 14.8,
        "qwen2.5-32b": 32.8,
    }


def test_the_figures_of_llama_cpp_are_read_from_its_table() -> None:
    assert parse_table(TABLE) == {"prefill": 95.33, "decode_1": 27.5, "decode_4": 35.9}
    with pytest.raises(ValueError, match="no table"):
        parse_table("error: failed to load model")
