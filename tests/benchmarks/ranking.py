"""How well the methods rank, on judges whose preferences are known: ``python -m tests.benchmarks.ranking``.

Strengths are drawn from a normal distribution (in log-odds), votes from the Bradley-Terry model. The last line is one
JSON object; for each number of responses it holds

``best``: how often the round robin's winner is the best response, with its interval, and how often it should be
(``expected``: the mean, over the trials, of the probability that the fit itself gives its winner).
``coverage``: share of true strengths (about their mean) within the ratings' intervals of 95 %.
``tau``: Kendall's tau between the true order and that of the round robin, of Swiss at a third of its comparisons, and
of a round robin of that share that chooses its pairs.
``knockout``: matches, and how often its winner is the best response.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import kendalltau

from rrm_ui.evaluation.analysis.intervals import wilson
from rrm_ui.ranking.bradley_terry import covariance, strengths
from rrm_ui.ranking.matches import MatchResult, wins_matrix
from rrm_ui.ranking.methods import Knockout, Method, RoundRobin, Swiss
from rrm_ui.ranking.ratings import CENTRE, SCALE, rate
from rrm_ui.ranking.standings import standings_of
from tests.unit.ranking.synthetic import SyntheticJudge

SIZES = (4, 8, 16, 32)
DRAWS = 400
"""From what the fit leaves open, for the probability that its winner is the best."""


@dataclass
class Trials:
    """What the trials of one size gave."""

    best: list[bool] = field(default_factory=list)
    expected: list[float] = field(default_factory=list)
    covered: list[float] = field(default_factory=list)
    tau: dict[str, list[float]] = field(default_factory=lambda: {"round robin": [], "swiss": [], "chosen third": []})
    knockout_best: list[bool] = field(default_factory=list)
    knockout_matches: set[int] = field(default_factory=set)


def main() -> None:
    """Run all trials and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--votes", type=int, default=4, help="of each match")
    parser.add_argument("--deviation", type=float, default=1.0, help="of the strengths, in log-odds")
    args = parser.parse_args()
    figures = {str(size): _figures(_trials(size, args)) for size in SIZES}
    print(json.dumps({"seeds": args.seeds, "votes": args.votes, "deviation": args.deviation, "responses": figures}))


def _trials(size: int, args: argparse.Namespace) -> Trials:
    trials = Trials()
    for seed in range(args.seeds):
        truth = np.random.default_rng(seed).normal(0, args.deviation, size)
        _one(trials, truth - truth.mean(), args.votes, seed)
    return trials


def _one(trials: Trials, truth: np.ndarray, votes: int, seed: int) -> None:
    size, best = len(truth), int(truth.argmax())
    judge = SyntheticJudge(truth, votes, seed)
    every = size * (size - 1) // 2
    results = judge.play(RoundRobin(size, seed))
    wins = wins_matrix(size, results)
    fitted = strengths(wins)
    trials.best.append(int(fitted.argmax()) == best)
    drawn = np.random.default_rng(seed).multivariate_normal(fitted, covariance(wins), DRAWS, method="eigh")
    trials.expected.append(float(np.mean(drawn.argmax(1) == fitted.argmax())))
    ratings = rate(wins)
    trials.covered.append(
        float(np.mean([one.low <= CENTRE + SCALE * true <= one.high for one, true in zip(ratings, truth, strict=True)]))
    )
    third = max(1, round(every / 3 / (size // 2)))
    trials.tau["round robin"].append(_tau(truth, results, RoundRobin(size, seed)))
    swiss = Swiss(size, seed, third)
    trials.tau["swiss"].append(_tau(truth, SyntheticJudge(truth, votes, seed).play(swiss), swiss))
    share = RoundRobin(size, seed, 1 / 3)
    trials.tau["chosen third"].append(_tau(truth, SyntheticJudge(truth, votes, seed).play(share), share))
    knockout = Knockout(size, seed)
    matches = SyntheticJudge(truth, votes, seed).play(knockout)
    trials.knockout_matches.add(len(matches))
    trials.knockout_best.append(knockout.winner(matches) == best)


def _tau(truth: np.ndarray, results: list[MatchResult], method: Method) -> float:
    order = standings_of(len(truth), results, method, with_elo=False).order
    assert order is not None
    place = np.argsort(order)
    return float(kendalltau(-truth, place).statistic)


def _figures(trials: Trials) -> dict[str, Any]:
    best = wilson(float(np.mean(trials.best)), len(trials.best))
    return {
        "best": [round(value, 3) for value in (best.value, best.low, best.high)],
        "expected": round(float(np.mean(trials.expected)), 3),
        "coverage": round(float(np.mean(trials.covered)), 3),
        "tau": {name: round(float(np.mean(values)), 3) for name, values in trials.tau.items()},
        "knockout": {
            "matches": sorted(trials.knockout_matches),
            "best": round(float(np.mean(trials.knockout_best)), 3),
        },
    }


if __name__ == "__main__":
    main()
