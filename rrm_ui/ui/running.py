"""Which judgment runs on which page, so that Stop, a closed tab and a second Judge find it."""

from __future__ import annotations

import threading


class RunningJudgments:
    """At most one judgment per session, each with the flag that stops it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cancels: dict[str, threading.Event] = {}

    def start(self, session: str) -> threading.Event | None:
        """Return the flag of a new judgment, or None if the session has one running."""
        with self._lock:
            if session in self._cancels:
                return None
            return self._cancels.setdefault(session, threading.Event())

    def stop(self, session: str) -> bool:
        """Ask the session's judgment to stop; False if none runs."""
        with self._lock:
            cancel = self._cancels.get(session)
        if cancel is None:
            return False
        cancel.set()
        return True

    def is_running(self, session: str) -> bool:
        """Return whether the session has a judgment running."""
        with self._lock:
            return session in self._cancels

    def finish(self, session: str, cancel: threading.Event) -> None:
        """Forget a judgment that is over. Only sets and deletes, so it may be called from any thread."""
        cancel.set()
        with self._lock:
            if self._cancels.get(session) is cancel:
                del self._cancels[session]
