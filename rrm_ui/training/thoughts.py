"""Thoughts of the untrained model itself: sampled with a guiding prompt, and kept where they are short and right.

A thought is kept only if its own verdict is right in both orders of its comparison: a guess would be right in one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rrm_ui.prompts.families import PromptFamily
from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.examples import better_position, comparison_of
from rrm_ui.training.policy import Policy
from rrm_ui.training.rollouts import Rollout, SamplingOptions, roll_out
from rrm_ui.training.validation import ORDERS
from rrm_ui.values import Order

LONGEST_THOUGHT = 120
"""Tokens; longer thoughts are not what the judge should learn."""

_GUIDANCE = (
    "You judge which of two responses to a query is better. You write four short sentences and nothing else, in the "
    "language of the query. The first works out what a right response must say or do. The second says what Assistant 1 "
    "says and whether that is right. The third does the same for Assistant 2. The last one is `Assistant 1 is better.` "
    "or `Assistant 2 is better.`\n"
    "For example: `7 * 8 = 56. Assistant 1 says 54, not 56: wrong. Assistant 2 says 56: right. Assistant 2 is better.`"
)
_TASK = "\n\n## Task\nWrite the four short sentences."


@dataclass(frozen=True)
class Thought:
    """A chain of thought about one comparison in one order."""

    id: str
    order: Order
    text: str


def guided(family: PromptFamily) -> PromptFamily:
    """Return ``family`` with words that show an untrained model what a thought should look like."""
    return replace(family, system=_GUIDANCE, after_responses=_TASK)


def sample_thoughts(
    policy: Policy, labelled: Sequence[LabelledComparison], place: Path, samples: int, seed: int
) -> list[Thought]:
    """Return the kept thoughts about ``labelled``, sampling those that the file ``place`` does not have yet.

    Each comparison is sampled ``samples`` times in each order, and gives at most one thought for each. ``place`` gets
    a line for each comparison as it is done, so that a killed run goes on.

    Raises:
        EngineFailure: the model computed no valid numbers.
    """
    done = _read(place)
    missing = [one for one in labelled if one.id not in done]
    prompts = replace(policy.prompts, family=guided(policy.prompts.family))
    asked = [prompts.build(comparison_of(one), order) for one in missing for order in ORDERS]
    seeds = [[seed + 1000 * index + sample for sample in range(samples)] for index in range(len(asked))]
    half: dict[int, list[Rollout]] = {}
    options = SamplingOptions(budget=LONGEST_THOUGHT, temperature=0.8)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a", encoding="utf-8") as file:
        for index, rollouts in roll_out(policy.fresh_loop(), prompts.verdict_format, asked, seeds, options):
            half[index] = rollouts
            if index ^ 1 in half:
                one = missing[index // 2]
                kept = keep_right(one, (half.pop(index & ~1), half.pop(index | 1)))
                done[one.id] = kept
                file.write(json.dumps({"id": one.id, "kept": [asdict(thought) for thought in kept]}) + "\n")
                file.flush()
    return [thought for one in labelled for thought in done.get(one.id, [])]


def keep_right(one: LabelledComparison, by_order: tuple[list[Rollout], list[Rollout]]) -> list[Thought]:
    """Return the shortest right and finished thought of each order, if both orders have one."""
    kept = []
    for order, rollouts in zip(ORDERS, by_order, strict=True):
        better = ("first", "second")[better_position(one, order)]
        number = better_position(one, order) + 1
        named = (f"Assistant {number} is better.", f"助手{number}更好。")
        right = [
            rollout
            for rollout in rollouts
            if rollout.closed_by_model and rollout.position == better and rollout.text.strip().endswith(named)
        ]
        if not right:
            return []
        kept.append(Thought(one.id, order, min(right, key=lambda rollout: rollout.thinking_tokens).text.strip()))
    return kept


def _read(place: Path) -> dict[str, list[Thought]]:
    if not place.is_file():
        return {}
    done = {}
    for line in place.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue  # a line that a kill cut short: sampled again
        done[row["id"]] = [Thought(**thought) for thought in row["kept"]]
    return done
