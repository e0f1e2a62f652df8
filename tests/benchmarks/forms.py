"""What each form of weights gives and costs on a CPU: ``RRM_MODEL=embedded python -m tests.benchmarks.forms``.

For NF4, int4, int8 and 16 bits: how fast a prompt is read and a step is, at several numbers of votes; and how far the
model's predictions stray from those of its whole weights, over every token but the first of generated comparisons'
prompts (nothing is ever read from the first). The last line of output is one JSON object. Nothing else should run on
the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Sequence
from typing import Any

import torch
from transformers import PreTrainedModel

from rrm_ui.engines.local.onnx_product import cores_for
from rrm_ui.engines.models.load import LoadedModel, load_model
from rrm_ui.machine import processor_name
from rrm_ui.prompts.encoding import PromptBuilder
from rrm_ui.settings import Settings, get_settings
from rrm_ui.threads import call_in_thread
from rrm_ui.training.comparisons.catalogue import COLD_START
from rrm_ui.training.comparisons.generate import generate
from rrm_ui.values import Comparison
from tests.benchmarks.engine import ways
from tests.benchmarks.engine.roofline import bandwidth
from tests.benchmarks.engine.subject import Subject, load_subject

FORMS = ("nf4", "int4", "int8", "none")


def main() -> None:
    """Measure every form, print a line each, and last the JSON line."""
    args = _arguments()
    settings = get_settings().model_copy(update={"device": "cpu"})
    whole = call_in_thread(load_model, _in_form(settings, "none", head="none"), lambda _: None)
    texts = _prompts(whole, args.comparisons)
    memory = bandwidth(torch.device("cpu"))
    rows: dict[str, dict[str, Any]] = {}
    for form in args.forms:
        subject = load_subject(_in_form(settings, form))
        with cores_for(subject.model):
            strays = _strays(subject.model, whole.model, texts)
            rows[form] = {"setup": subject.setup, **_speeds(subject, args), **strays}
        print(form, rows[form], flush=True)
    summary = {"machine": processor_name(), "model": settings.model, "bandwidth": memory, "forms": rows}
    print(
        json.dumps({**summary, "comparisons": args.comparisons, "prompt": args.prompt, "new_tokens": args.new_tokens})
    )


def _in_form(settings: Settings, form: str, head: str | None = None) -> Settings:
    chosen = {"quantization": form} | ({"head_quantization": head} if head else {})
    return settings.model_copy(update=chosen)


def _prompts(loaded: LoadedModel, count: int) -> list[torch.Tensor]:
    """Return the token ids (1, tokens) of ``count`` generated comparisons, every other with B first."""
    prompts = PromptBuilder.of_model(loaded.model.generation_config, loaded.tokenizer, loaded.words.family)
    comparisons = [
        Comparison(one.query, one.response_a, one.response_b) for one in generate(COLD_START, count, "validation", 20)
    ]
    return [
        torch.tensor([prompts.build(comparison, ("AB", "BA")[number % 2]).ids])
        for number, comparison in enumerate(comparisons)
    ]


@torch.inference_mode()
def _strays(model: PreTrainedModel, whole: PreTrainedModel, texts: Sequence[torch.Tensor]) -> dict[str, float]:
    """Return how far the predictions of ``model`` are from those of ``whole``: divergence in nats, changed tokens."""
    divergences, changed = [], []
    for ids in texts:
        theirs, ours = (one(input_ids=ids).logits[0, 1:].float().log_softmax(-1) for one in (whole, model))
        divergences.append(float((theirs.exp() * (theirs - ours)).sum(-1).mean()))
        changed.append(float((theirs.argmax(-1) != ours.argmax(-1)).float().mean()))
    return {"divergence": round(statistics.fmean(divergences), 4), "changed": round(statistics.fmean(changed), 4)}


def _speeds(subject: Subject, args: argparse.Namespace) -> dict[str, Any]:
    """Return prompt tokens a second, and milliseconds of a step by number of votes: the best of a few runs each."""
    prompt = subject.prompt(args.prompt)
    first = min(ways.engine(subject, prompt, 1, 2).first_token for _ in range(args.repeats))
    steps = {}
    for votes in args.votes:
        loop = ways.new_loop(subject)
        ways.engine(subject, prompt, 1, 2, loop=loop)  # the prompt is known afterwards
        timings = (ways.engine(subject, prompt, votes, args.new_tokens, loop=loop) for _ in range(args.repeats))
        steps[votes] = round(min(timing.step_ms for timing in timings), 1)
    return {"prompt_tokens_per_s": round(args.prompt / first, 1), "step_ms": steps}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS)
    parser.add_argument("--votes", nargs="+", type=int, default=(1, 4, 8, 16))
    parser.add_argument("--comparisons", type=int, default=12)
    parser.add_argument("--prompt", type=int, default=600, help="tokens of the prompt of the timed steps")
    parser.add_argument("--new-tokens", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
