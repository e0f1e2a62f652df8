"""What a running server counts, as Prometheus text. No text of any person is in it."""

from __future__ import annotations

from collections.abc import Generator

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from rrm_ui.events import Event, JudgmentFinished, VoteFinished
from rrm_ui.model_host import ModelHost


class Metrics:
    """The counters of one server."""

    def __init__(self, host: ModelHost) -> None:
        self._host = host
        self._registry = registry = CollectorRegistry()
        self._judgments = Counter("rrm_judgments", "Judgments by outcome", ["outcome"], registry=registry)
        self._votes = Counter(
            "rrm_votes", "Votes by status and by who closed them", ["status", "closed_by"], registry=registry
        )
        self._tokens = Counter("rrm_tokens", "Tokens written by votes", ["phase"], registry=registry)
        self._seconds = Counter("rrm_judgment_seconds", "Seconds spent in judgments", registry=registry)
        self._ready = Gauge("rrm_model_ready", "1 once the model can judge", registry=registry)
        self._rows = Gauge("rrm_rows_running", "Votes being read or written", registry=registry)
        self._waiting = Gauge("rrm_judgments_waiting", "Judgments that wait for the engine", registry=registry)

    def observe(self, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
        """Pass ``events`` on and count what they say; closing this closes them."""
        try:
            for event in events:
                if isinstance(event, VoteFinished):
                    vote = event.vote
                    self._votes.labels(vote.status, vote.closed_by).inc()
                    self._tokens.labels("thinking").inc(vote.thinking_tokens)
                    self._tokens.labels("answer").inc(vote.answer_tokens)
                elif isinstance(event, JudgmentFinished):
                    self._judgments.labels(event.judgment.tally.outcome).inc()
                    self._seconds.inc(event.judgment.seconds)
                yield event
        finally:
            events.close()

    def text(self) -> bytes:
        """Return everything in the Prometheus text format."""
        ready = self._host.status().state == "ready"
        self._ready.set(ready)
        if ready:
            load = self._host.model().engine.load()
            self._rows.set(load.rows)
            self._waiting.set(load.waiting)
        return generate_latest(self._registry)
