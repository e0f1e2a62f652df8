"""Preference pairs as rows of a file that ``trl`` reads."""

from __future__ import annotations

from typing import Any

from rrm_ui.ranking.entries import Entries
from rrm_ui.ranking.preferences import Preference


def pair_row(preference: Preference, entries: Entries) -> dict[str, Any]:
    """Return a pair as ``prompt``, ``chosen`` and ``rejected``, with what is known of it.

    That is ``elo_margin`` and ``p_chosen_better``; of a pair that met, ``votes_chosen`` and ``votes_rejected`` as well.
    A column ``margin`` would be subtracted from the logits of ``trl``'s ``RewardTrainer``.
    """
    row: dict[str, Any] = {
        "prompt": entries.query,
        "chosen": entries.texts[preference.chosen],
        "rejected": entries.texts[preference.rejected],
        "elo_margin": round(preference.elo_margin, 1),
        "p_chosen_better": round(preference.p_chosen_better, 4),
    }
    if preference.votes is not None:
        row["votes_chosen"], row["votes_rejected"] = preference.votes
    return row
