"""Two runs over the same items, item by item: who is right where, and McNemar's test."""

from __future__ import annotations

from collections import Counter

from scipy.stats import binomtest

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.analysis.counted import CountedItem, count_run, outcome_by
from rrm_ui.evaluation.findings import Flip, RunComparison, Scoring
from rrm_ui.evaluation.record import Run


def compare_runs(first: Run, second: Run, scoring: Scoring = "strict") -> RunComparison:
    """Compare two runs over the items that both have completed: same id, same texts, same label.

    The four counts and the test are over those labelled A or B; only the label's side is right (half a point for a
    split has no place in a test of yes and no, so ``lenient`` counts as ``strict``). Flips are the items that one
    run has right and the other not; among items without such a label, those whose outcomes differ.

    Raises:
        BadInput: the runs share no completed item.
    """
    others = {_key(one): one for one in count_run(second)}
    pairs = [(one, others[_key(one)]) for one in count_run(first) if _key(one) in others]
    if not pairs:
        raise BadInput(
            "The two runs share no comparison that both have judged; compare runs over the same data.",
            code="runs_share_nothing",
            first=first.spec.name,
            second=second.spec.name,
        )
    cells: Counter[tuple[bool, bool]] = Counter()
    by_subset: dict[str, Counter[tuple[bool, bool]]] = {}
    flips = []
    for one, other in pairs:
        words = outcome_by(one.tally, scoring), outcome_by(other.tally, scoring)
        right = words[0] == one.label, words[1] == one.label
        if one.label:
            cells[right] += 1
            by_subset.setdefault(one.item.subset, Counter())[right] += 1
        if right[0] != right[1] if one.label else words[0] != words[1]:
            flips.append(Flip(one.item.id, one.item.subset, one.item.label, *words))
    only_first, only_second = cells[True, False], cells[False, True]
    return RunComparison(
        n=cells.total(),
        both=cells[True, True],
        only_first=only_first,
        only_second=only_second,
        neither=cells[False, False],
        p_value=mcnemar(only_first, only_second),
        by_subset=tuple((name, cell[True, False], cell[False, True]) for name, cell in sorted(by_subset.items())),
        flips=tuple(flips),
        scoring="strict" if scoring == "lenient" else scoring,
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the p-value of McNemar's exact test, two-sided; 1 where the runs differ nowhere."""
    differing = only_first + only_second
    return float(binomtest(only_first, differing, 0.5).pvalue) if differing else 1.0


def _key(one: CountedItem) -> tuple[str, str, str | None]:
    return one.item.id, one.item.digest, one.item.label
