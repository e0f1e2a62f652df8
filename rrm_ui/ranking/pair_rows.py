"""Preference pairs as rows of a file that ``trl`` reads."""

from __future__ import annotations

from typing import Any

from rrm_ui.prompts.encoding import clean_text
from rrm_ui.ranking.entries import Entries
from rrm_ui.ranking.preferences import Preference
from rrm_ui.ranking.rows import RankRow


def pair_row(preference: Preference, row: RankRow, entries: Entries) -> dict[str, Any]:
    """Return a pair of ``row``, ranked as ``entries``, as ``prompt``, ``chosen`` and ``rejected``, with what is known.

    That is the row's ``id`` if it has one of its own, ``elo_margin`` and ``p_chosen_better``; of a pair that met,
    ``votes_chosen`` and ``votes_rejected`` as well. A column ``margin`` would be subtracted from the logits of
    ``trl``'s ``RewardTrainer``.
    """

    def text(response: int) -> str:
        """Return a response as it was given, which is not always what the judge was shown."""
        return clean_text(row.responses[entries.indices[response][0]])

    made: dict[str, Any] = {
        **({"id": row.id} if row.named else {}),
        "prompt": entries.query,
        "chosen": text(preference.chosen),
        "rejected": text(preference.rejected),
        "elo_margin": round(preference.elo_margin, 1),
        "p_chosen_better": round(preference.p_chosen_better, 4),
    }
    if preference.votes is not None:
        made["votes_chosen"], made["votes_rejected"] = preference.votes
    return made
