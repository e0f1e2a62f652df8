"""How the program logs: plain lines, or a JSON object a line. Neither ever holds what a person wrote.

An exception's own words may quote a text, so that a traceback here says where something broke and what kind of error
it was, and repeats the words only of errors that know nothing of texts (memory, files, the GPU).
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from rrm_ui.settings import Settings

log = logging.getLogger(__name__)

SERVER_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
TERMINAL_FORMAT = "%(levelname)s %(name)s: %(message)s"

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class PlainFormatter(logging.Formatter):
    """Lines for people; tracebacks without the words of exceptions."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and what broke below it."""
        record.message = _message(record)
        record.asctime = self.formatTime(record, self.datefmt)
        line = self.formatMessage(record)
        # Not the record's own ``exc_text``: another formatter may have put the words there.
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 (the name is logging's)
        """Return where it broke, and the kinds of all errors in the chain."""
        return "" if ei[1] is None else "\n".join(_told(ei[1]))


class JsonFormatter(PlainFormatter):
    """A JSON object a line: time, level, logger, message, and what the record carries as ``fields``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        row: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            row["traceback"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False, default=str)


def configure_logging(settings: Settings, plain_format: str = SERVER_FORMAT) -> None:
    """Log to standard error as ``settings`` say; a program that logs already goes on as it does."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else PlainFormatter(plain_format))
    level = logging.getLevelNamesMapping()[settings.log_level]
    logging.getLogger("rrm_ui").setLevel(level)
    # Libraries show what they are sent when they are debugged: MCP's whole messages, with every text.
    logging.basicConfig(level=max(level, logging.INFO), handlers=[handler])
    logging.getLogger("httpx").setLevel(max(level, logging.WARNING))  # a line per request otherwise


def take_over(*names: str) -> None:
    """Let the loggers ``names`` write as everything else does, instead of in the way that a library has set up."""
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def log_uncaught_errors() -> None:
    """Log errors that nobody catches, instead of printing them with all their words."""
    threading.excepthook = _log_uncaught_in_thread
    sys.excepthook = _log_uncaught


def _message(record: logging.LogRecord) -> str:
    """Return the message; of asyncio's only the first line, because the others show errors with their words."""
    message = record.getMessage()
    return message.partition("\n")[0] if record.name == "asyncio" else message


def _told(error: BaseException) -> list[str]:
    """Return the lines of ``error``, those of its cause first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [*_told(before), "which led to:"] if before is not None else []
    lines += [line.rstrip("\n") for line in traceback.format_tb(error.__traceback__)]
    kind = type(error)
    words = f": {error}" if _knows_no_texts(error) else ""
    return [*lines, f"{kind.__module__}.{kind.__qualname__}{words}"]


def _knows_no_texts(error: BaseException) -> bool:
    return isinstance(error, (MemoryError, OSError)) or type(error).__module__.split(".")[0] == "torch"


def _log_uncaught(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, where)
        return
    log.critical("An error was not caught", exc_info=(kind, error, where))


def _log_uncaught_in_thread(broken: threading.ExceptHookArgs) -> None:
    if broken.exc_value is not None:
        name = broken.thread.name if broken.thread else "?"
        log.error("The thread %s broke", name, exc_info=broken.exc_value)
