"""The decode loop: every live vote is a row of one batch, and all rows advance together.

A step reads a chunk of a waiting prompt, then feeds every row its next tokens. Rows join when their prompts have been
read and leave when they are over, in any order; which may join is said by ``fair_queue``. Where memory runs out, the
newest rows go back into the queue as they are, and the rest of the step is repeated without them. The loop has no
thread: whoever calls ``step`` owns the model.
"""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from rrm_ui.engines.interface import EngineLoad, Queued, RowFinished, RowProbed
from rrm_ui.engines.local.admission import Admission
from rrm_ui.engines.local.batch import Batch
from rrm_ui.engines.local.fair_queue import Room
from rrm_ui.engines.local.job import Job, Row
from rrm_ui.engines.local.memory import give_back_unused, ran_out
from rrm_ui.engines.local.pace import Pace
from rrm_ui.engines.local.prefill import Prefill, read_head
from rrm_ui.engines.local.prefix_cache import PrefixCache
from rrm_ui.engines.local.sampling import INVALID, sample
from rrm_ui.engines.local.transfer import rows_at, sent
from rrm_ui.errors import InvalidNumbers, OutOfMemory, UserError

if TYPE_CHECKING:
    from rrm_ui.engines.local.cuda.graphs import GraphedSteps

log = logging.getLogger(__name__)

PUT_BACK_SHARE = 4
"""Where memory runs out, one row in so many goes back into the queue, and at least one."""

NOT_A_NUMBER = (
    "The model computed no valid numbers, so this vote broke off; try another quantization (RRM_QUANTIZATION)."
)
NO_MEMORY = "The machine's memory ran out in this vote, with no other beside it. Choose a smaller thinking budget."


class DecodeLoop:
    """Schedules jobs and advances their rows.

    ``max_batch_tokens`` bounds the rows by memory (rows times the longest), ``max_rows`` by number, ``chunk_seconds``
    the time of a chunk of a prompt (see ``Pace``). One thread steps; others may ``add`` jobs, ask to ``read_ahead``,
    set ``Job.abandoned`` and ``stopping``, and look at the counts.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Tokenizer,
        *,
        max_batch_tokens: int,
        cached_prefix_tokens: int,
        max_rows: int | None = None,
        chunk_seconds: float | None = None,
        steps: GraphedSteps | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._model = model
        self.clock = clock
        self.max_batch_tokens = max_batch_tokens
        self.stopping = False
        """Set to end a step that reads a prompt early; what it read is lost."""
        self._prefixes = PrefixCache(cached_prefix_tokens)
        self._head_ahead: tuple[int, ...] = ()
        room = Room(max_batch_tokens, max_rows or sys.maxsize)
        self._admission = Admission(model, tokenizer, self._prefixes, room, Pace(chunk_seconds), clock)
        self._steps = steps
        self._batch = Batch(model, steps)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Rows that are being written."""
        return tuple(self._batch.rows)

    @property
    def row_count(self) -> int:
        """Rows whose prompts are being read or that are being written."""
        reading = self._admission.reading
        return len({*self._batch.rows, *(reading.rows if reading is not None else ())})  # some may just be joining

    @property
    def waiting_count(self) -> int:
        """Jobs that are queued and still wanted, and of which no row has been admitted."""
        return len(self._admission.jobs())

    @property
    def watched_count(self) -> int:
        """Those of the waiting jobs that somebody watches."""
        return sum(job.request.watched for job in self._admission.jobs())

    @property
    def waiting_rows(self) -> int:
        """Rows that are queued and still wanted."""
        return len(self._admission.rows)

    def load(self) -> EngineLoad:
        """Return how busy the loop is and what its rows hold."""
        holders = [one for one in (self._batch, self._admission.reading) if one is not None]
        return EngineLoad(
            rows=self.row_count,
            waiting=self.waiting_count,
            held_tokens=sum(one.slots for one in holders),
            capacity_tokens=self._admission.room.tokens,
            held_bytes=self._prefixes.held_bytes + sum(one.held_bytes for one in holders),
        )

    def queued(self, job: Job) -> Queued | None:
        """Return where ``job`` stands in the queue and how long it may wait; None once a row of it was admitted."""
        return self._admission.queued(job, self._batch.rows)

    def can_ever_take(self, job: Job) -> bool:
        """Return whether a row of ``job`` would fit the memory if it were alone."""
        return job.longest_row <= self.max_batch_tokens

    def widen(self, max_batch_tokens: int) -> None:
        """Let rows hold so many tokens together from now on, if that is more than before."""
        if max_batch_tokens > self.max_batch_tokens:
            self.max_batch_tokens = max_batch_tokens
            self._admission.widen(max_batch_tokens)

    def add(self, job: Job) -> None:
        """Queue ``job``; its rows join as ``fair_queue`` says."""
        self._admission.add(job)

    def read_ahead(self, head: Sequence[int]) -> None:
        """Read and keep ``head``, with which later prompts begin, in the first step that has nothing else to do."""
        self._head_ahead = tuple(head)

    @torch.inference_mode()
    def step(self) -> bool:
        """Do one piece of work; return whether there is more."""
        self._drop_abandoned()
        self._admission.admit(self._batch.rows)
        watched = any(row.job.request.watched for row in self._batch.rows)
        reading = self._admission.reading
        if reading is not None and ran_out(lambda: self._read_on(watched=watched)):
            self._put_back_reading(reading)
        # With nobody watching, rows wait until all that may join have joined: a step costs little more with them.
        if watched or self._admission.reading is None:
            while self._batch.rows and ran_out(self._write_on):
                self._put_back_newest()
        busy = self.row_count > 0 or self.waiting_rows > 0
        if self._head_ahead and not busy:
            self._read_head()
        return busy

    def fail_running(self, error: UserError) -> None:
        """Give up every job that runs and tell its reader ``error``; the others stay queued."""
        reading = self._admission.reading
        jobs = {row.job for row in (*self._batch.rows, *(reading.rows if reading is not None else ()))}
        self._batch.give_back_room()
        self._batch = Batch(self._model, self._steps)
        self._admission.drop(lambda job: job in jobs)
        for job in jobs:
            job.finish(error)

    def fail_all(self, error: UserError) -> None:
        """Give up every job, queued ones too, and tell its reader ``error``."""
        self.fail_running(error)
        for job in self._admission.drop(lambda _: True):
            job.finish(error)

    # -- coming and going ----------------------------------------------------------------------------------

    def _drop_abandoned(self) -> None:
        gone = {row.job for row in self._batch.rows if row.job.abandoned}
        self._keep(lambda row: row.job not in gone)
        gone |= self._admission.drop(lambda job: job.abandoned)
        for job in gone:
            job.finish()

    def _keep(self, wanted: Callable[[Row], bool]) -> None:
        kept = [i for i, row in enumerate(self._batch.rows) if wanted(row)]
        if len(kept) < len(self._batch.rows):
            self._batch.keep(kept)

    # -- running out of memory -----------------------------------------------------------------------------

    def _put_back_reading(self, reading: Prefill) -> None:
        """Make room by the rows whose prompts are being read, or that have joined and not got a token yet."""
        self._admission.reading = None
        self._drop_finished()
        joined = set(self._batch.rows)
        self._put_back([row for row in reading.rows if not row.over and (row not in joined or row.awaits_token)])

    def _put_back_newest(self) -> None:
        """Make room by the rows that came last."""
        self._drop_finished()
        rows = sorted(self._batch.rows, key=lambda row: row.order)
        if self._admission.reading is not None:
            self._put_back_reading(self._admission.reading)
        elif rows:
            self._put_back(rows[-max(1, len(rows) // PUT_BACK_SHARE) :])

    def _put_back(self, rows: Sequence[Row]) -> None:
        """Put ``rows`` back into the queue as they are; one that had everything for itself fails."""
        if not rows:
            return
        freed = self._prefixes.held_bytes > 0
        self._prefixes.clear()
        self._batch.give_back_room()
        self._admission.lower(list(dict.fromkeys([*self._batch.rows, *rows])))
        leaving = set(rows)
        self._keep(lambda row: row not in leaving)
        alone = not self._batch.rows and len(rows) == 1
        if alone and freed and not rows[0].tried_alone:
            rows[0].tried_alone = True  # once more, without the heads of earlier prompts beside it
            self._admission.put_back(rows)
        elif alone:
            rows[0].fail(OutOfMemory(NO_MEMORY))
            rows[0].job.row_over()
        else:
            self._admission.put_back(rows)
        give_back_unused(self._model.device)

    # -- reading prompts -----------------------------------------------------------------------------------

    def _read_head(self) -> None:
        """Read what was asked for ahead, once: if memory runs out over it, the first prompt reads it instead."""
        head, self._head_ahead = self._head_ahead, ()
        if ran_out(lambda: read_head(head, self._model, self._prefixes, lambda: self.stopping)):
            log.warning("Memory ran out while the head of the prompts was read ahead")
            give_back_unused(self._model.device)

    def _read_on(self, *, watched: bool) -> None:
        reading = self._admission.read_on(watched=watched, stopping=lambda: self.stopping)
        if reading is not None:
            self._join(reading)
            self._admission.reading = None

    def _join(self, reading: Prefill) -> None:
        """Turn read prompts into rows of the batch, and give each its next token.

        A row that was put back goes on from here like a new one: what it knew, it still knows.
        """
        for read in reading.prompts:
            assert read.cache is not None
            self._batch.append(read.cache, read.members)
            for row in read.members:
                row.joined_at = self.clock()
                with row.failing_alone():
                    row.take_forced()
        self._probe_before_thinking([read.members for read in reading.prompts])
        self._probe_due()
        for read in reading.prompts:
            assert read.logits is not None
            self._advance([row for row in read.members if row.awaits_token], read.logits)
        self._drop_finished()

    # -- writing rows --------------------------------------------------------------------------------------

    def _write_on(self) -> None:
        """Feed every row, and advance those whose next token is not known yet."""
        started = self.clock()
        logits = self._batch.feed_pending()
        self._admission.pace.step_written(self.clock() - started)
        self._probe_due()
        free = [i for i, row in enumerate(self._batch.rows) if row.awaits_token]
        drawn = self._batch.drawn
        tokens = [drawn[i] for i in free] if drawn is not None else None
        self._advance([self._batch.rows[i] for i in free], rows_at(logits, free), tokens)
        self._batch.logits_used()
        self._drop_finished()

    def _advance(self, rows: Sequence[Row], logits: torch.Tensor, drawn: Sequence[int] | None = None) -> None:
        """Give each of ``rows`` its verdict or its next token; ``logits`` has a row each, or one for all.

        ``drawn`` holds a token for each row, if they have been drawn from ``logits`` already.
        """
        if not rows:
            return
        logits = logits.expand(len(rows), -1)
        awaited = [i for i, row in enumerate(rows) if row.script.awaits_choice]
        pairs = self._choice_logprobs([rows[i] for i in awaited], rows_at(logits, awaited))
        for i, pair in zip(awaited, pairs, strict=True):
            with rows[i].failing_alone():
                rows[i].read_choice(*pair)
        going = [i for i, row in enumerate(rows) if not row.over]
        if not going:
            return
        writing = [rows[i] for i in going]
        tokens = [drawn[i] for i in going] if drawn is not None else _drawn(writing, rows_at(logits, going))
        for row, token in zip(writing, tokens, strict=True):
            if token == INVALID:
                row.fail(InvalidNumbers(NOT_A_NUMBER))
            else:
                with row.failing_alone():
                    row.take(token)

    def _choice_logprobs(self, rows: Sequence[Row], logits: torch.Tensor) -> list[list[float]]:
        """Return the log-probabilities of both verdicts for each of ``rows``."""
        if not rows:
            return []
        choices = sent([row.job.request.verdict_format.choices for row in rows], logits.device)
        pairs: list[list[float]] = logits.float().log_softmax(-1).gather(1, choices).tolist()
        return pairs

    def _drop_finished(self) -> None:
        over = [row for row in self._batch.rows if row.over]
        self._keep(lambda row: not row.over)
        for row in over:
            if not row.failed:
                script = row.script
                counts = (script.thinking_tokens, script.answer_tokens, tuple(row.written))
                row.job.emit(RowFinished(row.index, script.position, script.p_first, script.read_from, *counts))
                self._admission.pace.row_over(self.clock() - row.joined_at)
            row.job.row_over()

    # -- probing -------------------------------------------------------------------------------------------

    def _probe_due(self) -> None:
        """Read what each due row's verdict would be, had its thinking ended here."""
        due = [i for i, row in enumerate(self._batch.rows) if row.probe_due and row.awaits_token]
        for i, p_first in zip(due, self._probabilities(due), strict=True):
            row = self._batch.rows[i]
            with row.failing_alone():
                row.take_probe(p_first)

    def _probe_before_thinking(self, groups: Sequence[Sequence[Row]]) -> None:
        """Read the verdict before any thinking, once for each of ``groups`` of new rows, which share a prompt."""
        unread = ([row for row in group if not row.probed_at_start] for group in groups)  # some were put back
        groups = [group for group in unread if group]
        firsts = [self._batch.rows.index(group[0]) for group in groups]
        for group, p_first in zip(groups, self._probabilities(firsts), strict=True):
            for row in group:
                row.probed_at_start = True
                if not math.isnan(p_first):
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


def _drawn(rows: Sequence[Row], logits: torch.Tensor) -> list[int]:
    """Return a token for each of ``rows``."""
    return sample(logits, [row.temperature for row in rows], [row.top_p for row in rows], [row.draw() for row in rows])
