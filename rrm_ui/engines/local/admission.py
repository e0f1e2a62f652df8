"""The way into the batch: rows wait, are admitted, and have their prompts read; who waits is told for how long."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Sequence
from itertools import takewhile

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from rrm_ui.engines.interface import Queued
from rrm_ui.engines.local.fair_queue import FairQueue, Room, Shares
from rrm_ui.engines.local.job import Job, Row
from rrm_ui.engines.local.pace import Pace
from rrm_ui.engines.local.prefill import Prefill, ReadingAbandoned
from rrm_ui.engines.local.prefix_cache import PrefixCache

log = logging.getLogger(__name__)

SHRINK = 0.75
"""What is left of the room that was thought to be there, after memory ran out."""
RESTORE_SECONDS = 600.0
"""After this long without running out, all the room is tried again: something else may have held the memory."""


class Admission:
    """The waiting rows of all jobs, those whose prompts are being read, and the room there is for them."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: Tokenizer,
        prefixes: PrefixCache,
        room: Room,
        pace: Pace,
        clock: Callable[[], float],
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._prefixes = prefixes
        self._clock = clock
        self._room = room
        self._believed = room.tokens
        self._lowered_at = 0.0
        self._queue: FairQueue[Row] = FairQueue()
        self._arrivals = itertools.count(1)
        self.pace = pace
        self.reading: Prefill | None = None
        """Rows of one job whose prompts are being read."""

    @property
    def room(self) -> Room:
        """The room that is believed to be there now."""
        if self._believed < self._room.tokens and self._clock() - self._lowered_at > RESTORE_SECONDS:
            self._believed = self._room.tokens
        return Room(self._believed, self._room.rows)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Waiting rows that are still wanted, in order of arrival."""
        return tuple(row for row in self._queue.claims if not row.job.abandoned)

    def jobs(self) -> list[Job]:
        """Return the wanted jobs of which no row has been admitted yet, in order of arrival."""
        return list(dict.fromkeys(row.job for row in self.rows if row.job.admitted_at is None))

    def add(self, job: Job) -> None:
        """Queue every row of ``job``."""
        job.arrival = next(self._arrivals)
        self._queue.add([Row(job, index, self._tokenizer) for index in range(len(job.request.rows))])

    def put_back(self, rows: Sequence[Row]) -> None:
        """Queue rows again that had been admitted; their arrival gives them their place."""
        self._queue.add(rows)

    def drop(self, unwanted: Callable[[Job], bool]) -> set[Job]:
        """Take every job that is ``unwanted`` out of the queue and the reading; return those that had rows here."""
        jobs = {row.job for row in self._queue.remove(lambda row: unwanted(row.job))}
        if self.reading is not None and unwanted(self.reading.job):
            jobs.add(self.reading.job)
            self.reading = None
        return jobs

    def admit(self, running: Sequence[Row]) -> None:
        """Begin to read for the rows that join ``running`` next. All are of one job: their prompts share a head."""
        if self.reading is not None:
            return
        room, admitted = self.room, list[Row]()

        def together(row: Row) -> bool:
            return not admitted or row.job is admitted[0].job

        while (row := self._queue.take_next([*running, *admitted], room, together)) is not None:
            admitted.append(row)
        if admitted:
            job, now = admitted[0].job, self._clock()
            self.reading = Prefill(admitted, self._model, self._prefixes, now)
            job.admitted_at = job.admitted_at or now

    def read_on(self, *, watched: bool, stopping: Callable[[], bool]) -> Prefill | None:
        """Read a chunk of what is being read, and return it all once it is through and may join.

        ``watched``: somebody follows rows that wait for this chunk. ``stopping`` ends it early.
        """
        reading, started = self.reading, self._clock()
        if reading is None:
            return None
        try:
            tokens = reading.advance(self.pace.chunk(watched=watched), lambda: reading.job.abandoned or stopping())
        except ReadingAbandoned:
            return None  # dropped before the next step
        if self._model.device.type == "cuda":
            torch.cuda.current_stream().synchronize()  # the pass has only been sent; its time is wanted
        now = self._clock()
        self.pace.chunk_read(tokens, now - started)
        reading.job.tell_read((read.prompt, read.tokens_read) for read in reading.prompts)
        if not reading.done:
            return None
        self.pace.prompts_read(reading.tokens_fed, now - reading.started_at)
        return reading

    def widen(self, tokens: int) -> None:
        """Believe that rows may hold up to ``tokens`` together."""
        self._room = Room(tokens, self._room.rows)
        self._believed = tokens
        log.info("Running votes may now hold %d tokens together", tokens)

    def lower(self, rows: Sequence[Row]) -> None:
        """Believe from now on that ``rows`` together need more memory than there is."""
        demand = len(rows) * max(row.size for row in rows)
        self._lowered_at = self._clock()  # first: a reader's look at ``room`` in between would restore it
        self._believed = int(min(self._believed, demand) * SHRINK)
        log.warning("Running votes may now hold %d tokens together", self._believed)

    def queued(self, job: Job, running: Sequence[Row]) -> Queued | None:
        """Return where ``job`` stands in the queue and when its first row may be admitted; None once it has been."""
        if job.admitted_at is not None:
            return None
        waiting, reading = self.rows, self.reading
        if all(row.job is not job for row in waiting):
            return None
        admitted = [*running, *(reading.rows if reading is not None else ())]
        ahead = self._ahead(job, waiting, admitted)
        jobs_ahead = list(dict.fromkeys(row.job for row in ahead))
        unread = reading.tokens_total - reading.tokens_read if reading is not None else 0
        unread += sum(job.prompt_tokens for job in jobs_ahead)
        sizes = [row.size for row in (*admitted, *ahead)]
        to_leave = len(sizes) + 1 - self.room.most(max([job.longest_row, *sizes]))
        now = self._clock()
        seconds = self.pace.wait(unread, to_leave, [now - row.joined_at for row in running])
        return Queued(1 + sum(other.admitted_at is None for other in jobs_ahead), seconds)

    def _ahead(self, job: Job, waiting: Sequence[Row], admitted: Sequence[Row]) -> list[Row]:
        """Return the waiting rows that are likely to join before the first of ``job``.

        All earlier ones, if ``job``'s owner has rows already; otherwise those of others only up to their shares.
        """
        earlier = list(takewhile(lambda row: row.job is not job, waiting))
        if any(row.owner == job.owner for row in admitted):
            return earlier
        shares = Shares(self.room, len({row.owner for row in (*waiting, *admitted)}), admitted)
        ahead: list[Row] = []
        for row in earlier:
            if row.owner == job.owner or shares.leave_room_for(row):
                shares.take(row)
                ahead.append(row)
        return ahead
