"""What ending early would have done to made-up runs, each figure worked out in another way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.analysis.closing import Closing, close_when_sure
from rrm_ui.evaluation.analysis.stopping import StoppingPoint, choose, compare, grid, pool
from rrm_ui.evaluation.items import Item
from rrm_ui.evaluation.record import JudgedItem, Run, read_run
from rrm_ui.prompts.certainty import CertaintyRule
from rrm_ui.tally import count_votes
from rrm_ui.values import JudgeSettings, Probe, Vote
from tests.unit.evaluation.made_runs import RunShape, made_run, made_vote, run_of

RECORDS = Path(__file__).parents[3] / "assets" / "runs"
RULE = Closing(CertaintyRule(0.9, 2), 16)


def made(seed: int = 0, **shape: Any) -> Run:
    return made_run(seed, RunShape(**{"items": 60, "probe_every": 16, "tie_share": 0.1, **shape}))


def vote_with(probes: dict[int, float], **options: Any) -> Vote:
    vote = made_vote(0, "BA", "B", 0.2, thinking=100)
    return replace(vote, probes=tuple(Probe(tokens, p, 0) for tokens, p in probes.items()), **options)


def test_a_vote_is_closed_with_the_reading_that_made_it_sure() -> None:
    vote = vote_with({0: 0.99, 16: 0.3, 32: 0.95, 48: 0.97, 64: 0.01})
    closed = close_when_sure(vote, RULE)
    assert (closed.choice, closed.p_a, closed.thinking_tokens) == ("A", 0.97, 48)
    assert (closed.closed_by, closed.status, [probe.tokens for probe in closed.probes]) == (
        "certainty",
        "finished",
        [0, 16, 32, 48],
    )


def test_a_vote_that_is_never_sure_stays_the_very_same() -> None:
    vote = vote_with({0: 0.99, 16: 0.99, 32: 0.8, 48: 0.02})
    assert close_when_sure(vote, RULE) is vote


def test_reading_less_often_looks_at_fewer_readings() -> None:
    vote = vote_with({16: 0.95, 32: 0.96, 48: 0.5, 64: 0.97})
    assert close_when_sure(vote, RULE).thinking_tokens == 32
    assert close_when_sure(vote, replace(RULE, every=32)).thinking_tokens == 64


@pytest.mark.parametrize("closing", [Closing(CertaintyRule(0.8, 1), 16), RULE, Closing(CertaintyRule(0.95, 1), 32)])
def test_the_figures_are_what_judging_every_comparison_again_gives(closing: Closing) -> None:
    runs = [made(1), made(2, unreadable_share=0.2)]
    found = compare(pool(runs), closing)
    saved = spent = changed = closed_votes = votes = 0
    differing, right = [], []
    for judged in (one for run in runs for one in run.judged):
        after = []
        for vote in judged.votes:
            streak: list[bool] = []
            ended = vote
            for probe in vote.probes:
                if probe.tokens == 0 or probe.tokens % closing.every:
                    continue
                sure = max(probe.p_a, 1 - probe.p_a) >= closing.rule.at
                streak = [*streak, probe.p_a > 0.5] if sure else []
                last = streak[-closing.rule.readings :]
                if len(last) == closing.rule.readings and len(set(last)) == 1:
                    ended = replace(vote, choice="A" if last[0] else "B", thinking_tokens=probe.tokens)
                    closed_votes += 1
                    break
            after.append(ended)
            votes += 1
            changed += ended.choice != vote.choice
            spent += vote.thinking_tokens + vote.answer_tokens
            saved += vote.thinking_tokens - ended.thinking_tokens
        outcome = count_votes(after).outcome
        differing.append(outcome != count_votes(judged.votes).outcome)
        if judged.item.label in ("A", "B"):
            right.append(outcome == judged.item.label)
    assert closed_votes
    assert found.votes_closed == pytest.approx(closed_votes / votes)
    assert found.votes_changed == pytest.approx(changed / votes)
    assert found.all_votes.saved == pytest.approx(saved / spent)
    assert found.all_votes.tokens == pytest.approx((spent - saved) / len(differing))
    assert found.all_votes.differing.value == pytest.approx(sum(differing) / len(differing))
    assert found.all_votes.accuracy.value == pytest.approx(sum(right) / len(right))
    assert found.any_order.saved >= found.side_by_side.saved >= found.all_votes.saved > 0


def test_without_a_rule_only_stopping_saves() -> None:
    found = compare(pool([made(votes=8)]), None)
    assert (found.votes_closed, found.votes_changed, found.readings, found.all_votes.saved) == (0, 0, 0, 0)
    assert found.all_votes.differing.value == 0
    assert found.any_order.saved > found.side_by_side.saved > 0


def test_with_four_votes_stopping_when_decided_changes_no_outcome() -> None:
    found = compare(pool([made(votes=4)]), None)
    assert found.any_order.differing.value == pytest.approx(0)
    assert found.side_by_side.differing.value == 0


def test_comparisons_that_could_not_be_judged_are_left_out() -> None:
    assert len(pool([made(errors=3, unfinished=2)]).comparisons) == 55


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"probe_every": 0}, "--probe-every"),
        ({"thinking_budget": 0}, "a budget"),
        ({"close_when_sure": True}, "without --close-when-sure"),
    ],
)
def test_a_run_whose_thoughts_tell_nothing_is_refused(change: dict[str, Any], words: str) -> None:
    run = made()
    odd = replace(run, spec=replace(run.spec, settings=replace(run.spec.settings, **change)))
    with pytest.raises(BadInput, match=words):
        pool([run, odd])


def test_runs_of_two_intervals_are_refused_and_so_is_an_interval_between_readings() -> None:
    with pytest.raises(BadInput, match="every 16, 32 tokens"):
        pool([made(), made(probe_every=32)])
    with pytest.raises(BadInput, match="24 is no multiple"):
        grid(pool([made()]), [32, 24])
    assert {closing.every for closing in grid(pool([made()]), [16, 32])} == {16, 32}
    assert len(grid(pool([made()]))) == 20


def test_runs_without_a_complete_comparison_are_refused() -> None:
    item = Item(id="x", query="q", response_a="a", response_b="b", label="A")
    with pytest.raises(BadInput, match="go on with them"):
        pool([run_of([JudgedItem(item, ())], JudgeSettings(votes=2))])


def test_the_rule_that_saves_most_among_the_careful_ones_is_chosen() -> None:
    pooled = pool([read_run(RECORDS / name) for name in ("visitor", "trained-families", "new-families")])
    points = [compare(pooled, closing) for closing in grid(pooled, [16], (1, 2, 3, 4))]
    chosen = choose(points, 0.01)
    assert chosen is not None
    careful = [point for point in points if point.all_votes.differing.value <= 0.01]
    assert chosen in careful
    assert chosen.all_votes.saved == max(point.all_votes.saved for point in careful) > 0
    assert any(point.all_votes.saved > chosen.all_votes.saved for point in points)
    assert choose([compare(pooled, None)], 1.0) is None


def test_of_two_rules_that_save_the_same_the_more_careful_one_is_chosen() -> None:
    one = compare(pool([made()]), RULE)
    careful = replace(one, closing=Closing(CertaintyRule(0.95, 2), 16))
    more_readings = replace(one, closing=Closing(CertaintyRule(0.95, 3), 16))
    points: list[StoppingPoint] = [one, more_readings, careful]
    assert choose(points, 1.0) is more_readings


def test_the_records_that_come_with_the_program_can_be_asked() -> None:
    pooled = pool([read_run(RECORDS / name) for name in ("visitor", "new-families")])
    assert pooled.exact
    assert (len(pooled.comparisons), pooled.every) == (70, 8)
    loose, strict = (compare(pooled, Closing(CertaintyRule(at, 1), 32)) for at in (0.9, 0.999))
    assert loose.all_votes.saved > strict.all_votes.saved > 0
    assert loose.all_votes.differing.value > strict.all_votes.differing.value
