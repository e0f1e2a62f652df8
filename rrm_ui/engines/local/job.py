"""A request on its way through the loop: its rows, and the events that its reader has not taken yet."""

from __future__ import annotations

import queue
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from tokenizers import Tokenizer

from rrm_ui.engines.interface import GenerationRequest, RowClosed, RowEvent, RowFailed, RowProbed, RowText
from rrm_ui.errors import UserError
from rrm_ui.prompts.script import Piece, RowScript


@dataclass(eq=False)
class Job:
    """One request. The loop writes to it; its reader takes events from it and may give it up."""

    request: GenerationRequest
    abandoned: bool = False
    """Set by the reader at any time; the loop drops the rows before its next step."""
    _events: queue.SimpleQueue[RowEvent | UserError | None] = field(default_factory=queue.SimpleQueue)

    def emit(self, *events: RowEvent) -> None:
        """Hand events to the reader."""
        for event in events:
            self._events.put(event)

    def finish(self, error: UserError | None = None) -> None:
        """Tell the reader that nothing more comes, and why if something broke."""
        self._events.put(error)

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
    """One row under way: what its script says, and which tokens are still to be fed."""

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
        self._random = random.Random(request.rows[index].seed)
        self._told_closing = False

    @property
    def over(self) -> bool:
        """Whether this row writes no more."""
        return self.failed or self.script.finished

    def draw(self) -> float:
        """Return the next uniform number of this row."""
        return self._random.random()

    def take(self, token: int) -> None:
        """Take a sampled token, and then whatever the script forces after it."""
        request = self.job.request
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
        self.job.emit(RowProbed(self.index, self.script.thinking_tokens, p_first))
        self._tell(self.script.read_probe(p_first))
        self.take_forced()

    def read_choice(self, log_first: float, log_second: float) -> None:
        """Take the log-probabilities of both verdicts where the script awaits them."""
        self._tell(self.script.read_choice(log_first, log_second))

    def fail(self, message: str) -> None:
        """End this row because something broke."""
        self.failed = True
        self.job.emit(RowFailed(self.index, message))

    def _write(self, token: int) -> None:
        self.pending.append(token)
        self.written.append(token)

    def _tell(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            tokens = self.script.thinking_tokens if piece.phase == "thinking" else self.script.answer_tokens
            self.job.emit(RowText(self.index, piece.phase, piece.text, piece.forced, tokens))
