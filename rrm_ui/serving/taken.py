"""What one judgment takes, read from its events: waiting, reading, and tokens as they are written."""

from __future__ import annotations

from dataclasses import dataclass, field

from rrm_ui.events import AnswerText, Event, Reading, ThinkingClosed, ThinkingText, VoteFinished, Waiting


@dataclass(frozen=True)
class Tokens:
    """Numbers of tokens."""

    read: int = 0
    thinking: int = 0
    answer: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.read + self.thinking + self.answer

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.read + other.read, self.thinking + other.thinking, self.answer + other.answer)


@dataclass
class Taken:
    """What a judgment has taken so far; times are in seconds of one clock."""

    started: float
    waited: float | None = None
    """Until the engine took it up; None while it has not."""
    first_token: float | None = None
    """Until a vote wrote something, or finished; None before."""
    tokens: Tokens = field(default_factory=Tokens)
    error: str | None = None
    """Code of what broke it."""
    _thought: dict[int, int] = field(default_factory=dict)
    """Thinking tokens counted so far, by vote."""
    _waiting: bool = False

    def wait_until(self, now: float) -> float:
        """Return how long it has waited for the engine: until that took it up, or until ``now``."""
        if self.waited is not None:
            return self.waited
        return now - self.started if self._waiting else 0.0

    def see(self, event: Event, now: float) -> Tokens:
        """Take one event in and return the tokens that are new with it."""
        if isinstance(event, Waiting):
            self._waiting = True
        elif _is_progress(event):
            if self.waited is None:
                self.waited = self.wait_until(now)
            if self.first_token is None and not isinstance(event, Reading):
                self.first_token = now - self.started
        new = self._new_tokens(event)
        self.tokens += new
        return new

    def _new_tokens(self, event: Event) -> Tokens:
        match event:
            case Reading(tokens):
                return Tokens(read=max(0, tokens - self.tokens.read))
            case ThinkingText(index, _, tokens):
                return Tokens(thinking=self._think(index, tokens))
            case VoteFinished(vote):
                # A thought that went on unseen, and the answer, are counted now.
                return Tokens(thinking=self._think(vote.index, vote.thinking_tokens), answer=vote.answer_tokens)
            case _:
                return Tokens()

    def _think(self, vote: int, tokens: int) -> int:
        new = max(0, tokens - self._thought.get(vote, 0))
        self._thought[vote] = self._thought.get(vote, 0) + new
        return new


def _is_progress(event: Event) -> bool:
    """Return whether the engine has taken the judgment up.

    Reading that stands at nothing is only a sign of life, and a vote may be cancelled while it waits.
    """
    if isinstance(event, Reading):
        return event.tokens > 0
    if isinstance(event, VoteFinished):
        return event.vote.status == "finished"
    return isinstance(event, (ThinkingText, AnswerText, ThinkingClosed))
