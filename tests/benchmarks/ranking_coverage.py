"""How often ratings' intervals hold the truth, on known judges: ``python -m tests.benchmarks.ranking_coverage``.

Strengths are drawn from a normal distribution of deviation 1 (in log-odds). A judge prefers by them alone, or sees more
in each pair (``effect``: its deviation, in log-odds). A line for each kind of judge and ranking; the last line is one
JSON object. Of each

``coverage``: share of true strengths (about their mean) within the intervals of 95 %.
``votes alone``: the same if votes were taken as independent and pairs as following the strengths.
``points``: half an interval's median width, in Elo points.
``wrong``: of the pairs of which one is said to be surely better, those where it is not (null where none is).
``sure``: of the pairs that are at least 0.9 sure, those where the better one is said to be.
"""

from __future__ import annotations

import argparse
import json
from itertools import product
from typing import Any

import numpy as np

from rrm_ui.ranking.bradley_terry import Array, covariance, strengths
from rrm_ui.ranking.matches import wins_matrix
from rrm_ui.ranking.methods import MethodName, make_method
from rrm_ui.ranking.ratings import CENTRE, SCALE, Z, better, rate
from tests.unit.ranking.synthetic import SyntheticJudge

KINDS: tuple[tuple[MethodName, tuple[int, ...]], ...] = (("round-robin", (2, 3, 4, 8, 16)), ("swiss", (6, 8, 16)))
VOTES = (2, 4, 16, 64)
EFFECTS = (0.0, 0.5, 1.0)
SURE = 0.9


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100)
    seeds = parser.parse_args().seeds
    told: list[dict[str, Any]] = []
    for name, sizes in KINDS:
        for size, effect, votes in product(sizes, EFFECTS, VOTES):
            trials = [_trial(name, size, effect, votes, seed) for seed in range(seeds)]
            figures = {"method": name, "responses": size, "effect": effect, "votes": votes, **_figures(trials)}
            print(", ".join(f"{key} {value}" for key, value in figures.items()), flush=True)
            told.append(figures)
    for key in ("coverage", "votes alone"):
        away = np.sqrt(np.mean([(figures[key] - 0.95) ** 2 for figures in told]))
        print(f"{key}: least {min(figures[key] for figures in told)}, {away:.3f} from 0.95 (root mean square)")
    print(json.dumps({"seeds": seeds, "kinds": told}))


def _trial(name: MethodName, size: int, effect: float, votes: int, seed: int) -> tuple[Array, Array]:
    """Return the true strengths and who won how many votes."""
    truth = np.random.default_rng([seed, size]).normal(0, 1, size)
    results = SyntheticJudge(truth, votes, seed, effect).play(make_method(name, size, seed))
    return truth - truth.mean(), wins_matrix(size, results)


def _figures(trials: list[tuple[Array, Array]]) -> dict[str, float | None]:
    within: list[float] = []
    alone: list[float] = []
    points: list[float] = []
    surely, sure = np.zeros(2), np.zeros(2)  # right and wrong
    for truth, wins in trials:
        ratings = rate(wins)
        low, high = (np.array([getattr(one, end) for one in ratings]) for end in ("low", "high"))
        true = CENTRE + SCALE * truth
        within.append(float(np.mean((low <= true) & (true <= high))))
        centred = np.eye(len(truth)) - 1 / len(truth)
        half = Z * np.sqrt(np.diag(centred @ covariance(wins) @ centred))
        alone.append(float(np.mean(np.abs(strengths(wins) - truth) <= half)))
        points += ((high - low) / 2).tolist()
        right = truth[:, None] > truth[None]
        for counted, said in ((surely, low[:, None] > high[None]), (sure, better(wins) >= SURE)):
            counted += [(said & right).sum(), (said & ~right).sum()]
    return {
        "coverage": round(float(np.mean(within)), 3),
        "votes alone": round(float(np.mean(alone)), 3),
        "points": round(float(np.median(points))),
        "wrong": round(float(surely[1] / surely.sum()), 4) if surely.any() else None,
        "sure": round(float(sure[0] / sure.sum()), 3) if sure.any() else None,
    }


if __name__ == "__main__":
    main()
