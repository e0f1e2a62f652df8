"""What a page shows of a ranking under way: its events folded into one small object.

Matches that are over are only ever added at the end of a list, so that a stream of differences stays small.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from rrm_ui.errors import Failure
from rrm_ui.events import JudgmentFinished, Reading, ThinkingText, VoteFinished, Waiting
from rrm_ui.ranking.entries import Entries
from rrm_ui.ranking.events import (
    MatchEvent,
    MatchFinished,
    Ranking,
    RankingEvent,
    RankingFinished,
    RankingSettings,
    RoundStarted,
)
from rrm_ui.ranking.matches import MatchResult, Pair
from rrm_ui.ranking.methods import Knockout, Method
from rrm_ui.ranking.standings import standings_of

Phase = Literal["waiting", "running", "finished", "stopped"]

NO_CHOICE = "none"
"""Shown of a vote that was cast and named neither."""
SHOWN_CHARACTERS = 240
"""Of each response, beside its rating."""


@dataclass
class RankView:
    """A ranking as it grows."""

    entries: Entries
    settings: RankingSettings
    method: Method
    results: list[MatchResult] = field(default_factory=list)
    """Those of an earlier sitting to begin with."""
    phase: Phase = "waiting"
    _running: dict[Pair, dict[int, tuple[int, str | None]]] = field(default_factory=dict)
    """Of the matches that are being judged, by vote: its thinking tokens, and once it is cast what it named."""
    _failures: dict[Pair, Failure] = field(default_factory=dict)
    """Of the matches that failed here; of those in a file only the message is known."""
    _standings: dict[str, Any] | None = None

    def apply(self, event: RankingEvent) -> None:
        """Fold ``event``."""
        if isinstance(event, RoundStarted):
            self.phase = "running"
        elif isinstance(event, MatchEvent):
            self._fold(event)
        elif isinstance(event, MatchFinished):
            self._running.pop(event.result.pair, None)
            self.results.append(event.result)
            if event.failure is not None:
                self._failures[event.result.pair] = event.failure
            self._standings = None
        elif isinstance(event, RankingFinished):
            self._finish(event.ranking)

    def _fold(self, match: MatchEvent) -> None:
        event = match.event
        if isinstance(event, (Waiting, Reading)):
            return
        votes = self._running.setdefault(match.pair, {})
        if isinstance(event, ThinkingText):
            votes[event.vote] = (event.tokens, None)
        elif isinstance(event, VoteFinished):
            votes[event.vote.index] = (event.vote.thinking_tokens, event.vote.choice or NO_CHOICE)
        elif isinstance(event, JudgmentFinished):
            votes.clear()  # it is over, or more votes begin

    def _finish(self, ranking: Ranking) -> None:
        self.phase = "finished" if ranking.finished else "stopped"
        self._running.clear()
        self._standings = ranking.standings.to_dict()

    def stop(self) -> None:
        """Show what is known as it stands: the ranking broke off."""
        self.phase = "stopped"
        self._running.clear()

    def take_over(self, before: RankView) -> bool:
        """Add what ``before`` knew of pairs that were not judged here; return whether there was any."""
        known = {result.pair for result in self.results}
        left = [result for result in before.results if result.pair not in known]
        self.results += left
        self._failures = {**before._failures, **self._failures}
        self._standings = None
        return bool(left)

    def to_dict(self) -> dict[str, Any]:
        """Return everything that is drawn."""
        if self._standings is None:
            self._standings = standings_of(
                len(self.entries.texts), self.results, self.method, seed=self.settings.judge.seed, with_elo=False
            ).to_dict()
        return {
            "phase": self.phase,
            "method": self.settings.method,
            "budget": self.settings.judge.thinking_budget,
            # A small field may run out of pairs that have not met, and one that goes on may draw some anew.
            "planned": len(self.results) if self.phase == "finished" else max(self.method.matches, len(self.results)),
            "query": self.entries.query[:SHOWN_CHARACTERS],
            "responses": [text[:SHOWN_CHARACTERS] for text in self.entries.texts],
            # As a browser counts them.
            "query_length": _units(self.entries.query),
            "lengths": [_units(text) for text in self.entries.texts],
            "left_out": [[[place + 1 for place in one.places], one.failure.to_dict()] for one in self.entries.left_out],
            "places": [[place + 1 for place in places] for places in self.entries.indices],
            "matches": [_match(result, self.failure(result)) for result in self.results],
            "running": [[*pair, list(votes.values())] for pair, votes in sorted(self._running.items())],
            "rounds": self._rounds(),
            "standings": self._standings,
            "tokens": sum(result.tokens for result in self.results),
        }

    def failure(self, result: MatchResult) -> Failure | None:
        """Return what broke in a match, with its words where they are known."""
        if result.error is None:
            return None
        known = self._failures.get(result.pair)
        return known if known and known.message == result.error else Failure(result.error)

    def _rounds(self) -> list[dict[str, Any]] | None:
        """Return the rounds of a knockout: the pairs, and who had none."""
        if not isinstance(self.method, Knockout):
            return None
        return [
            {"pairs": [list(pair) for pair in pairs], "alone": alone}
            for pairs, alone in self.method.rounds(self.results)
        ]


def _units(text: str) -> int:
    """Return the length of ``text`` in UTF-16 units, in which a browser counts."""
    return len(text.encode("utf-16-le")) // 2


def _match(result: MatchResult, failure: Failure | None) -> list[Any]:
    """Return a match as a short list, in the order in which the page's script names its parts."""
    return [
        result.first,
        result.second,
        result.votes_first,
        result.votes_second,
        result.no_verdict,
        None if result.p_first is None else round(result.p_first, 4),
        result.outcome if result.counts else "failed",
        result.replays,
        failure and failure.to_dict(),
        result.favourite() if result.counts else None,
    ]
