"""The one door of a running server: every judgment, ranking, evaluation and estimate goes through it.

Here it is decided whether a request may begin, counted and logged what became of it, and here everything that runs can
be ended together. Nothing that a person wrote is kept or logged.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

from rrm_ui.errors import EngineFailure, RecordFailure, ShuttingDown, TooManyAtOnce, UserError
from rrm_ui.events import Event, JudgmentFailed, JudgmentFinished, VoteFinished
from rrm_ui.metrics import Metrics
from rrm_ui.serving.limits import Clock, Limits, TokenBuckets
from rrm_ui.serving.taken import Taken
from rrm_ui.values import Judgment

log = logging.getLogger(__name__)

Kind = Literal["judgment", "ranking", "evaluation", "estimate"]


class Visits:
    """Everything that is under way, and the rules by which it may begin."""

    def __init__(
        self, limits: Limits | None = None, metrics: Metrics | None = None, clock: Clock = time.monotonic
    ) -> None:
        self.limits = limits or Limits()
        self.metrics = metrics or Metrics()
        self.clock = clock
        self.buckets = TokenBuckets(self.limits.tokens_per_minute, clock) if self.limits.tokens_per_minute else None
        self._changed = threading.Condition()
        self._open: set[Visit] = set()
        self._by_person: Counter[str] = Counter()
        self._shutting_down = False

    @property
    def shutting_down(self) -> bool:
        """Whether nothing new may begin."""
        return self._shutting_down

    @contextmanager
    def open(self, kind: Kind, person: str, cancel: threading.Event | None = None) -> Iterator[Visit]:
        """Let ``person`` do one thing, which ``cancel`` ends; a person without a name has no limits.

        Raises:
            ShuttingDown, TooManyAtOnce, TokensUsedUp: it may not begin.
        """
        visit = Visit(self, kind, person, cancel or threading.Event())
        entered = False
        try:
            self._enter(visit)
            entered = True
            yield visit
        except UserError as error:
            self._tell(visit, error)
            raise
        except Exception:
            self.metrics.failures.labels("unexpected").inc()
            raise
        finally:
            if entered:
                self._leave(visit)

    def shut_down(self) -> None:
        """Begin nothing more, and end what runs: what has finished is kept, and the rest told."""
        with self._changed:
            self._shutting_down = True
            running = list(self._open)
        for visit in running:
            visit.cancel.set()

    def wait_until_over(self, timeout: float) -> bool:
        """Wait until nothing is under way; False if ``timeout`` seconds passed first."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._open, timeout)

    def _enter(self, visit: Visit) -> None:
        most, person = self.limits.requests_per_person, visit.person
        with self._changed:
            if self._shutting_down:
                raise ShuttingDown
            if person and most is not None and self._by_person[person] >= most:
                raise TooManyAtOnce(
                    f"You have as many requests under way as one person may ({most:,}). Wait for one to end, then try "
                    "again.",
                    limit=most,
                )
            if person and self.buckets is not None:
                self.buckets.check(person)
            self._open.add(visit)
            self._by_person[person] += 1
        self.metrics.requests.labels(visit.kind).inc()

    def _leave(self, visit: Visit) -> None:
        """Forget a visit. Waits for nothing, so it may be called from the server's event loop."""
        with self._changed:
            visit.over = True
            self._open.discard(visit)
            self._by_person[visit.person] -= 1
            if not self._by_person[visit.person]:
                del self._by_person[visit.person]
            self._changed.notify_all()

    def _tell(self, visit: Visit, error: UserError) -> None:
        """Count and log what kept a request from its end: by its code, because its words may quote a text."""
        broke = isinstance(error, (EngineFailure, RecordFailure))
        (self.metrics.failures if broke else self.metrics.refusals).labels(error.code).inc()
        fields = {"kind": visit.kind, "person": visit.person, "error": error.code}
        what = "%s of %s failed: %s" if broke else "%s of %s refused: %s"
        log.info(what, visit.kind.capitalize(), visit.person or "-", error.code, extra={"fields": fields})


class Visit:
    """One thing that a person asked the server to do; it may hold many judgments."""

    def __init__(self, visits: Visits, kind: Kind, person: str, cancel: threading.Event) -> None:
        self.kind, self.person, self.cancel = kind, person, cancel
        self.over = False
        """Whether who asked has gone: what ends now, ends for nobody."""
        self._visits = visits

    @property
    def limits(self) -> Limits:
        """What may be asked for."""
        return self._visits.limits

    @property
    def shutting_down(self) -> bool:
        """Whether the server ends what runs."""
        return self._visits.shutting_down

    def spend(self, tokens: int) -> None:
        """Charge ``tokens`` to the person."""
        if self.person and self._visits.buckets is not None:
            self._visits.buckets.spend(self.person, tokens)

    def follow(self, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
        """Pass one judgment's events on, charge and count what they say; closing this closes them."""
        clock, metrics = self._visits.clock, self._visits.metrics
        taken = Taken(clock())
        counted = False
        try:
            for event in events:
                new = taken.see(event, clock())
                if new.total:
                    self.spend(new.total)
                    metrics.count_tokens(new.read, new.thinking, new.answer)
                if isinstance(event, VoteFinished):
                    metrics.count_vote(event.vote)
                elif isinstance(event, JudgmentFailed):
                    taken.error = event.failure.code
                elif isinstance(event, JudgmentFinished):
                    counted = True
                    yield from self._finish(event.judgment, taken)
                    continue
                yield event
        except GeneratorExit:
            if not counted:
                self._count("abandoned", clock() - taken.started, taken)
            raise
        finally:
            events.close()

    def _finish(self, judgment: Judgment, taken: Taken) -> list[Event]:
        """Count ``judgment`` and return what is told at its end."""
        ending: list[Event] = []
        if self.shutting_down and judgment.error is None and any(vote.status == "cancelled" for vote in judgment.votes):
            error = ShuttingDown()
            taken.error = error.code
            judgment = replace(judgment, error=error.message)
            ending.append(JudgmentFailed(error.failure))
        if taken.error is not None:
            self._visits.metrics.failures.labels(taken.error).inc()
        self._count("abandoned" if self.over else judgment.tally.outcome, judgment.seconds, taken, judgment)
        return [*ending, JudgmentFinished(judgment)]

    def _count(self, outcome: str, seconds: float, taken: Taken, judgment: Judgment | None = None) -> None:
        self._visits.metrics.count_judgment(outcome, seconds, taken.waited, taken.first_token)
        self._log(outcome, seconds, taken, judgment)

    def _log(self, outcome: str, seconds: float, taken: Taken, judgment: Judgment | None) -> None:
        fields = {
            "judgment": uuid.uuid4().hex[:12],
            "kind": self.kind,
            "person": self.person,
            "outcome": outcome,
            "seconds": round(seconds, 3),
            "wait": round(taken.wait_until(self._visits.clock()), 3),
            "tokens_read": taken.tokens.read,
            "tokens": taken.tokens.thinking + taken.tokens.answer,
            "error": taken.error,
        }
        if judgment is not None:
            fields["model"] = judgment.model.name
            fields["votes"], fields["budget"] = judgment.settings.votes, judgment.settings.thinking_budget
        log.info("Judged: %s", " ".join(f"{name}={value}" for name, value in fields.items()), extra={"fields": fields})
