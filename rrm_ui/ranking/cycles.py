"""Circles of preference: A beats B, B beats C, and C beats A."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from scipy.sparse.csgraph import connected_components

from rrm_ui.ranking.matches import MatchResult


def find_cycles(count: int, results: Sequence[MatchResult]) -> list[list[int]]:
    """Return a shortest cycle of every group of responses that beat each other in circles.

    Each begins with its smallest index, and each response beats the next one, the last one the first.
    """
    beats: list[set[int]] = [set() for _ in range(count)]
    for result in results:
        if result.winner is not None:
            loser = result.second if result.winner == result.first else result.first
            beats[result.winner].add(loser)
    matrix = np.zeros((count, count), dtype=bool)
    for winner, losers in enumerate(beats):
        matrix[winner, list(losers)] = True
    _, labels = connected_components(matrix, directed=True, connection="strong")
    groups: dict[int, list[int]] = {}
    for response, label in enumerate(labels):
        groups.setdefault(int(label), []).append(response)
    return [_shortest(group, beats) for group in groups.values() if len(group) > 2]


def _shortest(group: list[int], beats: list[set[int]]) -> list[int]:
    """Return the shortest cycle within ``group``, whose members all reach each other."""
    cycles = [_back_to(start, {*group}, beats) for start in group]
    shortest = min(cycles, key=len)
    turn = shortest.index(min(shortest))
    return shortest[turn:] + shortest[:turn]


def _back_to(start: int, group: set[int], beats: list[set[int]]) -> list[int]:
    """Return the shortest way from ``start`` along wins back to it, breadth first."""
    before: dict[int, int] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for loser in sorted(beats[here] & group):
            if loser == start:
                way = [here]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1]
            if loser not in before:
                before[loser] = here
                queue.append(loser)
    raise ValueError(f"{start} does not reach itself within its group")
