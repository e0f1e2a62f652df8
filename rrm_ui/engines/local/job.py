"""A request on its way through the loop: its rows, and the events that its reader has not taken yet."""

from __future__ import annotations

import logging
import math
import queue
import random
import time
from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from tokenizers import Tokenizer

from rrm_ui.engines.interface import GenerationRequest, PromptRead, RowClosed, RowEvent, RowFailed, RowProbed, RowText
from rrm_ui.errors import EngineFailure, TextLost, UserError
from rrm_ui.prompts.encoding import PromptTokens
from rrm_ui.prompts.script import Piece, RowScript

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """One request. The loop writes to it; its reader takes events from it and may give it up."""

    request: GenerationRequest
    abandoned: bool = False
    """Set by the reader at any time; the loop drops the rows before its next step."""
    arrival: int = 0
    """Its number in the order of arrival."""
    admitted_at: float | None = None
    """When its first row was admitted, by the loop's clock; None while it waits."""
    ended: bool = False
    _events: queue.SimpleQueue[RowEvent | UserError | None] = field(default_factory=queue.SimpleQueue)
    _rows_over: int = 0
    _read: dict[PromptTokens, int] = field(default_factory=dict)
    """How many tokens of each prompt have been read at most."""

    @cached_property
    def longest_row(self) -> int:
        """Tokens that each of its rows may come to hold."""
        return self.request.longest_row

    @cached_property
    def prompt_tokens(self) -> int:
        """Tokens of its distinct prompts together."""
        return sum(len(prompt.ids) for prompt in {row.prompt for row in self.request.rows})

    @property
    def owner(self) -> Hashable:
        """Whose job it is; one that names nobody is its own person."""
        return self.request.person or self

    def emit(self, *events: RowEvent) -> None:
        """Hand events to the reader."""
        for event in events:
            self._events.put(event)

    def tell_read(self, read: Iterable[tuple[PromptTokens, int]]) -> None:
        """Tell the reader how far prompts have been read, given as (prompt, tokens).

        A prompt counts once, however many rows start from it and however often it is read again for rows that were
        put back: the reader is charged for what it says.
        """
        before = dict(self._read)
        for prompt, tokens in read:
            self._read[prompt] = max(self._read.get(prompt, 0), min(tokens, len(prompt.ids)))
        if self._read != before:
            self.emit(PromptRead(sum(self._read.values()), sum(len(prompt.ids) for prompt in self._read)))

    def finish(self, error: UserError | None = None) -> None:
        """Tell the reader that nothing more comes, and why if something broke."""
        if not self.ended:
            self.ended = True
            self._events.put(error)

    def row_over(self) -> None:
        """Count a row that is over; with the last one the job is."""
        self._rows_over += 1
        if self._rows_over == len(self.request.rows):
            self.finish()

    def take(self, timeout: float) -> tuple[list[RowEvent], bool]:
        """Return the events so far, waiting up to ``timeout`` seconds for a first one, and whether these are all.

        Raises:
            UserError: what the loop ended this job with, after every event before it was taken.
        """
        batch: list[RowEvent] = []
        deadline = time.monotonic() + timeout
        while True:
            try:
                item = self._events.get(timeout=0 if batch else max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return batch, False
            if item is None:
                return batch, True
            if isinstance(item, UserError):
                if batch:  # give out what came before; the error comes with the next call
                    self._events.put(item)
                    return batch, False
                raise item
            batch.append(item)


class Row:
    """One row: what its script says, and which tokens are still to be fed.

    It holds all there is to know of a row but its keys and values. So it can be taken out of the batch at any time:
    when ``known`` has been read again, it goes on where it was.
    """

    def __init__(self, job: Job, index: int, tokenizer: Tokenizer) -> None:
        request = job.request
        self.job = job
        self.index = index
        self.temperature = request.temperature
        self.top_p = request.top_p
        self.script = RowScript(
            tokenizer, request.verdict_format, request.thinking_budget, request.answer_tokens, request.certainty
        )
        self.pending: deque[int] = deque()
        """Tokens that are known but not fed yet. Only a row without any gets a next one."""
        self.written: list[int] = []
        """Every token after the prompt, sampled or fed."""
        self.probe_due = False
        self.failed = False
        self.tried_alone = False
        """Whether it had all memory for itself once and will not get another try."""
        self.probed_at_start = not (request.probe_every and request.thinking_budget)
        """Whether the verdict before any thinking was read, or nobody wants it."""
        self.joined_at = 0.0
        """When it joined the batch, by the loop's clock."""
        self._random = random.Random(request.rows[index].seed)
        self._uniform: float | None = None
        self._told_closing = False

    @property
    def over(self) -> bool:
        """Whether this row writes no more."""
        return self.failed or self.script.finished

    @property
    def owner(self) -> Hashable:
        """Whose row it is."""
        return self.job.owner

    @property
    def order(self) -> tuple[int, int]:
        """Its place in the order of arrival."""
        return self.job.arrival, self.index

    @property
    def size(self) -> int:
        """Tokens that it may come to hold."""
        return self.job.longest_row

    @property
    def prompt(self) -> PromptTokens:
        """What it goes on from."""
        return self.job.request.rows[self.index].prompt

    @property
    def known(self) -> tuple[int, ...]:
        """The prompt and every token that was fed after it."""
        return (*self.prompt.ids, *self.written[: len(self.written) - len(self.pending)])

    @property
    def awaits_token(self) -> bool:
        """Whether the next logits decide how it goes on."""
        return not self.pending and not self.over

    def draw(self) -> float:
        """Return the uniform number for this row's next token: the same one until that token was taken."""
        if self._uniform is None:
            self._uniform = self._random.random()
        return self._uniform

    def take(self, token: int) -> None:
        """Take a sampled token, and then whatever the script forces after it."""
        request = self.job.request
        self._uniform = None
        pieces = self.script.push(token)
        if token not in request.verdict_format.end_ids:  # an end of text is acted on, never fed
            self._write(token)
        self._tell(pieces)
        self.take_forced()
        every = request.probe_every
        self.probe_due = bool(every) and self.script.thinking and self.script.thinking_tokens % every == 0

    def take_forced(self) -> None:
        """Take the tokens that the script forces now."""
        if self.script.closed_by is not None and not self._told_closing:
            self._told_closing = True
            self.job.emit(RowClosed(self.index, self.script.closed_by))
        while self.script.forced:
            self._write(self.script.forced[0])
            self._tell(self.script.push(self.script.forced[0]))

    def take_probe(self, p_first: float) -> None:
        """Take the reading that was due; a thought that has been sure for long enough ends with it."""
        self.probe_due = False
        if math.isnan(p_first):
            return
        self.job.emit(RowProbed(self.index, self.script.thinking_tokens, p_first))
        self._tell(self.script.read_probe(p_first))
        self.take_forced()

    def read_choice(self, log_first: float, log_second: float) -> None:
        """Take the log-probabilities of both verdicts where the script awaits them."""
        self._tell(self.script.read_choice(log_first, log_second))

    @contextmanager
    def failing_alone(self) -> Iterator[None]:
        """Let whatever breaks in this row's own text, such as its decoding, end this row and no other."""
        try:
            yield
        except Exception as error:
            log.error("A vote broke off: its text raised %s", type(error).__name__)  # no message: it may quote the text
            kind = type(error).__name__
            self.fail(TextLost(f"The text of this vote could not be followed ({kind}), so it broke off."))

    def fail(self, error: EngineFailure) -> None:
        """End this row because of ``error``."""
        self.failed = True
        self.job.emit(RowFailed(self.index, error.failure))

    def _write(self, token: int) -> None:
        self.pending.append(token)
        self.written.append(token)

    def _tell(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            tokens = self.script.thinking_tokens if piece.phase == "thinking" else self.script.answer_tokens
            self.job.emit(RowText(self.index, piece.phase, piece.text, piece.forced, tokens))
