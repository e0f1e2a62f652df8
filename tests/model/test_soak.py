"""A short soak and the measurement of several people, on a random model."""

from __future__ import annotations

from tests.benchmarks.judges import judging, tiny_judge
from tests.benchmarks.people import measure
from tests.benchmarks.soak import MOST_MEMORY, soak


def test_sixty_judgments_with_random_cancels_leave_nothing_behind() -> None:
    with judging(lambda: tiny_judge(max_rows=6)) as model:
        row = soak(model, judgments=60, warm_up=12)
    assert sum(row["endings"].values()) == 60
    assert row["endings"].keys() == {"finished", "stopped", "left"}
    assert (row["rows"], row["waiting"], row["held_tokens"]) == (0, 0, 0)
    assert row["more_threads"] <= 0  # a thread of an earlier test may end meanwhile
    assert row["more_memory_mb"] * 1e6 < MOST_MEMORY


def test_several_people_are_all_served() -> None:
    row = measure(lambda: tiny_judge(max_rows=8), budget=12)
    assert row["two_people"]["votes"] == [4, 4]
    assert row["ten_people"]["votes"] == [2] * 10
    assert len(row["ten_people"]["first_token_s"]) == 10
    # Their order is held by steps of the engine in test_sharing: threads that read the clock come in any order.
