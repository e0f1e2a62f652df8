"""The ways of writing votes that are timed against each other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from transformers import TextIteratorStreamer

from rrm_ui.engines.interface import RowText
from rrm_ui.engines.local import DecodeLoop
from rrm_ui.engines.local.job import Job
from rrm_ui.prompts.encoding import PromptTokens
from tests.benchmarks.engine import prototype
from tests.benchmarks.engine.roofline import settle
from tests.benchmarks.engine.subject import Subject

MEASURED_IN_SEQUENCE = 2
"""Votes that are written one after the other; for more of them the time is a multiple of theirs."""
KEPT_PREFIX_TOKENS = 8192


@dataclass(frozen=True)
class Timing:
    """One measured way of writing ``votes`` votes of ``new_tokens`` tokens."""

    votes: int
    new_tokens: int
    seconds: float
    first_token: float

    @property
    def step_ms(self) -> float:
        """Milliseconds between two tokens of a vote."""
        return 1000 * (self.seconds - self.first_token) / max(1, self.new_tokens - 1)

    @property
    def tokens_per_second(self) -> float:
        """Decoded tokens a second over all votes, the prompt's time left out."""
        return 1000 * self.votes / self.step_ms


def new_loop(subject: Subject) -> DecodeLoop:
    """Return a fresh engine loop that knows no prompt head."""
    tokenizer: Any = subject.tokenizer
    return DecodeLoop(
        subject.model,
        tokenizer.backend_tokenizer,
        max_batch_tokens=10**7,
        cached_prefix_tokens=KEPT_PREFIX_TOKENS,
        steps=subject.steps,
    )


def engine(
    subject: Subject,
    prompt: PromptTokens,
    votes: int,
    new_tokens: int,
    *,
    loop: DecodeLoop | None = None,
    probe_every: int = 0,
) -> Timing:
    """Write with the engine; the clock stops with the last vote's last token."""
    loop = loop or new_loop(subject)
    job = Job(subject.request(prompt, votes, new_tokens, probe_every=probe_every))
    settle(subject.model.device)
    started = time.perf_counter()
    loop.add(job)
    first, full = 0.0, 0
    while full < votes:
        loop.step()
        if not first and any(row.script.thinking_tokens for row in loop.rows):
            first = time.perf_counter() - started
        full = sum(row.script.thinking_tokens >= new_tokens for row in loop.rows)
    seconds = time.perf_counter() - started
    assert any(isinstance(event, RowText) for event in job.take(0)[0])
    job.abandoned = True
    while loop.step():
        pass
    return Timing(votes, new_tokens, seconds, first)


def prototype_loop(subject: Subject, prompt: PromptTokens, votes: int, new_tokens: int) -> Timing:
    """Write with the prototype in its own configuration."""
    with prototype.plain_model(subject.model, prototype.ATTENTION):
        first, seconds = prototype.write(subject.model, prompt.ids, votes, new_tokens)
    return Timing(votes, new_tokens, seconds, first)


def sequential(subject: Subject, prompt: PromptTokens, votes: int, new_tokens: int) -> Timing:
    """Write one vote after the other with ``generate``, each streamed by ``TextIteratorStreamer``.

    Of many votes a few are measured: the others take as long each.
    """
    measured = min(votes, MEASURED_IN_SEQUENCE)
    first = 0.0
    with prototype.plain_model(subject.model, "sdpa"):
        started = time.perf_counter()
        for _ in range(measured):
            streamer = TextIteratorStreamer(subject.tokenizer, skip_prompt=True)
            with ThreadPoolExecutor(1) as thread:
                writing = thread.submit(_generate, subject, prompt, new_tokens=new_tokens, streamer=streamer)
                writing.add_done_callback(partial(_end, streamer))
                for text in streamer:
                    if text and not first:
                        first = time.perf_counter() - started
                writing.result()
        seconds = (time.perf_counter() - started) * votes / measured
    return Timing(votes, new_tokens, seconds, first)


def batched(subject: Subject, prompt: PromptTokens, votes: int, new_tokens: int) -> Timing:
    """Write with one ``generate(num_return_sequences=votes)``, which streams nothing: the end is its first token."""
    with prototype.plain_model(subject.model, "sdpa"):
        settle(subject.model.device)
        started = time.perf_counter()
        _generate(subject, prompt, new_tokens=new_tokens, num_return_sequences=votes)
        settle(subject.model.device)
        seconds = time.perf_counter() - started
    return Timing(votes, new_tokens, seconds, seconds)


def _end(streamer: TextIteratorStreamer, _: object) -> None:
    """Let the reader of ``streamer`` go on where the writer has failed."""
    streamer.end()


def _generate(subject: Subject, prompt: PromptTokens, *, new_tokens: int, **options: Any) -> None:
    ids = torch.tensor([prompt.ids], device=subject.model.device)
    subject.model.generate(  # type: ignore[operator]
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=True,
        temperature=0.6,
        top_p=1.0,
        top_k=0,
        min_new_tokens=new_tokens,
        max_new_tokens=new_tokens,
        pad_token_id=subject.tokenizer.pad_token_id,
        **options,
    )
