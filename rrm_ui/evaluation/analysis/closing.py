"""What closing a thought when it is sure would have made of votes that were thought to their end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rrm_ui.prompts.certainty import Certainty, CertaintyRule
from rrm_ui.values import Vote


@dataclass(frozen=True)
class Closing:
    """When thoughts are closed."""

    rule: CertaintyRule
    every: int
    """Thinking tokens between two readings."""


def close_when_sure(vote: Vote, closing: Closing) -> Vote:
    """Return the vote as it would have ended under ``closing``; the very same one where it was never sure.

    A thought's tokens depend on its seed alone, and reading them changes none, so that its stored readings tell where
    it would have been closed. Where a family reads its verdict right after the thought, the reading there is what the
    vote would have ended with; where the model may write an answer first, it is what the forced stem says.
    """
    certainty = Certainty(closing.rule)
    for place, probe in enumerate(vote.probes):
        if probe.tokens % closing.every == 0 and certainty.reached(probe.tokens, probe.p_a):
            return replace(
                vote,
                choice="A" if probe.p_a > 0.5 else "B",
                p_a=probe.p_a,
                thinking_tokens=probe.tokens,
                closed_by="certainty",
                probes=vote.probes[: place + 1],
            )
    return vote
