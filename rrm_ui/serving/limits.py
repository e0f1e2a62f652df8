"""What one person may ask for: how much at once, and how much over time. The command line has no limits."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from rrm_ui.errors import BudgetLimit, TextLimit, TokensUsedUp, VotesLimit
from rrm_ui.settings import Settings
from rrm_ui.values import MAX_VOTES, JudgeSettings

Clock = Callable[[], float]

MOST_BUCKETS = 1024
"""Persons whose use is remembered before those who have used nothing lately are looked for and forgotten."""


@dataclass(frozen=True)
class Limits:
    """The limits of one server; None is no limit."""

    votes: int = MAX_VOTES
    thinking_budget: int | None = None
    text_characters: int | None = None
    requests_per_person: int | None = None
    tokens_per_minute: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Return what the environment says; a limit of zero is none."""
        return cls(
            votes=min(settings.max_votes or MAX_VOTES, MAX_VOTES),
            thinking_budget=settings.max_thinking_budget or None,
            text_characters=settings.max_text_characters,
            requests_per_person=settings.max_requests_per_person or None,
            tokens_per_minute=settings.max_tokens_per_minute or None,
        )

    def within(self, settings: JudgeSettings) -> JudgeSettings:
        """Return ``settings`` with votes and budget cut to the limits: for what nobody has chosen."""
        return replace(
            settings,
            votes=min(settings.votes, self.votes),
            thinking_budget=self.budget_within(settings.thinking_budget),
        )

    def budget_within(self, budget: int) -> int:
        """Return ``budget``, cut to the limit."""
        return budget if self.thinking_budget is None else min(budget, self.thinking_budget)

    def check(self, settings: JudgeSettings, texts: Iterable[object] = ()) -> None:
        """Check what was chosen. What is no number or no text is left to ``judge``, which says what it must be.

        Raises:
            VotesLimit, BudgetLimit, TextLimit: it is more than this server gives or takes.
        """
        votes, budget = settings.votes, settings.thinking_budget
        # More than anyone may ever cast is out of range, and ``judge`` says so.
        if isinstance(votes, int) and self.votes < votes <= MAX_VOTES:
            raise VotesLimit(
                f"This server casts at most {self.votes:,} votes for one comparison, and {votes:,} were asked for. "
                "Choose fewer.",
                votes=votes,
                limit=self.votes,
            )
        if self.thinking_budget is not None and isinstance(budget, int) and budget > self.thinking_budget:
            raise BudgetLimit(
                f"This server gives a vote at most {self.thinking_budget:,} tokens to think, and {budget:,} were asked "
                "for. Choose a smaller thinking budget.",
                budget=budget,
                limit=self.thinking_budget,
            )
        for text in texts:
            if self.text_characters is not None and isinstance(text, str) and len(text) > self.text_characters:
                raise TextLimit(
                    f"A text has {len(text):,} characters; at most {self.text_characters:,} are taken. Shorten it, "
                    "then judge again.",
                    characters=len(text),
                    limit=self.text_characters,
                )


@dataclass
class _Bucket:
    tokens: float
    """What is left; below zero after a request that used more than there was."""
    filled: float
    """When that was worked out."""


class TokenBuckets:
    """A bucket of tokens per person: it holds one minute's share and fills steadily.

    A request is begun while there is anything in the bucket, and pays afterwards for what it really used: how long a
    vote thinks is not known before. Who has used more than there was waits until it is made up for.
    """

    def __init__(self, per_minute: int, clock: Clock = time.monotonic) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def check(self, person: str) -> None:
        """Check that ``person`` has anything left.

        Raises:
            TokensUsedUp: nothing is left; the message says when there is again.
        """
        with self._lock:
            left = self._filled(person).tokens
        if left < 1:
            seconds = math.ceil((1 - left) / self._per_second)
            raise TokensUsedUp(
                f"Your requests have used their {self._most:,.0f} tokens a minute. Try again in {seconds:,} seconds.",
                seconds=seconds,
                limit=round(self._most),
            )

    def spend(self, person: str, tokens: int) -> None:
        """Take ``tokens`` out of the bucket of ``person``."""
        if tokens:
            with self._lock:
                self._filled(person).tokens -= tokens

    def _filled(self, person: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.get(person)
        if bucket is None:
            if len(self._buckets) >= MOST_BUCKETS:
                self._forget_full(now)
            bucket = self._buckets[person] = _Bucket(self._most, now)
        bucket.tokens = self._level(bucket, now)
        bucket.filled = now
        return bucket

    def _level(self, bucket: _Bucket, now: float) -> float:
        return min(self._most, bucket.tokens + (now - bucket.filled) * self._per_second)

    def _forget_full(self, now: float) -> None:
        self._buckets = {
            person: bucket for person, bucket in self._buckets.items() if self._level(bucket, now) < self._most
        }
