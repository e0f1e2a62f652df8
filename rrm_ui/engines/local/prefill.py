"""Reading a job's prompts: in chunks, each distinct prompt once, from the longest head that is known already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from transformers import PreTrainedModel

from rrm_ui.engines.local.job import Job
from rrm_ui.engines.local.kv_cache import RowCache, next_token_logits
from rrm_ui.engines.local.prefix_cache import PrefixCache, head_lengths
from rrm_ui.engines.local.transfer import sent
from rrm_ui.prompts.encoding import PromptTokens


class ReadingAbandoned(Exception):
    """The job was given up in the middle of a forward pass."""


@dataclass
class ReadPrompt:
    """A distinct prompt of a job and how far it has been read."""

    prompt: PromptTokens
    members: list[int] = field(default_factory=list)
    """Rows of the job that start from this prompt."""
    cache: RowCache | None = None
    logits: torch.Tensor | None = None
    """Logits after the last token, (1, vocabulary), once the prompt has been read."""

    @property
    def tokens_read(self) -> int:
        """Tokens whose keys and values are in the cache."""
        return self.cache.get_seq_length() if self.cache is not None else 0


class Prefill:
    """A job whose prompts are being read."""

    def __init__(self, job: Job, model: PreTrainedModel, prefixes: PrefixCache) -> None:
        self.job = job
        self._model = model
        self._prefixes = prefixes
        by_prompt: dict[PromptTokens, ReadPrompt] = {}
        for index, row in enumerate(job.request.rows):
            by_prompt.setdefault(row.prompt, ReadPrompt(row.prompt)).members.append(index)
        self.prompts = list(by_prompt.values())

    @property
    def tokens_read(self) -> int:
        """Tokens read so far, over all prompts."""
        return sum(read.tokens_read for read in self.prompts)

    @property
    def tokens_total(self) -> int:
        """Tokens of all distinct prompts."""
        return sum(len(read.prompt.ids) for read in self.prompts)

    @property
    def done(self) -> bool:
        """Whether every prompt has been read."""
        return all(read.logits is not None for read in self.prompts)

    def advance(self, limit: int) -> None:
        """Read up to ``limit`` more tokens of the next unfinished prompt.

        Raises:
            ReadingAbandoned: the job was given up; what was read of this prompt is of no use.
        """
        read = next(read for read in self.prompts if read.logits is None)
        ids = read.prompt.ids
        if read.cache is None:
            _, head = self._prefixes.longest(read.prompt)
            read.cache = RowCache.from_head(self._model.config.get_text_config().num_hidden_layers, head)
        start = read.tokens_read
        end = min(start + limit, len(ids))
        chunk = sent([ids[start:end]], self._model.device)
        with _abandonable(self._model, self.job):
            logits = next_token_logits(self._model, chunk, read.cache, self.job.request.verdict_format.choices)
        for length in head_lengths(read.prompt):
            if start < length <= end:
                self._prefixes.keep(ids[:length], read.cache.head(length))
        if end == len(ids):
            read.logits = logits


@contextmanager
def _abandonable(model: PreTrainedModel, job: Job) -> Iterator[None]:
    """Check before every layer whether ``job`` was given up: a chunk may take seconds on a CPU."""

    def check(*_: object) -> None:
        if job.abandoned:
            raise ReadingAbandoned

    hooks = [layer.register_forward_pre_hook(check) for layer in model.get_decoder().layers]  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
