"""What happens while responses are ranked, in order; ``RankingFinished`` comes last."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from rrm_ui.errors import Failure
from rrm_ui.events import Event
from rrm_ui.ranking.entries import Entries
from rrm_ui.ranking.matches import MatchResult, Pair
from rrm_ui.ranking.methods import MethodName
from rrm_ui.ranking.standings import Standings
from rrm_ui.values import JudgeSettings, ModelDetails, Vote

MATCH_VOTES = 2
"""Of a match, where nobody says how many: one in each order."""
MOST_REPLAYS = 2
"""A match without a majority gets as many votes again, so often."""


def match_settings(defaults: JudgeSettings) -> JudgeSettings:
    """Return how a match is judged where nobody says otherwise, given a model's defaults: nobody reads its curve."""
    return replace(defaults, votes=MATCH_VOTES, probe_every=0)


@dataclass(frozen=True)
class RankingSettings:
    """How responses are ranked."""

    method: MethodName = "round-robin"
    share: float = 1.0
    """Of the pairs of a round robin."""
    rounds: int | None = None
    """Of a Swiss system; None for as many as an order takes."""
    replays: int = MOST_REPLAYS
    judge: JudgeSettings = field(default_factory=lambda: match_settings(JudgeSettings()))


@dataclass(frozen=True)
class Ranking:
    """A ranking, finished or stopped."""

    entries: Entries
    settings: RankingSettings
    model: ModelDetails
    standings: Standings
    results: tuple[MatchResult, ...]
    finished: bool
    """Whether every match that the method asks for was judged."""


@dataclass(frozen=True)
class RoundStarted:
    """The pairs that are judged next."""

    number: int
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class MatchEvent:
    """Something happened in a match that is being judged."""

    pair: Pair
    event: Event


@dataclass(frozen=True)
class MatchFinished:
    """A match is over, with all its votes."""

    result: MatchResult
    votes: tuple[Vote, ...] = ()
    failure: Failure | None = None
    """What broke, if something did; ``result.error`` is its message."""


@dataclass(frozen=True)
class RankingFinished:
    """The last event."""

    ranking: Ranking


RankingEvent = RoundStarted | MatchEvent | MatchFinished | RankingFinished
