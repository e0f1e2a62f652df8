"""Preference pairs as rows of a file that ``trl`` reads, in either of its formats."""

from __future__ import annotations

from typing import Any, Literal

from rrm_ui.evaluation.conversations import Content
from rrm_ui.prompts.encoding import clean_text
from rrm_ui.ranking.entries import Entries
from rrm_ui.ranking.preferences import Preference
from rrm_ui.ranking.rows import RankRow

PairFormat = Literal["conversational", "standard"]
PAIR_FORMATS: tuple[PairFormat, ...] = ("conversational", "standard")
"""The first one where nobody says otherwise: what is trained is mostly a chat model, and ``trl`` puts texts of the
standard format before it as they are, without its template. A model that has none is told by ``trl``."""


def pair_row(preference: Preference, row: RankRow, entries: Entries, layout: PairFormat) -> dict[str, Any]:
    """Return a pair of ``row``, ranked as ``entries``, as ``prompt``, ``chosen`` and ``rejected``, with what is known.

    These are lists of messages, or texts in the standard layout. What is known is the row's ``id`` if it has one of its
    own, ``elo_margin`` and ``p_chosen_better``; of a pair that met, ``votes_chosen`` and ``votes_rejected`` as well. A
    column ``margin`` would be subtracted from the logits of ``trl``'s ``RewardTrainer``.
    """
    # As they were given, which is not always what the judge was shown.
    chosen, rejected = (
        clean_text(row.responses[entries.indices[response][0]]) for response in (preference.chosen, preference.rejected)
    )
    texts = {"prompt": entries.query, "chosen": chosen, "rejected": rejected}
    talks = {
        "prompt": _asked(row.prompt),
        "chosen": _said("assistant", chosen),
        "rejected": _said("assistant", rejected),
    }
    made: dict[str, Any] = {
        **({"id": row.id} if row.named else {}),
        **(texts if layout == "standard" else talks),
        "elo_margin": round(preference.elo_margin, 1),
        "p_chosen_better": round(preference.p_chosen_better, 4),
    }
    if preference.votes is not None:
        made["votes_chosen"], made["votes_rejected"] = preference.votes
    return made


def _asked(prompt: Content) -> list[dict[str, str]]:
    """Return a query as messages: those that it was given as, without empty ones."""
    if isinstance(prompt, str):
        return _said("user", prompt)
    return [message for turn in prompt if turn.text for message in _said(turn.role, turn.text)]


def _said(role: str, text: str) -> list[dict[str, str]]:
    return [{"role": role, "content": clean_text(text)}]
