"""A ranking while it is judged, from the press of a button to its end."""

from __future__ import annotations

import time
from typing import Any

from rrm_ui.ranking.events import MatchFinished, Ranking, RankingEvent, RankingFinished
from rrm_ui.ranking.view import RankView
from rrm_ui.ui.rank_store import KeptRanking


class Sitting:
    """What is judged of a kept ranking at one press: all that ``view`` lacks."""

    def __init__(self, kept: KeptRanking, view: RankView) -> None:
        self.kept, self.view = kept, view
        self._started = time.monotonic()

    def apply(self, event: RankingEvent) -> None:
        """Fold ``event``."""
        self.view.apply(event)
        if isinstance(event, MatchFinished) and event.votes:
            self.kept.votes[event.result.pair] = event.votes
        elif isinstance(event, RankingFinished):
            self.end(event.ranking)

    def end(self, ranking: Ranking | None = None) -> None:
        """End it, with its ``ranking`` or broken off."""
        self.kept.end(self.view, ranking)

    def drawing(self) -> dict[str, Any]:
        """Return what the page draws."""
        # The clock is also a sign of life: a page that hears nothing for seconds says so.
        self.kept.seconds = round(time.monotonic() - self._started, 1)
        return self.kept.sent()
