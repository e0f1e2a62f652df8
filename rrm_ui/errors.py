"""The errors that a user sees. Each message is one clear sentence and says what to do next.

``code`` names the kind, so that a page can word it in its reader's language; ``values`` fill the words.
"""

from __future__ import annotations


class UserError(Exception):
    """Base of every error whose message is meant for the person at the page or the terminal."""

    code = "error"

    def __init__(self, message: str, **values: int | float | str) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


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


class NotReady(UserError):
    """The model is still being made ready."""

    code = "not_ready"


class Busy(UserError):
    """Too many judgments are waiting already, or this page has one running."""

    code = "busy"


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
