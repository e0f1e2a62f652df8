from __future__ import annotations

from typing import Any

import pytest

from rrm_ui.errors import BudgetLimit, TextLimit, TokensUsedUp, VotesLimit
from rrm_ui.serving.limits import MOST_BUCKETS, Limits, TokenBuckets
from rrm_ui.settings import Settings
from rrm_ui.values import JudgeSettings


class Time:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_local_user_meets_no_limit_of_size() -> None:
    limits = Limits.of(Settings())
    limits.check(JudgeSettings(votes=64, thinking_budget=1_000_000), ("text " * 1000,))
    assert limits.tokens_per_minute is None
    assert limits.requests_per_person is not None
    assert limits.requests_per_person < Settings().max_waiting, "nobody fills the queue alone"


def test_zero_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VOTES", "THINKING_BUDGET", "REQUESTS_PER_PERSON", "TOKENS_PER_MINUTE"):
        monkeypatch.setenv(f"RRM_MAX_{name}", "0")
    assert Limits.of(Settings()) == Limits(text_characters=Settings().max_text_characters)


@pytest.mark.parametrize(
    ("changes", "texts", "kind", "values"),
    [
        ({"votes": 9}, (), VotesLimit, {"votes": 9, "limit": 8}),
        ({"thinking_budget": 513}, (), BudgetLimit, {"budget": 513, "limit": 512}),
        ({}, ("short", "x" * 101), TextLimit, {"characters": 101, "limit": 100}),
    ],
)
def test_more_than_a_limit_is_refused_with_both_numbers(
    changes: dict[str, Any], texts: tuple[str, ...], kind: type[Exception], values: dict[str, int]
) -> None:
    limits = Limits(votes=8, thinking_budget=512, text_characters=100)
    limits.check(JudgeSettings(votes=8, thinking_budget=512), ("x" * 100,))
    with pytest.raises(kind) as refused:
        limits.check(JudgeSettings(**{"votes": 4, "thinking_budget": 64, **changes}), texts)
    assert refused.value.values == values  # type: ignore[attr-defined]
    assert all(f"{number:,}" in str(refused.value) for number in values.values())


def test_what_nobody_chose_is_cut_and_not_refused() -> None:
    limits = Limits(votes=2, thinking_budget=100)
    cut = limits.within(JudgeSettings(votes=4, thinking_budget=1024))
    assert (cut.votes, cut.thinking_budget) == (2, 100)
    limits.check(cut)


def test_a_bucket_holds_a_minute_and_fills_steadily() -> None:
    time = Time()
    buckets = TokenBuckets(600, time)
    buckets.check("one")
    buckets.spend("one", 600)
    with pytest.raises(TokensUsedUp) as refused:
        buckets.check("one")
    assert refused.value.values["seconds"] == 1
    buckets.check("another")
    time.now += 1
    buckets.check("one")
    time.now += 1e6
    buckets.spend("one", 599)
    buckets.check("one")
    buckets.spend("one", 1)
    with pytest.raises(TokensUsedUp):
        buckets.check("one")


def test_what_was_used_beyond_the_share_is_waited_for() -> None:
    time = Time()
    buckets = TokenBuckets(600, time)
    buckets.spend("one", 1800)
    with pytest.raises(TokensUsedUp, match="121 seconds") as refused:
        buckets.check("one")
    time.now += float(refused.value.values["seconds"]) - 1
    with pytest.raises(TokensUsedUp):
        buckets.check("one")
    time.now += 1
    buckets.check("one")


def test_persons_who_used_nothing_lately_are_forgotten() -> None:
    time = Time()
    buckets = TokenBuckets(60, time)
    buckets.spend("in debt", 100_000)
    for number in range(3 * MOST_BUCKETS):
        buckets.spend(f"visitor {number}", 1)
        time.now += 1
    assert len(buckets._buckets) <= MOST_BUCKETS
    with pytest.raises(TokensUsedUp):
        buckets.check("in debt")
