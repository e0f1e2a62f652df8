"""Two runs over the same items, item by item: who is right where, and whether chance would make as much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

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
    leads: Counter[str] = Counter()
    by_subset: dict[str, Counter[tuple[bool, bool]]] = {}
    flips = []
    for one, other in pairs:
        words = outcome_by(one.tally, scoring), outcome_by(other.tally, scoring)
        right = words[0] == one.label, words[1] == one.label
        if one.label:
            cells[right] += 1
            leads[one.item.group or f"of its own {one.item.id}"] += right[0] - right[1]
            by_subset.setdefault(one.item.subset, Counter())[right] += 1
        if right[0] != right[1] if one.label else words[0] != words[1]:
            flips.append(Flip(one.item.id, one.item.subset, one.item.label, *words))
    only_first, only_second = cells[True, False], cells[False, True]
    return RunComparison(
        n=cells.total(),
        prompts=len(leads),
        both=cells[True, True],
        only_first=only_first,
        only_second=only_second,
        neither=cells[False, False],
        p_value=sign_flip_test(list(leads.values())),
        by_subset=tuple((name, cell[True, False], cell[False, True]) for name, cell in sorted(by_subset.items())),
        flips=tuple(flips),
        scoring="strict" if scoring == "lenient" else scoring,
    )


def sign_flip_test(leads: Sequence[int]) -> float:
    """Return how probable a difference this large is if the judges are equally good, two-sided; 1 without any.

    ``leads`` says of each prompt on how many more of its comparisons the first run is right than the second (negative:
    fewer). If the judges are equally good, either sign of each is as probable: the sum's distribution is exact. With
    one comparison a prompt this is McNemar's exact test.
    """
    sizes = [abs(lead) for lead in leads if lead]
    chances = np.ones(1)  # of the sum plus all sizes so far, in steps of one
    for size in sizes:
        chances = np.convolve(chances, np.bincount([0, 2 * size]) / 2)
    sums = np.arange(len(chances)) - sum(sizes)
    return min(1.0, float(chances[np.abs(sums) >= abs(sum(leads))].sum()))


def _key(one: CountedItem) -> tuple[str, str, str | None]:
    return one.item.id, one.item.digest, one.item.label
