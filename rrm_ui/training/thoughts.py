"""Thoughts of the untrained model itself: sampled with a guiding prompt, and kept where they are short and right.

A thought is kept only if its own verdict is right in both orders of its comparison: a guess would be right in one.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rrm_ui.prompts.families import PromptFamily
from rrm_ui.row_log import RowLog, read_rows, recording
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.examples import better_position, comparison_of
from rrm_ui.training.journal import RUN_FOLDER
from rrm_ui.training.policy import Policy
from rrm_ui.training.rollouts import Rollout, SamplingOptions, roll_out, seed_of
from rrm_ui.training.validation import ORDERS
from rrm_ui.values import Order

LONGEST_THOUGHT = 120
"""Tokens; longer thoughts are not what the judge should learn."""

_GUIDANCE = """You judge which of two responses to a query is better. Your thought has three lines and nothing \
else, in the language of the query: what a right response must say or do; what Assistant 1 says and \
whether that is right, and the same for Assistant 2; which one is better.

Examples of thoughts:

7 * 8 = 56.
Assistant 1 says 54, not 56: wrong. Assistant 2 says 56: right.
Assistant 2 is better.

The query asks for two reasons to sleep well.
Assistant 1 gives two: memory and mood. Assistant 2 gives only one: memory, so it falls short.
Assistant 1 is better.

法国的首都是巴黎。
助手1说里昂，错。助手2说巴黎，对。
助手2更好。"""
_TASK = "\n\n## Task\nWrite the three lines of your thought."


@dataclass(frozen=True)
class Thought:
    """A chain of thought about one comparison in one order."""

    texts: str
    """Hash of the comparison's texts: ids of several files may be the same."""
    order: Order
    text: str


def guided(family: PromptFamily) -> PromptFamily:
    """Return ``family`` with words that show an untrained model what a thought should look like."""
    return replace(family, system=_GUIDANCE, after_responses=_TASK)


def sample_thoughts(
    policy: Policy,
    labelled: Sequence[LabelledComparison],
    place: Path,
    samples: int,
    seed: int,
    cancel: threading.Event | None = None,
) -> list[Thought]:
    """Return the kept thoughts about ``labelled``, sampling those that the file ``place`` does not have yet.

    Each comparison is sampled ``samples`` times in each order, and gives at most one thought for each. ``place`` gets
    a line for each comparison as it is done, so that a killed run goes on.

    Raises:
        EngineFailure: the model computed no valid numbers.
        Stopped: ``cancel`` was set.
    """
    with recording(RUN_FOLDER):
        log = RowLog(place)
        done = {row["texts"]: [Thought(**thought) for thought in row["kept"]] for row in read_rows(place)}
    missing = list({digest: one for one in labelled if (digest := one.item().digest) not in done}.values())
    prompts = replace(policy.prompts, family=guided(policy.prompts.family))
    asked = [prompts.build(comparison_of(one), order) for one in missing for order in ORDERS]
    seeds = [
        [seed_of(seed, one.item().digest, order, sample) for sample in range(samples)]
        for one in missing
        for order in ORDERS
    ]
    half: dict[int, list[Rollout]] = {}
    options = SamplingOptions(budget=LONGEST_THOUGHT, temperature=0.8, rows_at_once=policy.rollout_rows)
    with recording(RUN_FOLDER), log:
        for index, rollouts in roll_out(policy.fresh_loop(), prompts.verdict_format, asked, seeds, options, cancel):
            half[index] = rollouts
            if index ^ 1 in half:
                one = missing[index // 2]
                kept = keep_right(one, (half.pop(index & ~1), half.pop(index | 1)))
                done[one.item().digest] = kept
                log.append({"texts": one.item().digest, "kept": [asdict(thought) for thought in kept]})
    return [thought for digest in dict.fromkeys(one.item().digest for one in labelled) for thought in done[digest]]


def keep_right(one: LabelledComparison, by_order: tuple[list[Rollout], list[Rollout]]) -> list[Thought]:
    """Return the shortest right and finished thought of each order, if both orders have one."""
    kept = []
    for order, rollouts in zip(ORDERS, by_order, strict=True):
        better = ("first", "second")[better_position(one, order)]
        number = better_position(one, order) + 1
        right = [
            rollout
            for rollout in rollouts
            if rollout.closed_by_model and rollout.position == better and is_well_formed(rollout.text, number)
        ]
        if not right:
            return []
        shortest = min(right, key=lambda rollout: rollout.thinking_tokens)
        kept.append(Thought(one.item().digest, order, shortest.text.strip()))
    return kept


def is_well_formed(text: str, better: int) -> bool:
    """Return whether a thought has its three lines: an answer, a finding about each assistant, and the conclusion."""
    lines = text.strip().splitlines()
    if len(lines) != 3:
        return False
    answer, findings, conclusion = lines
    places = [max(findings.find(f"Assistant {number} "), findings.find(f"助手{number}")) for number in (1, 2)]
    names_one = "Assistant" in answer or "助手" in answer
    return (
        0 <= places[0] < places[1]
        and not names_one
        and conclusion in (f"Assistant {better} is better.", f"助手{better}更好。")
    )
