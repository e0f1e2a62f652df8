"""Rankings as rewards: what ``trl``'s ``GRPOTrainer`` and ``OnlineDPOTrainer`` take as ``reward_funcs``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rrm_ui.errors import BadInput, EngineFailure, UserError
from rrm_ui.evaluation.rows import EMPTY_RESPONSE
from rrm_ui.judge import JudgeModel
from rrm_ui.ranking.bradley_terry import preferred, strengths
from rrm_ui.ranking.entries import Entries, leave_out_too_long, merge_entries
from rrm_ui.ranking.events import Ranking, RankingFinished, RankingSettings, match_settings
from rrm_ui.ranking.matches import MOST_RESPONSES, wins_matrix
from rrm_ui.ranking.processes import exchange
from rrm_ui.ranking.tournament import rank

Turns = str | Sequence[dict[str, Any]]
"""A text, or the messages of a conversation."""

Place = tuple[int, int]
"""A process of a distributed training, and a completion's number there."""


@dataclass
class RankingReward:
    """Rewards completions by how they rank among those of the same prompt.

    A completion's reward, from -1 to 1, is how often it is expected to be preferred to another completion of its prompt
    (by the ratings fitted to all of their matches), times two, less one. The rewards of different completions of a
    prompt have mean 0. What cannot be judged (it is too long) has no reward: `GRPOTrainer` leaves it out, and of two
    without one `OnlineDPOTrainer` prefers the first.

    In a distributed training the completions of a prompt may lie in several processes. They are ranked together, each
    prompt by one process; every process needs a judge of its own.

    Raises:
        BadInput: the method is a knockout.
    """

    model: JudgeModel
    settings: RankingSettings | None = None
    """How completions are ranked; None for a round robin with the thinking budget that suits the model."""

    def __post_init__(self) -> None:
        self._asked = self.settings or RankingSettings(judge=match_settings(self.model.defaults))
        if self._asked.method == "knockout":
            raise BadInput("A knockout finds a winner and no order, so it gives no rewards; use round-robin or swiss.")

    def __call__(self, prompts: Sequence[Turns], completions: Sequence[Turns], **_: Any) -> list[float | None]:
        """Return the reward of each completion; None where no match of it could be judged.

        Raises:
            EngineFailure: the engine broke, so that no completion of a prompt could be judged.
        """
        own = [(_as_text(prompt), _as_text(text)) for prompt, text in zip(prompts, completions, strict=True)]
        everything, process = exchange(own)
        groups: dict[str, list[Place]] = {}
        for other, given in enumerate(everything):
            for number, (prompt, _text) in enumerate(given):
                groups.setdefault(prompt, []).append((other, number))
        rewards: dict[Place, float | None] = {}
        failure: UserError | None = None
        try:
            for prompt, places in list(groups.items())[process :: len(everything)]:
                texts = [everything[other][number][1] for other, number in places]
                rewards.update(zip(places, self._rewards(prompt, texts), strict=True))
        except UserError as error:  # the other processes wait for what this one has to tell
            failure = error
        for judged, broken in exchange((rewards, failure))[0]:
            if broken is not None:
                raise broken
            rewards.update(judged)
        return [rewards[process, number] for number in range(len(own))]

    def _rewards(self, prompt: str, texts: list[str]) -> list[float | None]:
        if len(texts) > MOST_RESPONSES:
            raise BadInput(f"A prompt has {len(texts)} completions; at most {MOST_RESPONSES} can be ranked.")
        if len(texts) == 1:
            return [0.0]
        try:
            entries = merge_entries(_shown(prompt), [_shown(text) for text in texts])
            if len(entries.texts) == 1:
                return [0.0] * len(texts)
            entries = leave_out_too_long(entries, self._asked.judge, self.model)
        except BadInput:  # the prompt itself fills the context: nothing is known of its completions
            return [None] * len(texts)
        ranking = self._ranking(entries)
        rewards: list[float | None] = [None] * len(texts)
        counted = [result for result in ranking.results if result.counts]
        if not counted:
            error = next((result.error for result in ranking.results if result.error), "no votes were cast")
            raise EngineFailure(f"No completion could be judged: {error}")
        chance = preferred(strengths(wins_matrix(len(ranking.entries.texts), counted)))
        np.fill_diagonal(chance, 0.0)
        share = chance.sum(1) / (len(chance) - 1)
        judged = {response for result in counted for response in result.pair}
        for response, given in enumerate(ranking.entries.indices):
            for place in given:
                rewards[place] = float(2 * share[response] - 1) if response in judged else None
        return rewards

    def _ranking(self, entries: Entries) -> Ranking:
        for event in rank(entries, self._asked, self.model):
            if isinstance(event, RankingFinished):
                return event.ranking
        raise AssertionError("a ranking ends with its result")


def _shown(text: str) -> str:
    """Return what the judge is shown of a prompt or completion, which may hold no text."""
    return text if text.strip() else EMPTY_RESPONSE


def _as_text(turns: Turns) -> str:
    """Return a text as it is, a single message as its text, and of a conversation every message by its role."""
    if isinstance(turns, str):
        return turns
    if len(turns) == 1:
        return str(turns[0]["content"])
    return "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in turns)
