"""The rankings that pages show: kept for them to read, to save and to go on with."""

from __future__ import annotations

import json
import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from rrm_ui.ranking.events import Ranking
from rrm_ui.ranking.matches import Pair
from rrm_ui.ranking.standings import standings_of
from rrm_ui.ranking.view import RankView
from rrm_ui.values import ModelDetails, Vote

KEPT_SESSIONS = 64
"""Rankings that are kept for their pages to read and to go on with; the oldest goes first, running ones stay."""
BUSY = ("waiting", "running")
"""Phases of a ranking that is under way."""


@dataclass(frozen=True)
class _Known:
    """What was known of a ranking when a sitting went on with it."""

    view: RankView
    ranking: Ranking | None
    taken: int
    """Results that the sitting took over."""


@dataclass
class KeptRanking:
    """The ranking of one page, judged in one sitting or in several."""

    view: RankView
    """Of the present sitting, or of the last one."""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    """What its page names it by; nobody else knows it."""
    votes: dict[Pair, tuple[Vote, ...]] = field(default_factory=dict)
    ranking: Ranking | None = None
    model: ModelDetails | None = None
    """What judged, once it began."""
    seconds: float = 0.0
    """What the last sitting took."""
    _before: _Known | None = None
    """What the present sitting goes on with."""

    def missing(self) -> RankView:
        """Return a view to go on with: what failed, or lacks votes that failed, is to be judged again."""
        view = self.view
        results = [result for result in view.results if result.error is None]
        return RankView(view.entries, view.settings, view.method, results)

    def begin(self, view: RankView, model: ModelDetails) -> None:
        """Begin a sitting, in which ``model`` judges what ``view`` lacks."""
        self._before = None if view is self.view else _Known(self.view, self.ranking, len(view.results))
        self.view, self.ranking, self.model = view, None, model

    def end(self, view: RankView, ranking: Ranking | None = None) -> None:
        """End the sitting of ``view``, with its ``ranking`` or broken off; does nothing if it has ended.

        One that judged nothing leaves what was known before it, and one that was cut short what it would have judged
        again and did not.
        """
        if view is not self.view:
            return
        if view.phase in BUSY:
            view.stop()
        before, self._before = self._before, None
        if before is not None and view.phase != "finished" and len(view.results) == before.taken:
            self.view, self.ranking = before.view, before.ranking
        elif before is not None and view.phase != "finished" and view.take_over(before.view):
            self.ranking = None  # what was made without them
        elif ranking is not None:
            self.ranking = ranking

    def broken_off(self) -> Ranking | None:
        """Return the ranking of what was judged before an error ended it; None if nothing was."""
        view = self.view
        if self.model is None or view.phase != "stopped" or not view.results:
            return None
        seed = view.settings.judge.seed
        standings = standings_of(len(view.entries.texts), view.results, view.method, seed=seed)
        return Ranking(view.entries, view.settings, self.model, standings, tuple(view.results), finished=False)

    def sent(self) -> dict[str, Any]:
        """Return what the page gets: plain values, and JSON text for everything that has parts.

        Gradio sends the difference to what it sent before, and (6.31) counts wrongly where lists inside of lists lose
        elements at the same time: such a difference ends the stream. In the browser it copies the whole value at each
        of them, which takes long for thousands of lists and no time for texts.
        """
        view = self.view.to_dict()
        texts = {
            name: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            for name, value in view.items()
            if isinstance(value, list | dict)
        }
        # Without its last bracket the text of the matches only ever grows, and only what is new is sent.
        texts["matches"] = texts["matches"][:-1]
        return {**view, **texts, "key": self.key, "seconds": self.seconds}


class RankStore:
    """What every session ranked last. Any thread may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, KeptRanking] = OrderedDict()
        self._lock = threading.Lock()

    def of_session(self, session: str) -> KeptRanking | None:
        """Return the ranking of ``session``."""
        with self._lock:
            return self._kept.get(session)

    def session_of(self, key: object) -> str | None:
        """Return the session that has the ranking which its page knows as ``key``."""
        with self._lock:
            return next((session for session, kept in self._kept.items() if kept.key == key), None)

    def hand_over(self, holder: str, session: str) -> KeptRanking | None:
        """Give ``session`` the ranking of ``holder``, which no longer has it; return it."""
        with self._lock:
            kept = self._kept.pop(holder, None)
            if kept is not None:
                self._kept[session] = kept
            return kept

    def keep(self, session: str, kept: KeptRanking) -> None:
        """Keep ``kept`` for ``session``, in place of what it had."""
        with self._lock:
            self._kept[session] = kept
            self._kept.move_to_end(session)
            over = [name for name, one in self._kept.items() if one.view.phase not in BUSY]
            for name in over[: max(0, len(self._kept) - KEPT_SESSIONS)]:
                del self._kept[name]

    def find(self, key: object) -> KeptRanking | None:
        """Return the ranking that its page knows as ``key``."""
        with self._lock:
            return next((kept for kept in self._kept.values() if kept.key == key), None)
