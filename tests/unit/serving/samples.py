"""Reading metrics in tests."""

from __future__ import annotations

from rrm_ui.metrics import Metrics


def samples_of(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """Return the samples of ``name`` by their labels' values."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in metrics.families()
        for sample in family.samples
        if sample.name == name
    }
