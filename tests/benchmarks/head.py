"""What a head in 8 or 4 bits gives and costs: ``RRM_MODEL=embedded python -m tests.benchmarks.head``.

For the head in 16, 8 and 4 bits: a decode step at 1, 4, 8 and 16 votes, and how the votes on generated comparisons
change against 16 bits: P(A) as it is read (in float32 from the whole rows), as it would be read from the packed copy,
and the verdicts. With a budget the words that the model thinks may change, and through them its verdict. The last
line of output is one JSON object. Nothing else should run on the machine meanwhile.
"""

# mypy: allow-untyped-calls

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from transformers import PreTrainedModel

from rrm_ui.assembly import judge_model
from rrm_ui.engines.local import kv_cache
from rrm_ui.engines.local.head import pack_head, why_not_packed
from rrm_ui.engines.models.load import load_model
from rrm_ui.events import JudgmentFinished
from rrm_ui.judge import JudgeModel, judge
from rrm_ui.machine import processor_name
from rrm_ui.settings import Settings, get_settings
from rrm_ui.threads import call_in_thread
from rrm_ui.training.comparisons.catalogue import TRAINED
from rrm_ui.training.comparisons.generate import generate
from rrm_ui.values import Comparison, JudgeSettings, Vote
from tests.benchmarks.engine import ways
from tests.benchmarks.engine.subject import Subject

HEADS = {"none": None, "int8": 8, "int4": 4}
PROMPT_TOKENS = 600


def main() -> None:
    """Measure every head, print a line each, and last the JSON line."""
    args = _arguments()
    settings = get_settings().model_copy(update={"head_quantization": "none"})
    loaded = call_in_thread(load_model, settings, lambda _: None)
    reason = why_not_packed(loaded.model.get_output_embeddings())
    if reason is not None:
        raise SystemExit(f"The head of {loaded.details.name} cannot be packed: {reason}.")
    model = judge_model(loaded, settings)
    subject = Subject(loaded.model, loaded.tokenizer, model.prompts.verdict_format, loaded.details.name, loaded.setup)
    comparisons = [
        Comparison(one.query, one.response_a, one.response_b)
        for one in generate(TRAINED, args.comparisons, "validation", args.seed)
    ]
    whole_head = loaded.model.get_output_embeddings()
    rows: dict[str, dict[str, Any]] = {}
    votes: dict[str, dict[str, list[Vote]]] = {}
    for name, bits in HEADS.items():
        loaded.model.set_output_embeddings(whole_head)
        if bits is not None:
            pack_head(loaded.model, bits)  # type: ignore[arg-type]
        steps = {count: round(_step_ms(subject, count, args), 2) for count in (1, 4, 8, 16)}
        votes[name] = {"as_read": _votes(comparisons, model, args.budget, settings)}
        with _read_from_the_head():
            votes[name]["from_the_head"] = _votes(comparisons, model, args.budget, settings)
        rows[name] = {"step_ms": steps} | {
            f"p_a_{how}": _changes(votes["none"]["as_read"], cast) for how, cast in votes[name].items()
        }
        print(name, rows[name], flush=True)
    model.engine.stop()  # type: ignore[attr-defined]
    summary = {"machine": processor_name(), "model": loaded.details.name, "budget": args.budget, "heads": rows}
    print(json.dumps({**summary, "comparisons": len(comparisons), "new_tokens": args.new_tokens}))


def _step_ms(subject: Subject, votes: int, args: argparse.Namespace) -> float:
    """Return the milliseconds of a decode step: the best of a few runs over a prompt that is known already."""
    loop, prompt = ways.new_loop(subject), subject.prompt(args.prompt)
    ways.engine(subject, prompt, 1, 2, loop=loop)
    timings = (ways.engine(subject, prompt, votes, args.new_tokens, loop=loop) for _ in range(args.repeats))
    return min(timing.step_ms for timing in timings)


def _votes(comparisons: Sequence[Comparison], model: JudgeModel, budget: int, settings: Settings) -> list[Vote]:
    """Return the votes on ``comparisons``, one in either order."""
    asked = JudgeSettings(thinking_budget=budget, votes=2)
    cast: list[Vote] = []
    for comparison in comparisons:
        last = None
        for event in judge(comparison, asked, model, watched=False):
            last = event
        assert isinstance(last, JudgmentFinished)
        cast += sorted(last.judgment.votes, key=lambda vote: vote.index)
    return cast


@contextmanager
def _read_from_the_head() -> Iterator[None]:
    """Read verdicts from the head's own logits meanwhile, as they are without the sums in float32."""
    exact = kv_cache.exact_logits

    @contextmanager
    def nothing(_model: PreTrainedModel, _tokens: Sequence[int]) -> Iterator[None]:
        yield

    kv_cache.exact_logits = nothing
    try:
        yield
    finally:
        kv_cache.exact_logits = exact


def _changes(before: Sequence[Vote], now: Sequence[Vote]) -> dict[str, Any]:
    """Return how P(A) and the choice of each vote changed."""
    pairs = [(a.p_a, b.p_a) for a, b in zip(before, now, strict=True) if a.p_a is not None and b.p_a is not None]
    changes = [abs(a - b) for a, b in pairs]
    return {
        "votes": len(before),
        "mean_change": round(statistics.fmean(changes), 5),
        "largest_change": round(max(changes), 5),
        "other_choices": sum(a.choice != b.choice for a, b in zip(before, now, strict=True)),
        "without_a_choice": sum(vote.choice is None for vote in now),
        "same_thinking": sum(a.thinking == b.thinking for a, b in zip(before, now, strict=True)),
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--comparisons", type=int, default=200)
    parser.add_argument("--budget", type=int, default=0, help="thinking tokens a vote; 0 reads the verdict at once")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--prompt", type=int, default=PROMPT_TOKENS, help="tokens of the prompt of the timed steps")
    parser.add_argument("--new-tokens", type=int, default=48)
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
