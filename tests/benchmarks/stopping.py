"""What ending early saves and changes, from finished runs: ``python -m tests.benchmarks.stopping RUN...``.

Nothing is judged again. The runs must have been read often (``evaluate --probe-every 8``) and hold votes that thought
to their end. Over all their comparisons it computes *stop when decided*, closing thoughts when they are sure for a grid
of thresholds and numbers of readings in a row, and both together. Tables come first, in Markdown; the last line is one
JSON object.

The rule that is chosen: of those that change the outcome of at most ``--most`` of the comparisons with all votes cast,
the one that saves most tokens; of two that save the same the more careful one.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rrm_ui.evaluation.analysis.stopping import READINGS, Compared, Pool, StoppingPoint, choose, compare, grid, pool
from rrm_ui.evaluation.findings import Estimate
from rrm_ui.evaluation.record import read_run

MOST_DIFFERING = 0.01


def main() -> None:
    """Compute and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folder of a finished run")
    parser.add_argument(
        "--every", type=int, nargs="+", default=[], metavar="N", help="thinking tokens between readings"
    )
    parser.add_argument(
        "--in-a-row", type=int, nargs="+", default=READINGS, metavar="N", help="sure readings (1 2 3 4)"
    )
    parser.add_argument("--most", type=float, default=MOST_DIFFERING, help="share of outcomes that may differ (0.01)")
    args = parser.parse_args()
    pooled = pool([read_run(folder) for folder in args.runs])
    full = compare(pooled, None)
    points = [compare(pooled, closing) for closing in grid(pooled, args.every, args.in_a_row)]
    chosen = choose(points, args.most)
    print("\n".join(_tables(pooled, full, points, chosen)))
    print(json.dumps(_row(args, pooled, full, points, chosen)))


def _tables(
    pooled: Pool, full: StoppingPoint, points: Sequence[StoppingPoint], chosen: StoppingPoint | None
) -> Iterator[str]:
    votes = sum(len(one.votes) for one, _ in pooled.comparisons)
    yield f"{len(pooled.comparisons):,} comparisons, {votes:,} votes, {full.all_votes.tokens:.0f} tokens a comparison"
    if not pooled.exact:
        yield "A family here writes an answer after its thought: what a closed vote ends with is only estimated."
    yield "\nShares in %, with 95 % intervals. *Stop*: also stopping when decided, votes side by side (at the most).\n"
    yield from _header(
        "thoughts closed at", "in a row", "read every", "votes closed", "tokens saved", "verdicts changed",
        "outcomes that differ", "accuracy", "stop: tokens saved", "stop: outcomes that differ", "stop: accuracy",
    )  # fmt: skip
    for point in (full, *points):
        yield _line(point, mark=point is chosen)
    yield f"\nChosen: {_name(chosen)}\n" if chosen else "\nNo rule changes so few outcomes.\n"


def _header(*names: str) -> Iterator[str]:
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * len(names)


def _line(point: StoppingPoint, *, mark: bool) -> str:
    closing = point.closing
    rule = [f"{closing.rule.at:g}", f"{closing.rule.readings}", f"{closing.every}"] if closing else ["never", "", ""]
    together, most = point.side_by_side, point.any_order
    cells = [
        f"**{rule[0]}**" if mark else rule[0],
        *rule[1:],
        _percent(point.votes_closed),
        _percent(point.all_votes.saved),
        _percent(point.votes_changed),
        _interval(point.all_votes.differing),
        _interval(point.all_votes.accuracy),
        f"{_percent(together.saved)} ({_percent(most.saved)})",
        f"{_percent(together.differing.value)} ({_percent(most.differing.value)})",
        f"{_percent(together.accuracy.value)} ({_percent(most.accuracy.value)})",
    ]
    return "| " + " | ".join(cells) + " |"


def _row(
    args: argparse.Namespace,
    pooled: Pool,
    full: StoppingPoint,
    points: Sequence[StoppingPoint],
    chosen: StoppingPoint | None,
) -> dict[str, Any]:
    return {
        "runs": [folder.name for folder in args.runs],
        "comparisons": len(pooled.comparisons),
        "labelled": sum(one.label is not None for one, _ in pooled.comparisons),
        "votes": sum(len(one.votes) for one, _ in pooled.comparisons),
        "exact": pooled.exact,
        "most_differing": args.most,
        "chosen": asdict(chosen.closing) if chosen and chosen.closing else None,
        "points": [_figures(point) for point in (full, *points)],
        "processor": platform.processor() or platform.machine(),
    }


def _figures(point: StoppingPoint) -> dict[str, Any]:
    def compared(one: Compared) -> dict[str, Any]:
        return {
            "tokens": round(one.tokens, 2),
            "saved": round(one.saved, 4),
            "differing": _rounded(one.differing),
            "accuracy": _rounded(one.accuracy),
        }

    return {
        "closing": asdict(point.closing) if point.closing else None,
        "votes_closed": round(point.votes_closed, 4),
        "votes_changed": round(point.votes_changed, 4),
        "readings": round(point.readings, 2),
        "all_votes": compared(point.all_votes),
        "any_order": compared(point.any_order),
        "side_by_side": compared(point.side_by_side),
    }


def _name(point: StoppingPoint) -> str:
    assert point.closing is not None
    rule = point.closing.rule
    return f"{rule.readings} readings in a row of at least {rule.at:g}, read every {point.closing.every} tokens"


def _rounded(estimate: Estimate) -> list[float]:
    return [round(value, 4) for value in (estimate.value, estimate.low, estimate.high)]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _interval(estimate: Estimate) -> str:
    return f"{_percent(estimate.value)} ({_percent(estimate.low)}–{_percent(estimate.high)})"


if __name__ == "__main__":
    main()
