"""What single choices of the engine give: the kept prompt heads, the attention, and the probes' cost."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.engine import ways
from tests.benchmarks.engine.subject import Subject


def measure_parts(subject: Subject, prompt_tokens: int, new_tokens: int, votes: int = 4) -> dict[str, Any]:
    """Measure each choice at ``votes`` votes."""
    loop = ways.new_loop(subject)
    prompt = subject.prompt(prompt_tokens)
    cold = ways.engine(subject, prompt, votes, new_tokens, loop=loop)
    other = ways.engine(subject, subject.prompt(prompt_tokens, variant=1), votes, new_tokens, loop=loop)
    again = ways.engine(subject, prompt, votes, new_tokens, loop=loop)
    own = subject.model.config._attn_implementation
    subject.model.set_attn_implementation("sdpa")
    default = ways.engine(subject, prompt, votes, new_tokens)
    subject.model.set_attn_implementation(own)
    return {
        "votes": votes,
        "head_tokens": prompt.heads[-1],
        "first_token_cold_s": round(cold.first_token, 3),
        "first_token_warm_head_s": round(other.first_token, 3),
        "first_token_same_prompt_s": round(again.first_token, 3),
        "default_attention_times_ours": round(default.seconds / cold.seconds, 2),
        "probe_cost_percent": {count: round(_probe_cost(subject, count, prompt_tokens), 1) for count in (1, votes)},
    }


def _probe_cost(subject: Subject, votes: int, prompt_tokens: int, tokens: int = 129, repeats: int = 2) -> float:
    """Return by how many percent probing every 64 tokens lengthens the writing of ``tokens`` tokens a vote."""
    loop, prompt = ways.new_loop(subject), subject.prompt(prompt_tokens)
    ways.engine(subject, prompt, 1, 2, loop=loop)  # the prompt is known from here on: writing alone is timed

    def best(every: int) -> float:
        timings = (ways.engine(subject, prompt, votes, tokens, loop=loop, probe_every=every) for _ in range(repeats))
        return min(timing.seconds for timing in timings)

    return 100 * (best(64) / best(0) - 1)
