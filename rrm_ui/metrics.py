"""What a running server counts, for Prometheus. No text of any person is in it, and no label has unbounded values."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from rrm_ui.engines.interface import EngineLoad
from rrm_ui.errors import ModelUnavailable, NotReady
from rrm_ui.judge import JudgeModel
from rrm_ui.model_host import ModelHost
from rrm_ui.values import Vote

WAIT_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""Seconds: from unnoticed to given up."""
JUDGMENT_BUCKETS = (0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)


class Metrics:
    """The counters of one server; ``watch`` adds what is read off its model when somebody asks."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter(
            "rrm_requests", "Requests that began, by what was asked for", ["kind"], registry=registry
        )
        self.refusals = Counter(
            "rrm_refusals", "Requests that were refused, by error code", ["code"], registry=registry
        )
        self.failures = Counter(
            "rrm_failures", "Judgments or requests that broke, by error code", ["code"], registry=registry
        )
        self._judgments = Counter("rrm_judgments", "Judgments by outcome", ["outcome"], registry=registry)
        self._votes = Counter(
            "rrm_votes", "Votes by status and by who closed their thinking", ["status", "closed_by"], registry=registry
        )
        self._tokens = Counter("rrm_tokens", "Tokens written by votes, by phase", ["phase"], registry=registry)
        self._prompt_tokens = Counter("rrm_prompt_tokens", "Prompt tokens read", registry=registry)
        self._waits = Histogram(
            "rrm_queue_wait_seconds",
            "Time until the engine took a judgment up",
            buckets=WAIT_BUCKETS,
            registry=registry,
        )
        self._first_tokens = Histogram(
            "rrm_time_to_first_token_seconds",
            "Time until the first vote of a judgment wrote, its wait included",
            buckets=WAIT_BUCKETS,
            registry=registry,
        )
        self._seconds = Histogram(
            "rrm_judgment_seconds", "Time that judgments took", buckets=JUDGMENT_BUCKETS, registry=registry
        )

    def watch(self, host: ModelHost) -> None:
        """Tell of ``host`` and its model too."""
        self._registry.register(_ModelCollector(host))

    def count_tokens(self, read: int, thinking: int, answer: int) -> None:
        """Count tokens that were read, and that a vote thought or answered."""
        self._prompt_tokens.inc(read)
        self._tokens.labels("thinking").inc(thinking)
        self._tokens.labels("answer").inc(answer)

    def count_vote(self, vote: Vote) -> None:
        """Count a vote that is over."""
        self._votes.labels(vote.status, vote.closed_by).inc()

    def count_judgment(self, outcome: str, seconds: float, waited: float | None, first_token: float | None) -> None:
        """Count a judgment that is over; what it never came to is None."""
        self._judgments.labels(outcome).inc()
        self._seconds.observe(seconds)
        if waited is not None:
            self._waits.observe(waited)
        if first_token is not None:
            self._first_tokens.observe(first_token)

    def text(self) -> bytes:
        """Return everything in the Prometheus text format."""
        return generate_latest(self._registry)

    def families(self) -> Iterable[Metric]:
        """Return everything, for a test to look at."""
        return self._registry.collect()


class _ModelCollector(Collector):
    """Reads model, engine and GPU when somebody asks: a model that was changed leaves no stale value behind."""

    def __init__(self, host: ModelHost) -> None:
        self._host = host

    def collect(self) -> Iterator[Metric]:
        """Yield every figure as it stands now."""
        model = self._model()
        yield GaugeMetricFamily("rrm_model_ready", "1 once the model can judge", value=float(model is not None))
        info = InfoMetricFamily("rrm_model", "Which model judges")
        if model is not None:
            details = model.details
            labels = {
                "name": details.name,
                "revision": details.revision or "",
                "quantization": details.quantization,
                "device": details.device,
                "family": details.prompt_family,
            }
            info.add_metric([], labels)
        yield info
        load = EngineLoad(0, 0) if model is None else model.engine.load()
        yield GaugeMetricFamily("rrm_rows_running", "Votes being read or written", value=load.rows)
        yield GaugeMetricFamily("rrm_judgments_waiting", "Judgments that wait for the engine", value=load.waiting)
        yield GaugeMetricFamily("rrm_kv_tokens", "Key and value slots that running votes hold", value=load.held_tokens)
        yield GaugeMetricFamily(
            "rrm_kv_capacity_tokens",
            "Key and value slots that running votes may hold together; 0: not bounded",
            value=load.capacity_tokens,
        )
        yield GaugeMetricFamily(
            "rrm_kv_bytes", "Memory of keys and values, kept prompts included", value=load.held_bytes
        )
        yield from _gpu_memory()

    def _model(self) -> JudgeModel | None:
        try:
            return self._host.model()
        except (NotReady, ModelUnavailable):
            return None


def _gpu_memory() -> Iterator[Metric]:
    allocated = GaugeMetricFamily("rrm_gpu_memory_allocated_bytes", "Memory of living tensors", labels=["device"])
    reserved = GaugeMetricFamily(
        "rrm_gpu_memory_reserved_bytes", "Memory that torch holds for tensors", labels=["device"]
    )
    torch = sys.modules.get("torch")  # a server without a model of its own need not load it
    if torch is not None and torch.cuda.is_initialized():
        for index in range(torch.cuda.device_count()):
            allocated.add_metric([str(index)], torch.cuda.memory_allocated(index))
            reserved.add_metric([str(index)], torch.cuda.memory_reserved(index))
    yield allocated
    yield reserved
