"""The decode loop: every live vote is a row of one batch, and all rows advance together.

A step reads a chunk of a waiting prompt, then feeds every row its next tokens. Rows join when their job's
prompts have been read and leave when they are over, in any order. The loop has no thread and no lock: whoever
calls ``step`` owns the model.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from rrm_ui.engines.interface import PromptRead, RowFinished, RowProbed
from rrm_ui.engines.local.batch import Batch
from rrm_ui.engines.local.job import Job, Row
from rrm_ui.engines.local.prefill import Prefill, ReadingAbandoned
from rrm_ui.engines.local.prefix_cache import PrefixCache
from rrm_ui.engines.local.sampling import INVALID, sample
from rrm_ui.engines.local.transfer import rows_at, sent
from rrm_ui.errors import UserError

PREFILL_CHUNK = 512
"""Prompt tokens read per step while no row is waiting for its next token."""
PREFILL_CHUNK_BUSY = 32
"""The same while somebody watches rows being written: a newcomer's prompt must not stall them for long."""

NOT_A_NUMBER = (
    "The model computed no valid numbers, so this vote broke off; try another quantization (RRM_QUANTIZATION)."
)


class DecodeLoop:
    """Schedules jobs and advances their rows.

    One thread steps; others may ``add`` jobs, set ``Job.abandoned`` and look at the counts.
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: Tokenizer, *, max_batch_tokens: int, cached_prefix_tokens: int
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self.max_batch_tokens = max_batch_tokens
        self._prefixes = PrefixCache(cached_prefix_tokens)
        self._waiting: deque[Job] = deque()
        self._reading: Prefill | None = None
        self._batch = Batch(model)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Rows that are being written."""
        return tuple(self._batch.rows)

    @property
    def row_count(self) -> int:
        """Rows whose prompts are being read or that are being written."""
        reading = self._reading
        return len(self._batch.rows) + (len(reading.job.request.rows) if reading is not None else 0)

    @property
    def waiting_count(self) -> int:
        """Jobs that are queued and still wanted."""
        return sum(not job.abandoned for job in list(self._waiting))

    @property
    def waiting_rows(self) -> int:
        """Rows of the jobs that are queued and still wanted."""
        return sum(len(job.request.rows) for job in list(self._waiting) if not job.abandoned)

    def place_of(self, job: Job) -> int:
        """Return how many wanted jobs are ahead of ``job`` and itself; 0 once it is being read."""
        wanted = [other for other in list(self._waiting) if not other.abandoned]
        return wanted.index(job) + 1 if job in wanted else 0

    def can_ever_take(self, job: Job) -> bool:
        """Return whether ``job`` would fit the memory if it were alone."""
        return len(job.request.rows) * job.request.longest_row <= self.max_batch_tokens

    def add(self, job: Job) -> None:
        """Queue ``job``: first come, first served, as soon as its rows fit beside the running ones."""
        self._waiting.append(job)

    @torch.inference_mode()
    def step(self) -> bool:
        """Do one piece of work; return whether there is more."""
        self._drop_abandoned()
        self._admit()
        watched = any(row.job.request.watched for row in self._batch.rows)
        if self._reading is not None:
            self._read_on(self._reading, PREFILL_CHUNK_BUSY if watched else PREFILL_CHUNK)
        # With nobody watching, rows wait until all that may join have joined: a step costs little more with them.
        if self._batch.rows and (watched or self._reading is None):
            self._write_on()
        return self._reading is not None or bool(self._batch.rows) or bool(self._waiting)

    def fail_running(self, error: UserError) -> None:
        """Give up everything that runs and tell each reader ``error``; waiting jobs stay queued."""
        jobs = list({row.job: None for row in self._batch.rows})
        if self._reading is not None:
            jobs.append(self._reading.job)
        self._reading, self._batch = None, Batch(self._model)
        for job in jobs:
            job.finish(error)

    # -- coming and going ----------------------------------------------------------------------------------

    def _admit(self) -> None:
        while self._waiting and self._waiting[0].abandoned:
            self._waiting.popleft().finish()
        if self._reading is None and self._waiting and self._fits(self._waiting[0]):
            self._reading = Prefill(self._waiting.popleft(), self._model, self._prefixes)

    def _fits(self, job: Job) -> bool:
        requests = [job.request, *(row.job.request for row in self._batch.rows)]
        rows = len(self._batch.rows) + len(job.request.rows)
        return rows * max(request.longest_row for request in requests) <= self.max_batch_tokens

    def _drop_abandoned(self) -> None:
        if self._reading is not None and self._reading.job.abandoned:
            self._reading.job.finish()
            self._reading = None
        self._keep([not row.job.abandoned for row in self._batch.rows])

    def _keep(self, flags: Sequence[bool]) -> None:
        """Keep the rows whose flag is set, and end the jobs that have none left."""
        if all(flags):
            return
        before = {row.job: None for row in self._batch.rows}
        self._batch.keep([i for i, flag in enumerate(flags) if flag])
        live = {row.job for row in self._batch.rows}
        for job in before:
            if job not in live:
                job.finish()

    # -- reading prompts -----------------------------------------------------------------------------------

    def _read_on(self, reading: Prefill, chunk: int) -> None:
        try:
            reading.advance(chunk)
        except ReadingAbandoned:
            return  # dropped before the next step
        reading.job.emit(PromptRead(reading.tokens_read, reading.tokens_total))
        if reading.done:
            self._reading = None
            self._join(reading)

    def _join(self, reading: Prefill) -> None:
        """Turn a job's read prompts into rows of the batch, and give each its first token."""
        firsts: list[int] = []
        for read in reading.prompts:
            assert read.cache is not None
            assert read.logits is not None
            rows = [Row(reading.job, index, self._tokenizer) for index in read.members]
            firsts.append(len(self._batch.rows))
            self._batch.append(read.cache, rows)
            for row in rows:
                row.take_forced()
            self._advance([row for row in rows if not row.pending], read.logits)
        request = reading.job.request
        if request.probe_every and request.thinking_budget:
            self._probe_before_thinking(firsts)
        self._drop_finished()

    # -- writing rows --------------------------------------------------------------------------------------

    def _write_on(self) -> None:
        """Feed every row, and advance those whose next token is not known yet."""
        logits = self._batch.feed_pending()
        self._probe_due()
        free = [i for i, row in enumerate(self._batch.rows) if not row.pending]
        self._advance([self._batch.rows[i] for i in free], rows_at(logits, free))
        self._drop_finished()

    def _advance(self, rows: Sequence[Row], logits: torch.Tensor) -> None:
        """Give each of ``rows`` its verdict or its next token; ``logits`` has a row each, or one for all."""
        if not rows:
            return
        logits = logits.expand(len(rows), -1)
        awaited = [i for i, row in enumerate(rows) if row.script.awaits_choice]
        for i, pair in zip(
            awaited, self._choice_logprobs([rows[i] for i in awaited], rows_at(logits, awaited)), strict=True
        ):
            rows[i].read_choice(*pair)
        going = [i for i, row in enumerate(rows) if not row.over]
        if not going:
            return
        logits = rows_at(logits, going)
        writing = [rows[i] for i in going]
        tokens = sample(
            logits,
            [row.temperature for row in writing],
            [row.top_p for row in writing],
            [row.draw() for row in writing],
        )
        for row, token in zip(writing, tokens, strict=True):
            if token == INVALID:
                row.fail(NOT_A_NUMBER)
            else:
                row.take(token)

    def _choice_logprobs(self, rows: Sequence[Row], logits: torch.Tensor) -> list[list[float]]:
        """Return the log-probabilities of both verdicts for each of ``rows``."""
        if not rows:
            return []
        choices = sent([row.job.request.verdict_format.choices for row in rows], logits.device)
        pairs: list[list[float]] = logits.float().log_softmax(-1).gather(1, choices).tolist()
        return pairs

    def _drop_finished(self) -> None:
        for row in self._batch.rows:
            if row.over and not row.failed:
                script = row.script
                counts = (script.thinking_tokens, script.answer_tokens, tuple(row.written))
                row.job.emit(RowFinished(row.index, script.position, script.p_first, script.read_from, *counts))
        self._keep([not row.over for row in self._batch.rows])

    # -- probing -------------------------------------------------------------------------------------------

    def _probe_due(self) -> None:
        """Read what each due row's verdict would be, had its thinking ended here."""
        due = [i for i, row in enumerate(self._batch.rows) if row.probe_due]
        for i, p_first in zip(due, self._probabilities(due), strict=True):
            row = self._batch.rows[i]
            row.probe_due = False
            row.job.emit(RowProbed(row.index, row.script.thinking_tokens, p_first))

    def _probe_before_thinking(self, firsts: Sequence[int]) -> None:
        """Read the verdict before any thinking, once for the rows that share a prompt (runs begin at ``firsts``)."""
        ends = [*firsts[1:], len(self._batch.rows)]
        for first, end, p_first in zip(firsts, ends, self._probabilities(firsts), strict=True):
            for row in self._batch.rows[first:end]:
                row.job.emit(RowProbed(row.index, 0, p_first))

    def _probabilities(self, indices: Sequence[int]) -> list[float]:
        """Return the probability of the first position for the rows at ``indices``."""
        if not indices:
            return []
        rows = [self._batch.rows[i] for i in indices]
        form = rows[0].job.request.verdict_format
        pairs = self._choice_logprobs(rows, self._batch.peek(indices, (*form.closing, *form.stem)))
        probabilities: list[float] = torch.tensor(pairs).softmax(-1)[:, 0].tolist()
        return probabilities
