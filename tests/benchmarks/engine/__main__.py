"""How fast the local engine is, on any device: ``python -m tests.benchmarks.engine``.

One run, one model: the engine at 1 to 64 votes after prompts of 600 and 4,000 tokens, beside as many sequential
``generate`` calls with ``TextIteratorStreamer``, one ``generate(num_return_sequences=k)``, and the plain batched loop
(``prototype.py``). For each the step is set against the least that it must move, by the bandwidth measured in the
same run. ``--shape`` builds a model with random weights, so that nothing is downloaded. The last line of output is
one JSON object. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch

from rrm_ui.engines.local.onnx_product import computing_threads, cores_for
from rrm_ui.machine import processor_name
from rrm_ui.settings import get_settings
from tests.benchmarks.engine import roofline, ways
from tests.benchmarks.engine.llama import run_llama
from tests.benchmarks.engine.parts import measure_parts
from tests.benchmarks.engine.shapes import SHAPES
from tests.benchmarks.engine.subject import Subject, build_subject, load_subject

OTHERS = {"sequential": ways.sequential, "batched": ways.batched, "prototype": ways.prototype_loop}


def main() -> None:
    """Measure, print a line a cell, and last the JSON line."""
    args = _arguments()
    settings = get_settings().model_copy(
        update={
            name: value for name in ("device", "quantization", "head_quantization") if (value := getattr(args, name))
        }
    )
    subject = build_subject(args.shape, settings) if args.shape else load_subject(settings)
    device = subject.model.device
    result: dict[str, Any] = {"machine": machine(device), "model": subject.name, "setup": subject.setup}
    result |= {"new_tokens": args.new_tokens, "memory": _memory(subject), "bandwidth": roofline.bandwidth(device)}
    print(result, flush=True)
    compared = [name for name in args.against.split(",") if name]
    cells = []
    with cores_for(subject.model):
        for prompt_tokens in _numbers(args.prompts):
            # The first pass over a shape compiles its kernels, whoever asks for it.
            for write in (ways.engine, *(OTHERS[name] for name in compared)):
                write(subject, subject.prompt(prompt_tokens), 1, 4)
            cells += [
                _cell(subject, prompt_tokens, votes, args.new_tokens, compared, result["bandwidth"])
                for votes in _numbers(args.votes)
            ]
        result["cells"] = cells
        if args.parts:
            result["parts"] = measure_parts(subject, _numbers(args.prompts)[0], args.new_tokens)
    result["memory"]["peak_gb"] = round(roofline.peak_bytes(device) / 1e9, 2)
    if args.llama_batched_bench:
        figures = run_llama(
            args.llama_batched_bench, args.gguf, _numbers(args.prompts)[0], args.new_tokens, _numbers(args.votes)
        )
        result["llama_cpp"] = figures
    print(json.dumps(result))


def _cell(
    subject: Subject, prompt_tokens: int, votes: int, new_tokens: int, compared: list[str], bandwidth: dict[str, float]
) -> dict[str, Any]:
    """Time every way at one prompt length and one vote count."""
    prompt = subject.prompt(prompt_tokens)
    ours = ways.engine(subject, prompt, votes, new_tokens)
    weights, per_token = roofline.weight_bytes(subject.model), roofline.kv_bytes_per_token(subject.model)
    moved = weights + votes * per_token * (prompt_tokens + new_tokens // 2)
    least_ms = moved / 1e6 / max(bandwidth.values())
    cell: dict[str, Any] = {
        "prompt_tokens": prompt_tokens,
        "votes": votes,
        "prefill_tokens_per_s": round(prompt_tokens / ours.first_token, 1),
        "first_token_s": round(ours.first_token, 3),
        "step_ms": round(ours.step_ms, 3),
        "decode_tokens_per_s": round(ours.tokens_per_second, 1),
        "engine_s": round(ours.seconds, 4),
        "moved_per_step_gb": round(moved / 1e9, 3),
        "share_of_roofline": round(least_ms / ours.step_ms, 6),
    }
    for name in compared:
        theirs = OTHERS[name](subject, prompt, votes, new_tokens)
        cell[f"{name}_s"] = round(theirs.seconds, 4)
        cell[f"{name}_first_token_s"] = round(theirs.first_token, 3)
        cell[f"times_{name}"] = round(theirs.seconds / ours.seconds, 2)
        if name == "prototype":
            cell["prototype_decode_tokens_per_s"] = round(theirs.tokens_per_second, 1)
            cell["decode_times_prototype"] = round(theirs.step_ms / ours.step_ms, 2)
    print(cell, flush=True)
    return cell


def _memory(subject: Subject) -> dict[str, Any]:
    per_token = roofline.kv_bytes_per_token(subject.model)
    return {
        "weights_gb": round(roofline.held_bytes(subject.model) / 1e9, 3),
        "read_per_step_gb": round(roofline.weight_bytes(subject.model) / 1e9, 3),
        "kv_bytes_per_token": per_token,
        "kv_of_a_vote_of_4000_tokens_gb": round(4000 * per_token / 1e9, 3),
    }


def machine(device: torch.device) -> str:
    """Return what the figures were measured on."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name()}, torch {torch.__version__}, CUDA {torch.version.cuda}"
    return f"{processor_name()}, {device.type}, {computing_threads()} threads, torch {torch.__version__}"


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shape", choices=sorted(SHAPES), help="a model with random weights instead of RRM_MODEL")
    parser.add_argument("--device", choices=("cuda", "mps", "cpu"))
    parser.add_argument("--quantization", choices=("nf4", "int4", "int8", "none"))
    parser.add_argument("--head-quantization", choices=("none", "int8", "int4"))
    parser.add_argument("--votes", default="1,4,8,16,32,64", help="vote counts, comma separated")
    parser.add_argument("--prompts", default="600,4000", help="prompt lengths in tokens, comma separated")
    parser.add_argument("--new-tokens", type=int, default=96)
    parser.add_argument("--against", default=",".join(OTHERS), help="ways to compare with; empty for none")
    parser.add_argument("--parts", action="store_true", help="also what single choices of the engine give")
    parser.add_argument("--llama-batched-bench", type=Path, help="llama.cpp's llama-batched-bench")
    parser.add_argument("--gguf", type=Path, help="the file that it reads")
    args = parser.parse_args()
    if args.llama_batched_bench and not args.gguf:
        parser.error("--llama-batched-bench needs --gguf")
    return args


if __name__ == "__main__":
    main()
