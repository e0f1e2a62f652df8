"""Ranking responses with a judge, round by round.

The pairs of a round are judged together; the common head of their prompts (system turn and query) is read once.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence

from rrm_ui.errors import BadInput
from rrm_ui.events import Observer, unobserved
from rrm_ui.judge import JudgeModel, check_settings
from rrm_ui.ranking.entries import Entries
from rrm_ui.ranking.events import (
    MatchFinished,
    Ranking,
    RankingEvent,
    RankingFinished,
    RankingSettings,
    RoundStarted,
)
from rrm_ui.ranking.matches import MatchResult, Pair
from rrm_ui.ranking.methods import Method, make_method
from rrm_ui.ranking.playing import Table, judge_together
from rrm_ui.ranking.standings import standings_of
from rrm_ui.values import MAX_VOTES

MOST_BREAKS = 12
"""So many matches in a row that the engine broke end the ranking: it would fail every other one."""


def check_ranking(settings: RankingSettings) -> None:
    """Check every setting.

    Raises:
        BadInput: one is out of its range.
    """
    check_settings(settings.judge)
    if not 0 < settings.share <= 1:  # a number that is none fails as well
        raise BadInput(f"share is {settings.share!r}; it must be more than 0 and at most 1.", field="share")
    if settings.rounds is not None and settings.rounds < 1:
        raise BadInput(f"rounds is {settings.rounds!r}; it must be at least 1.", field="rounds")


def method_of(entries: Entries, settings: RankingSettings) -> Method:
    """Return the method that ``settings`` name, for ``entries``.

    Raises:
        BadInput: there is none of that name.
    """
    return make_method(
        settings.method, len(entries.texts), settings.judge.seed, share=settings.share, rounds=settings.rounds
    )


def rank(
    entries: Entries,
    settings: RankingSettings,
    model: JudgeModel,
    cancel: threading.Event | None = None,
    earlier: Sequence[MatchResult] = (),
    observe: Observer = unobserved,
    person: str = "",
    most_votes: int = MAX_VOTES,
) -> Generator[RankingEvent, None, None]:
    """Rank ``entries`` and yield what happens; the last event is ``RankingFinished``.

    Matches in ``earlier`` were judged before under the same settings and are not judged again. Setting ``cancel``
    stops after what has finished; closing the generator gives everything up. Either frees the engine's rows at once.
    A match that cannot be judged is told, and the others go on. ``person`` is who asks, as for ``judge``;
    ``most_votes`` is what a match may come to when votes are added to find a majority.

    Raises (before the first event):
        BadInput: a setting is out of range.
    """
    check_ranking(settings)
    method = method_of(entries, settings)
    table = Table(entries, settings, model, cancel or threading.Event(), observe, person, most_votes)
    return _rank(table, method, [result for result in earlier if result.counts])


def _rank(table: Table, method: Method, results: list[MatchResult]) -> Generator[RankingEvent, None, None]:
    failed: set[Pair] = set()
    number = breaks = 0
    while not table.cancel.is_set() and breaks < MOST_BREAKS:
        pairs = [pair for pair in method.next_pairs(results) if pair not in failed]
        if not pairs:
            break
        number += 1
        yield RoundStarted(number, tuple(pairs))
        happening = judge_together(table, pairs)
        for event in happening:
            yield event
            if isinstance(event, MatchFinished):
                results.append(event.result)
                if not event.result.counts:
                    failed.add(event.result.pair)
                # Votes that were begun and failed are the engine's doing; a match that was refused has none.
                breaks = breaks + 1 if event.votes and not event.result.counts else 0
                if breaks == MOST_BREAKS:
                    happening.close()
    count, seed = len(table.entries.texts), table.settings.judge.seed
    standings = standings_of(count, results, method, seed=seed)
    # A match that lost votes to an error has been judged by the others, and is judged again by who goes on.
    whole = all(result.error is None for result in results)
    finished = whole and not failed and not method.next_pairs(results)
    yield RankingFinished(
        Ranking(table.entries, table.settings, table.model.details, standings, tuple(results), finished)
    )
