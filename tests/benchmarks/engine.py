"""How fast the local engine is against what a page would do without it: ``python -m tests.benchmarks.engine``.

One run, one checkpoint, one prompt of 600 tokens, 96 new tokens a vote: the engine at 1, 4, 8 and 16 votes beside
as many sequential ``generate`` calls with ``TextIteratorStreamer``, and one ``generate(num_return_sequences=k)``.
Then what each choice gave: the attention, the kept prompt heads, and the probes' cost. The last line of output is
one JSON object. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import platform
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase, TextIteratorStreamer

from rrm_ui.engines.interface import GenerationRequest, RowRequest, RowText
from rrm_ui.engines.local import DecodeLoop
from rrm_ui.engines.local.attention import PACKED
from rrm_ui.engines.local.job import Job
from rrm_ui.engines.models.load import load_model
from rrm_ui.prompts.chat_frame import chat_frame
from rrm_ui.prompts.encoding import PromptBuilder, PromptTokens
from rrm_ui.prompts.families import EMBEDDED
from rrm_ui.settings import get_settings
from rrm_ui.values import Comparison, Order

PROMPT_TOKENS = 600
QUERY_TOKENS = 240
NEVER = "\x00"
"""Stands for the closing of a thought, so that every vote writes all its tokens."""

_FILLER = (
    "A farmer brings apples to the market in crates of twenty four. On Monday she sells seven crates and gives two "
    "apples of each to the children; on Tuesday it rains and she sells five. What does she earn in both days, if an "
    "apple costs thirty cents and the stand costs four coins a day? "
)


@dataclass(frozen=True)
class Timing:
    """One measured way of writing ``votes`` votes."""

    votes: int
    seconds: float
    first_token: float


class Bench:
    """The model, the prompt, and the ways of writing votes."""

    def __init__(self, new_tokens: int) -> None:
        loaded = load_model(get_settings(), lambda _: None)
        self.model: PreTrainedModel = loaded.model
        self.tokenizer: PreTrainedTokenizerBase = loaded.tokenizer
        self.name = f"{loaded.details.name} {loaded.details.quantization} on {loaded.details.device}"
        self.prompts = PromptBuilder(self.tokenizer.backend_tokenizer, chat_frame(self.tokenizer), EMBEDDED)
        self.comparison = self._comparison()
        self.new_tokens = new_tokens

    def _comparison(self) -> Comparison:
        """Return a comparison whose prompt has exactly ``PROMPT_TOKENS`` tokens."""
        ids = self.prompts.text_ids(_FILLER * 40)
        overhead = len(self.prompts.build(Comparison("q", "a", "b"), "AB").ids) - 3
        rest = PROMPT_TOKENS - overhead - QUERY_TOKENS

        def text(start: int, tokens: int) -> str:
            return str(self.tokenizer.decode(ids[start : start + tokens]))

        # The responses differ from their first word on, so that the orders share no more than the query.
        comparison = Comparison(text(0, QUERY_TOKENS), text(7, rest // 2), text(23, rest - rest // 2))
        assert len(self.prompts.build(comparison, "AB").ids) == PROMPT_TOKENS
        return comparison

    def prompt(self, order: Order = "AB") -> PromptTokens:
        """Return the prompt in one order."""
        return self.prompts.build(self.comparison, order)

    def loop(self) -> DecodeLoop:
        """Return a fresh engine loop that knows no prompt head."""
        return DecodeLoop(
            self.model,
            self.prompts.tokenizer,
            max_batch_tokens=10**6,
            cached_prefix_tokens=get_settings().cached_prefix_tokens,
        )

    def request(self, votes: int, order: Order = "AB", probe_every: int = 0) -> GenerationRequest:
        """Return a request for ``votes`` votes that write all their tokens."""
        return GenerationRequest(
            rows=tuple(RowRequest(self.prompt(order), seed) for seed in range(votes)),
            verdict_format=replace(self.prompts.verdict_format, end_ids=frozenset(), close_text=NEVER),
            thinking_budget=self.new_tokens,
            answer_tokens=1,
            temperature=0.6,
            top_p=1.0,
            probe_every=probe_every,
        )

    def engine(
        self, votes: int, *, loop: DecodeLoop | None = None, order: Order = "AB", probe_every: int = 0
    ) -> Timing:
        """Write ``votes`` votes with the engine; the clock stops with the last vote's last token."""
        loop = loop or self.loop()
        job = Job(self.request(votes, order, probe_every))
        loop.add(job)
        started = time.perf_counter()
        first, full = 0.0, 0
        while full < votes:
            loop.step()
            for event in job.take(0)[0]:
                if isinstance(event, RowText) and event.phase == "thinking":
                    first = first or time.perf_counter() - started
            full = sum(row.script.thinking_tokens >= self.new_tokens for row in loop.rows)
        seconds = time.perf_counter() - started
        job.abandoned = True
        while loop.step():
            pass
        return Timing(votes, seconds, first)

    def sequential(self, votes: int) -> Timing:
        """Write ``votes`` votes one after the other, each streamed by ``TextIteratorStreamer``."""
        started = time.perf_counter()
        first = 0.0
        for _ in range(votes):
            streamer = TextIteratorStreamer(self.tokenizer, skip_prompt=True)
            thread = threading.Thread(target=self._generate, kwargs={"streamer": streamer})
            thread.start()
            for text in streamer:
                if text and not first:
                    first = time.perf_counter() - started
            thread.join()
        return Timing(votes, time.perf_counter() - started, first)

    def batched(self, votes: int) -> Timing:
        """Write ``votes`` votes by one ``generate(num_return_sequences=votes)``, which streams nothing."""
        started = time.perf_counter()
        self._generate(num_return_sequences=votes)
        seconds = time.perf_counter() - started
        return Timing(votes, seconds, seconds)

    def _generate(self, **options: Any) -> None:
        self.model.generate(
            torch.tensor([self.prompt().ids]),
            do_sample=True,
            temperature=0.6,
            top_p=1.0,
            top_k=0,
            min_new_tokens=self.new_tokens,
            max_new_tokens=self.new_tokens,
            **options,
        )


def main() -> None:
    """Measure, print a table, and last the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--votes", default="1,4,8,16", help="vote counts, comma separated")
    parser.add_argument("--new-tokens", type=int, default=96)
    parser.add_argument("--skip-batched", action="store_true", help="leave out generate(num_return_sequences=k)")
    args = parser.parse_args()
    bench = Bench(args.new_tokens)
    bench.engine(1)  # the first pass over a shape compiles its kernels, whoever makes it
    counts = [int(count) for count in args.votes.split(",")]
    result: dict[str, Any] = {"machine": machine(), "model": bench.name, "prompt_tokens": PROMPT_TOKENS}
    result["new_tokens"] = args.new_tokens
    result["votes"] = [_compare(bench, count, with_batched=not args.skip_batched) for count in counts]
    result["parts"] = _parts(bench)
    print(json.dumps(result))


def _compare(bench: Bench, votes: int, *, with_batched: bool) -> dict[str, Any]:
    """Time the three ways at one vote count, each with its own default attention."""
    ours = bench.engine(votes)
    bench.model.set_attn_implementation("sdpa")
    theirs = bench.sequential(votes)
    batched = bench.batched(votes) if with_batched else None
    bench.model.set_attn_implementation(PACKED)
    row = {
        "votes": votes,
        "engine_s": round(ours.seconds, 2),
        "sequential_s": round(theirs.seconds, 2),
        "batched_s": round(batched.seconds, 2) if batched else None,
        "times_sequential": round(theirs.seconds / ours.seconds, 2),
        "first_token_s": round(ours.first_token, 2),
        "sequential_first_token_s": round(theirs.first_token, 2),
    }
    print(row, flush=True)
    return row


def _parts(bench: Bench, votes: int = 4) -> dict[str, Any]:
    """Measure what single choices give at ``votes`` votes."""
    loop = bench.loop()
    cold = bench.engine(votes, loop=loop)
    other_order = bench.engine(votes, loop=loop, order="BA")
    again = bench.engine(votes, loop=loop)
    bench.model.set_attn_implementation("sdpa")
    default_attention = bench.engine(votes)
    bench.model.set_attn_implementation(PACKED)
    parts = {
        "votes": votes,
        "head_tokens": bench.prompt().heads[-1],
        "first_token_cold_s": round(cold.first_token, 2),
        "first_token_warm_head_s": round(other_order.first_token, 2),
        "first_token_same_prompt_s": round(again.first_token, 2),
        "default_attention_times_ours": round(default_attention.seconds / cold.seconds, 2),
        "probe_cost_percent": {count: round(_probe_cost(bench, count), 1) for count in (1, votes, 16)},
    }
    print(parts, flush=True)
    return parts


def _probe_cost(bench: Bench, votes: int, tokens: int = 129, repeats: int = 2) -> float:
    """Return by how many percent probing every 64 tokens lengthens the writing of ``tokens`` tokens a vote."""
    loop, kept = bench.loop(), bench.new_tokens
    bench.new_tokens = tokens
    bench.engine(1, loop=loop)  # the prompt is known from here on: writing alone is timed
    best: Callable[[int], float] = lambda every: min(  # noqa: E731
        bench.engine(votes, loop=loop, probe_every=every).seconds for _ in range(repeats)
    )
    cost = 100 * (best(64) / best(0) - 1)
    bench.new_tokens = kept
    return cost


def machine() -> str:
    """Return which machine this is: processor, cores that torch uses, memory."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    except OSError:
        pass  # not Linux: the platform's own word has to do
    return f"{name}, {torch.get_num_threads()} cores, torch {torch.__version__}"


if __name__ == "__main__":
    main()
