"""The errors that a user sees. Each message is one clear sentence and says what to do next.

``code`` names the kind, so that a page can word it in its reader's language; ``values`` fill the words. A kind is
a class where somebody treats it otherwise than others; else an error is given a ``code`` of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Failure:
    """What broke, as plain data: it may come from another process."""

    message: str
    code: str = ""
    """The kind of the error; empty where nothing but the message is known."""
    values: dict[str, int | float | str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return what a page words: ``key`` and ``values``, and the ``text`` for a key that it has no words for."""
        return {"key": self.code, "text": self.message, "values": dict(self.values)}

    def as_reason(self) -> dict[str, int | float | str]:
        """Return what an error that takes this in as its reason is given: its clause, and what a page words it by."""
        return {"reason": self.message, "reason_code": self.code, **self.values}


def reason(code: str, clause: str, **values: int | float | str) -> Failure:
    """Return why something could not be done: ``clause``, without a full stop, is taken in by a sentence."""
    return Failure(clause, code, values)


class UserError(Exception):
    """Base of every error whose message is meant for the person at the page or the terminal."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None, **values: int | float | str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.values = values

    @property
    def failure(self) -> Failure:
        """The error as plain data."""
        return Failure(self.message, self.code, self.values)


class BadInput(UserError):
    """What was typed or sent cannot be judged; nothing ran."""

    code = "bad_input"


class TooLong(BadInput):
    """The prompt does not fit the model's context; nothing ran."""

    code = "too_long"


class NoRoom(BadInput):
    """The votes asked for do not fit this machine's memory; nothing ran. Elsewhere, or later, they may."""

    code = "no_room"


class ModelUnavailable(UserError):
    """A model cannot be fetched, checked, converted or loaded."""

    code = "model_unavailable"

    @classmethod
    def of(cls, failure: Failure) -> ModelUnavailable:
        """Return the error that was told as ``failure``."""
        return cls(failure.message, code=failure.code, **failure.values)


class NotReady(UserError):
    """The model is still being made ready."""

    code = "not_ready"


class Busy(UserError):
    """Something else is under way that must end first."""

    code = "busy"


class QueueFull(Busy):
    """Too many judgments are waiting already."""

    code = "queue_full"

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting:,} judgments are waiting already. Try again in a minute.", waiting=waiting)


class TextLimit(BadInput):
    """A text is longer than this server takes; nothing ran."""

    code = "text_limit"


class VotesLimit(BadInput):
    """More votes than this server casts for one comparison; nothing ran."""

    code = "votes_limit"


class BudgetLimit(BadInput):
    """A larger thinking budget than this server gives; nothing ran."""

    code = "budget_limit"


class TooManyAtOnce(UserError):
    """This person has as many requests under way as one person may."""

    code = "too_many_at_once"


class TokensUsedUp(UserError):
    """This person's votes have used the tokens of the last minutes."""

    code = "tokens_used_up"


class ShuttingDown(UserError):
    """The server is about to end and begins nothing new."""

    code = "shutting_down"

    def __init__(self) -> None:
        super().__init__("The server is shutting down; what has finished is kept. Judge again when it is back.")


class RecordFailure(UserError):
    """A run's folder can no longer be written."""

    code = "record_failure"


class PlatformRefused(UserError):
    """The platform that lends the GPU refused a call before anything ran: a used-up quota, a full queue.

    ``message`` is in its own words; ``original`` is its error, which a page shows as it is.
    """

    code = "platform_refused"

    def __init__(self, message: str, original: Exception) -> None:
        super().__init__(message)
        self.original = original


class EngineFailure(UserError):
    """The engine broke in the middle of a judgment."""

    code = "engine_failure"

    @classmethod
    def of(cls, failure: Failure) -> EngineFailure:
        """Return the error that was told as ``failure``."""
        return cls(failure.message, code=failure.code, **failure.values)


class PlatformBrokeOff(EngineFailure):
    """The platform that lends the GPU ended a call that had begun; ``message`` is in its words where it gave any."""

    code = "platform_broke_off"


class InvalidNumbers(EngineFailure):
    """The model computed numbers that are none."""

    code = "invalid_numbers"


class TextLost(EngineFailure):
    """What a vote wrote could not be turned into text."""

    code = "text_lost"


class OutOfTime(EngineFailure):
    """A judgment took longer than this server gives one."""

    code = "out_of_time"


class OutOfMemory(EngineFailure):
    """The machine's memory ran out in the middle of a judgment."""

    code = "out_of_memory"


class EngineStopped(EngineFailure):
    """The engine was stopped: what it runs and what comes later is told so."""

    code = "shutting_down"

    def __init__(self) -> None:
        super().__init__("The server is shutting down. Judge again when it is back.")
