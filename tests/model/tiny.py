"""A small random Qwen2 in fp32 behind the real tokenizer: the real loop, exact arithmetic, no quality."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from tokenizers import AddedToken, Tokenizer
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from rrm_ui.engines.interface import GenerationRequest, RowEvent, RowFinished, RowRequest, RowText
from rrm_ui.engines.local import DecodeLoop
from rrm_ui.engines.local.attention import PACKED
from rrm_ui.engines.local.job import Job
from rrm_ui.prompts.chat_frame import chat_frame
from rrm_ui.prompts.encoding import PromptBuilder, PromptTokens
from rrm_ui.prompts.families import EMBEDDED, RRM, PromptFamily
from rrm_ui.scripted_model import scripted_prompts

R1_TEMPLATE = (
    "{{ '<｜begin▁of▁sentence｜>' }}{% for message in messages %}"
    "{% if message.role == 'system' %}{{ message.content }}{% endif %}"
    "{% if message.role == 'user' %}{{ '<｜User｜>' + message.content }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<｜Assistant｜>' + opening }}{% endif %}"
)


def random_qwen2(vocab_size: int, *, layers: int = 3, seed: int = 0, attention: str = PACKED) -> Qwen2ForCausalLM:
    """Return a random model of Qwen2's architecture with grouped queries, in fp32."""
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=vocab_size,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=8192,
        tie_word_embeddings=False,
        attn_implementation=attention,  # type: ignore[call-arg]
        initializer_range=0.2,  # wide enough for distinct choices: greedy text does not fall into one token
    )
    return Qwen2ForCausalLM(config).eval()


def byte_loop(
    *, max_batch_tokens: int = 100_000, cached_prefix_tokens: int = 4096, max_rows: int | None = None
) -> Loop:
    """Return a loop over a random model that reads and writes bytes.

    It is some hundred times smaller than one over a real vocabulary: for tests of what happens when, not of texts.
    """
    prompts = scripted_prompts(EMBEDDED)
    model = random_qwen2(prompts.tokenizer.get_vocab_size(), layers=2)
    return Loop(model, prompts, max_batch_tokens, cached_prefix_tokens, max_rows)


def r1_tokenizer(base: Tokenizer, *, opens_think: bool) -> PreTrainedTokenizerFast:
    """Return the same BPE with the specials and the template of the R1 distillations."""
    parts = json.loads(base.to_str())
    parts["added_tokens"] = []
    specials = ["<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"]
    names = set(specials) | {"<think>", "</think>"}
    parts["model"]["vocab"] = {
        piece: index for piece, index in parts["model"]["vocab"].items() if index < 151643 and piece not in names
    }
    tokenizer = Tokenizer.from_str(json.dumps(parts))
    tokenizer.add_special_tokens([AddedToken(text, normalized=False) for text in specials])
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in ("<think>", "</think>")])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=specials[0], bos_token=specials[1])
    fast.chat_template = R1_TEMPLATE.replace("opening", "'<think>\\n'" if opens_think else "''")
    return fast


def qwen3_tokenizer(base: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    """Return the same BPE and template with the marks of a thought as tokens, as Qwen3 has them."""
    tokenizer = Tokenizer.from_str(base.backend_tokenizer.to_str())
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in ("<think>", "</think>")])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=base.eos_token)
    fast.chat_template = base.chat_template
    return fast


def prompt_builder(tokenizer: PreTrainedTokenizerFast, family: PromptFamily = RRM) -> PromptBuilder:
    """Return the prompts of ``tokenizer`` in ``family``'s words."""
    return PromptBuilder(
        tokenizer.backend_tokenizer, chat_frame(tokenizer), family, frozenset({tokenizer.eos_token_id})
    )


@dataclass
class Loop:
    """A loop over a random model, and what its rows were given token by token."""

    model: Qwen2ForCausalLM
    prompts: PromptBuilder
    max_batch_tokens: int = 100_000
    cached_prefix_tokens: int = 4096
    max_rows: int | None = None
    clock: Callable[[], float] = time.perf_counter

    def __post_init__(self) -> None:
        self.loop = DecodeLoop(
            self.model,
            self.prompts.tokenizer,
            max_batch_tokens=self.max_batch_tokens,
            cached_prefix_tokens=self.cached_prefix_tokens,
            max_rows=self.max_rows,
            clock=self.clock,
        )

    def request(
        self,
        prompts: list[PromptTokens],
        *,
        budget: int = 24,
        temperature: float = 0.0,
        top_p: float = 1.0,
        probe_every: int = 0,
        answer_tokens: int = 6,
        seeds: list[int] | None = None,
        person: str = "",
    ) -> GenerationRequest:
        """Return a request with a row for each of ``prompts``."""
        seeds = seeds or list(range(len(prompts)))
        return GenerationRequest(
            rows=tuple(RowRequest(prompt, seed) for prompt, seed in zip(prompts, seeds, strict=True)),
            verdict_format=self.prompts.verdict_format,
            thinking_budget=budget,
            answer_tokens=answer_tokens,
            temperature=temperature,
            top_p=top_p,
            probe_every=probe_every,
            person=person,
        )

    def run(self, *requests: GenerationRequest, every_steps: int = 0) -> list[list[RowEvent]]:
        """Run ``requests``, each joining ``every_steps`` steps after the one before, and return their events."""
        jobs = [Job(request) for request in requests]
        queue = list(jobs)
        self.loop.add(queue.pop(0))
        steps = 0
        while self.loop.step() or queue:
            steps += 1
            if queue and steps >= every_steps:
                self.loop.add(queue.pop(0))
                steps = 0
        return [drain(job) for job in jobs]


def drain(job: Job) -> list[RowEvent]:
    """Return every event of a job that is over."""
    events, done = job.take(0)
    assert done
    return events


def run_apart(loop: DecodeLoop, *jobs: Job, apart: int = 0) -> list[list[RowEvent]]:
    """Run ``jobs``, each joining ``apart`` steps after the one before, and return their events."""
    for job in jobs:
        loop.add(job)
        for _ in range(apart):
            loop.step()
    while loop.step():
        pass
    return [drain(job) for job in jobs]


def ids_of(events: list[RowEvent]) -> dict[int, tuple[int, ...]]:
    """Return the tokens of each row that finished."""
    return {event.row: event.ids for event in events if isinstance(event, RowFinished)}


def text_of(events: list[RowEvent], row: int, phase: str = "thinking") -> str:
    """Return what a row wrote in a phase."""
    return "".join(
        event.text for event in events if isinstance(event, RowText) and (event.row, event.phase) == (row, phase)
    )


def written_by_generate(model: Qwen2ForCausalLM, tokenizer: Tokenizer, prompt: PromptTokens, tokens: int) -> list[int]:
    """Return what plain greedy ``generate`` writes after ``prompt``."""
    ids = torch.tensor([prompt.ids])
    output = model.generate(  # type: ignore[misc]
        ids, max_new_tokens=tokens, do_sample=False, eos_token_id=None, pad_token_id=0
    )
    return list(output[0, len(prompt.ids) :].tolist())
