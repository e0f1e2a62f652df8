"""What a head in 8 or 4 bits gives and costs: ``RRM_MODEL=embedded python -m tests.benchmarks.head``.

For the head in 16, 8 and 4 bits: a decode step at 1, 4, 8 and 16 votes, and P(first) on generated comparisons, judged
without thinking. Every comparison is read once; its last hidden state then goes through each head. What judging reads
comes from the whole rows in float32 whatever the head is, and is what the others are set against. The last line of
output is one JSON object. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from rrm_ui.engines.local.forward import next_token_logits
from rrm_ui.engines.local.head import HeadBits, pack_head, why_not_packed
from rrm_ui.engines.local.kv_cache import RowCache
from rrm_ui.engines.local.onnx_product import cores_for
from rrm_ui.engines.models.load import load_model
from rrm_ui.machine import processor_name
from rrm_ui.prompts.encoding import PromptBuilder
from rrm_ui.settings import get_settings
from rrm_ui.threads import call_in_thread
from rrm_ui.training.comparisons.catalogue import COLD_START
from rrm_ui.training.comparisons.generate import generate
from rrm_ui.values import Comparison
from tests.benchmarks.engine import ways
from tests.benchmarks.engine.subject import Subject

HEADS: dict[str, HeadBits | None] = {"none": None, "int8": 8, "int4": 4}
PROMPT_TOKENS = 600


def main() -> None:
    """Measure every head, print a line each, and last the JSON line."""
    args = _arguments()
    settings = get_settings().model_copy(update={"head_quantization": "none"})
    loaded = call_in_thread(load_model, settings, lambda _: None)
    model = loaded.model
    reason = why_not_packed(model.get_output_embeddings())
    if reason is not None:
        raise SystemExit(f"The head of {loaded.details.name} cannot be packed: {reason}.")
    prompts = PromptBuilder.of_model(model.generation_config, loaded.tokenizer, loaded.words.family)
    subject = Subject(model, loaded.tokenizer, prompts.verdict_format, loaded.details.name, loaded.setup)
    comparisons = [
        Comparison(one.query, one.response_a, one.response_b)
        for one in generate(COLD_START, args.comparisons, "validation", args.seed)
    ]
    whole_head = model.get_output_embeddings()
    hidden = _verdict_states(model, prompts, comparisons)
    first, second = prompts.verdict_format.choices
    rows_of_choices = whole_head.weight[[first, second]].float()
    as_judged = [float((state.float() @ rows_of_choices.T).softmax(-1)[0, 0]) for state in hidden]
    rows: dict[str, dict[str, Any]] = {}
    with cores_for(model):
        for name, bits in HEADS.items():
            model.set_output_embeddings(whole_head)
            if bits is not None:
                pack_head(model, bits)
            read = _readings(model.get_output_embeddings(), hidden, (first, second))
            steps = {count: round(_step_ms(subject, count, args), 2) for count in (1, 4, 8, 16)}
            rows[name] = {"step_ms": steps, "p_from_this_head": _changes(as_judged, read)}
            print(name, rows[name], flush=True)
    summary = {"machine": processor_name(), "model": loaded.details.name, "heads": rows}
    print(json.dumps({**summary, "comparisons": len(comparisons), "new_tokens": args.new_tokens}))


@torch.inference_mode()
def _verdict_states(
    model: PreTrainedModel, prompts: PromptBuilder, comparisons: Sequence[Comparison]
) -> list[torch.Tensor]:
    """Return the hidden state (1, hidden) from which each comparison's verdict is read when nothing is thought."""
    form = prompts.verdict_format
    states: list[torch.Tensor] = []
    kept: list[torch.Tensor] = []

    def keep(_: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        kept[:] = [inputs[0][0, -1:].clone()]

    handle = model.get_output_embeddings().register_forward_pre_hook(keep)
    for number, comparison in enumerate(comparisons):
        ids = (*prompts.build(comparison, ("AB", "BA")[number % 2]).ids, *form.closing, *form.stem)
        next_token_logits(model, torch.tensor([ids]), RowCache(model.config.num_hidden_layers))
        states += kept
    handle.remove()
    return states


@torch.inference_mode()
def _readings(head: nn.Module, hidden: Sequence[torch.Tensor], choices: tuple[int, int]) -> list[float]:
    """Return P(first) for each of ``hidden``, by the logits of ``head``."""
    # Two rows, as a single vote is fed: one alone takes another product on a CPU.
    pairs = [head(state.expand(2, -1).contiguous())[0, list(choices)].float() for state in hidden]
    return [float(pair.softmax(-1)[0]) for pair in pairs]


def _changes(before: Sequence[float], now: Sequence[float]) -> dict[str, Any]:
    """Return how P(first) changed, how many verdicts turned over, and how many became ties."""
    changes = [abs(a - b) for a, b in zip(before, now, strict=True)]
    return {
        "mean_change": round(statistics.fmean(changes), 5),
        "largest_change": round(max(changes), 5),
        "turned_over": sum((a - 0.5) * (b - 0.5) < 0 for a, b in zip(before, now, strict=True)),
        "ties": sum(b == 0.5 for b in now),
    }


def _step_ms(subject: Subject, votes: int, args: argparse.Namespace) -> float:
    """Return the milliseconds of a decode step: the best of a few runs over a prompt that is known already."""
    loop, prompt = ways.new_loop(subject), subject.prompt(args.prompt)
    ways.engine(subject, prompt, 1, 2, loop=loop)
    timings = (ways.engine(subject, prompt, votes, args.new_tokens, loop=loop) for _ in range(args.repeats))
    return min(timing.step_ms for timing in timings)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--comparisons", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--prompt", type=int, default=PROMPT_TOKENS, help="tokens of the prompt of the timed steps")
    parser.add_argument("--new-tokens", type=int, default=48)
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
