"""Scales with ticks at round numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

LOG_FROM = 8.0
"""An axis whose ends are further apart than this many times is logarithmic."""


@dataclass(frozen=True)
class Axis:
    """Where values lie between two ends, and which of them are named."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def share(self, value: float) -> float:
        """Return how far along the axis ``value`` lies, from 0 to 1."""
        place: Callable[[float], float] = math.log if self.log else float
        low, high = place(self.low), place(self.high)
        return (place(value) - low) / (high - low)


def nice_step(span: float, most: int) -> float:
    """Return the smallest of 1, 2, 2.5, 5 times a power of ten that cuts ``span`` into at most ``most`` parts."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if span / (factor * power) <= most + 1e-9)


def linear_axis(low: float, high: float, most: int = 5) -> Axis:
    """Return an axis from ``low`` to ``high`` with round ticks inside."""
    step = nice_step(high - low, most)
    first = math.ceil(low / step - 1e-9)
    ticks = [round(step * index, 10) for index in range(first, math.floor(high / step + 1e-9) + 1)]
    return Axis(low, high, tuple(ticks))


def share_axis(values: Sequence[float], least: float = 0.2) -> Axis:
    """Return an axis for shares that holds ``values``, ends at round numbers and spans at least ``least``."""
    low, high = min(values), max(values)
    spare = max(0.0, least - (high - low)) / 2
    low, high = max(0.0, low - spare), min(1.0, high + spare)
    step = nice_step(high - low, 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(step * index, 10) for index in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def count_axis(most: int) -> Axis:
    """Return an axis for counts from 1 to ``most``, in doublings where there are many."""
    if most <= LOG_FROM:
        return Axis(1, max(2, most), tuple(float(count) for count in range(1, max(2, most) + 1)))
    doublings = [float(2**power) for power in range(int(math.log2(most)) + 1)]
    return Axis(1, most, tuple(doublings), log=True)


def amount_axis(values: Sequence[float]) -> Axis:
    """Return an axis for positive amounts, logarithmic where they differ by orders of magnitude."""
    low, high = min(values), max(values)
    if low <= 0 or high / low < LOG_FROM:
        return linear_axis(0, high)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    inside = [tick for tick in ticks if low <= tick <= high]
    while len(inside) > 6:
        inside = inside[::2]
    return Axis(low, high, tuple(inside), log=True)
