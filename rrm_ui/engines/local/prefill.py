"""Reading what a job's rows start from: in chunks, each text once, from the longest head that is known already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import torch
from transformers import PreTrainedModel

from rrm_ui.engines.local.forward import feed, next_token_logits
from rrm_ui.engines.local.job import Row
from rrm_ui.engines.local.kv_cache import RowCache
from rrm_ui.engines.local.pace import CHUNK
from rrm_ui.engines.local.prefix_cache import PrefixCache, head_lengths
from rrm_ui.engines.local.transfer import sent
from rrm_ui.prompts.encoding import PromptTokens


class ReadingAbandoned(Exception):
    """The job was given up, or the loop is to end, in the middle of a forward pass."""


@dataclass
class ReadPrompt:
    """A distinct start of rows and how far it has been read: a prompt, and what a row that was put back had written."""

    prompt: PromptTokens
    ids: tuple[int, ...]
    members: list[Row] = field(default_factory=list)
    """Rows that go on from here."""
    cache: RowCache | None = None
    logits: torch.Tensor | None = None
    """Logits after the last token, (1, vocabulary), once everything has been read."""

    @property
    def tokens_read(self) -> int:
        """Tokens whose keys and values are in the cache."""
        return self.cache.get_seq_length() if self.cache is not None else 0


class Prefill:
    """Rows of one job whose prompts are being read."""

    def __init__(self, rows: Sequence[Row], model: PreTrainedModel, prefixes: PrefixCache, started_at: float) -> None:
        self.job = rows[0].job
        self.rows = tuple(rows)
        self.started_at = started_at
        """By the loop's clock."""
        self.tokens_fed = 0
        """Tokens that went through the model: all but those of known heads."""
        self._model = model
        self._prefixes = prefixes
        by_ids: dict[tuple[int, ...], ReadPrompt] = {}
        for row in rows:
            by_ids.setdefault(row.known, ReadPrompt(row.prompt, row.known)).members.append(row)
        self.prompts = list(by_ids.values())

    @property
    def tokens_read(self) -> int:
        """Tokens read so far, over all prompts."""
        return sum(read.tokens_read for read in self.prompts)

    @property
    def tokens_total(self) -> int:
        """Tokens of all distinct prompts."""
        return sum(len(read.ids) for read in self.prompts)

    @property
    def slots(self) -> int:
        """Key and value slots taken so far."""
        return sum(read.cache.slots for read in self.prompts if read.cache is not None)

    @property
    def held_bytes(self) -> int:
        """Memory of the keys and values read so far."""
        return sum(read.cache.held_bytes for read in self.prompts if read.cache is not None)

    @property
    def done(self) -> bool:
        """Whether every prompt has been read."""
        return all(read.logits is not None for read in self.prompts)

    def advance(self, limit: int, given_up: Callable[[], bool]) -> int:
        """Read up to ``limit`` more tokens of the next unfinished prompt; return how many.

        Raises:
            ReadingAbandoned: ``given_up`` turned true; what was read of this prompt is of no use.
        """
        read = next(read for read in self.prompts if read.logits is None)
        ids = read.ids
        if read.cache is None:
            _, head = self._prefixes.longest(read.prompt)
            read.cache = RowCache.from_head(self._model.config.get_text_config().num_hidden_layers, head)
        start = read.tokens_read
        end = min(start + limit, len(ids))
        chunk = sent([ids[start:end]], self._model.device)
        logits = None
        with _abandonable(self._model, given_up):
            if end == len(ids):
                logits = next_token_logits(self._model, chunk, read.cache, self.job.request.verdict_format.choices)
            else:
                feed(self._model, chunk, read.cache)
        for length in head_lengths(read.prompt):
            # Asked first: a copy of a long prompt's states is as large as the prompt itself.
            if start < length <= end and self._prefixes.lacks(ids[:length]):
                self._prefixes.keep(ids[:length], read.cache.head(length))
        read.logits = logits
        self.tokens_fed += end - start
        return end - start


def read_head(
    head: tuple[int, ...], model: PreTrainedModel, prefixes: PrefixCache, given_up: Callable[[], bool]
) -> None:
    """Read ``head`` and keep it in ``prefixes``, if they lack it and ``given_up`` does not turn true.

    One of more than a chunk is left to the first prompt: whoever came meanwhile could not even be told how far it is.
    """
    if len(head) > CHUNK or not prefixes.lacks(head):
        return
    cache = RowCache.from_head(model.config.get_text_config().num_hidden_layers, None)
    with suppress(ReadingAbandoned), _abandonable(model, given_up):
        feed(model, sent([head], model.device), cache)
        prefixes.keep(head, cache.head(len(head)))


@contextmanager
def _abandonable(model: PreTrainedModel, given_up: Callable[[], bool]) -> Iterator[None]:
    """Look before every layer whether the pass is still wanted: a chunk may take seconds on a CPU."""

    def check(*_: object) -> None:
        if given_up():
            raise ReadingAbandoned

    hooks = [layer.register_forward_pre_hook(check) for layer in model.get_decoder().layers]  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
