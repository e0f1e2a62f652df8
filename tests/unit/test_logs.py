from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator

import pytest

from rrm_ui.logs import JsonFormatter, PlainFormatter, configure_logging, take_over
from rrm_ui.settings import Settings


@pytest.fixture(autouse=True)
def _levels_as_before() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in ("rrm_ui", "httpx")}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def record_of(error: Exception | None = None, message: str = "It broke", **more: object) -> logging.LogRecord:
    record = logging.LogRecord("rrm_ui.somewhere", logging.ERROR, __file__, 1, message, (), None)
    vars(record).update(more)
    if error is not None:
        try:
            raise error
        except Exception:
            record.exc_info = sys.exc_info()
    return record


FORMATTERS: list[Callable[[], logging.Formatter]] = [JsonFormatter, lambda: PlainFormatter("%(message)s")]


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_a_traceback_names_the_error_and_not_its_words(formatter: Callable[[], logging.Formatter]) -> None:
    text = " ".join(["a", "person's", "words"])
    written = formatter().format(record_of(ValueError(text)))
    assert "ValueError" in written
    assert "test_logs.py" in written
    assert text not in written


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_words_that_another_formatter_left_on_the_record_are_not_used(
    formatter: Callable[[], logging.Formatter],
) -> None:
    text = " ".join(["a", "person's", "words"])
    record = record_of(ValueError(text))
    assert text in logging.Formatter().format(record)
    assert text not in formatter().format(record)


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_errors_that_know_no_texts_keep_their_words(formatter: Callable[[], logging.Formatter]) -> None:
    assert "No space left" in formatter().format(record_of(OSError(28, "No space left on device")))
    torch = pytest.importorskip("torch")
    assert "CUDA ran out" in formatter().format(record_of(torch.OutOfMemoryError("CUDA ran out")))


def test_json_is_one_object_a_line_with_the_fields_of_the_record() -> None:
    fields = {"judgment": "one", "seconds": 1.5, "error": None}
    row = json.loads(JsonFormatter().format(record_of(message="two\nlines", fields=fields)))
    assert row["message"] == "two\nlines"
    assert (row["level"], row["logger"]) == ("ERROR", "rrm_ui.somewhere")
    assert fields.items() <= row.items()
    assert "\n" not in JsonFormatter().format(record_of(ValueError("x"), message="two\nlines"))


def test_what_asyncio_shows_of_a_task_is_left_out() -> None:
    record = record_of(message="Task exception was never retrieved\nfuture: <Task exception=ValueError('words')>")
    record.name = "asyncio"
    assert PlainFormatter("%(message)s").format(record) == "Task exception was never retrieved"


def test_loggers_of_libraries_write_as_everything_else(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("a_library")
    logger.addHandler(logging.StreamHandler())
    logger.propagate = False
    take_over("a_library")
    logger.warning("hear me")
    assert "hear me" in caplog.text
    assert not logger.handlers


@pytest.mark.parametrize(("name", "kind"), [("plain", PlainFormatter), ("json", JsonFormatter)])
def test_the_format_is_chosen(name: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRM_LOG_FORMAT", name)
    made: list[logging.Handler] = []
    monkeypatch.setattr(logging, "basicConfig", lambda **options: made.extend(options["handlers"]))
    configure_logging(Settings())
    assert type(made[0].formatter) is kind


@pytest.mark.parametrize(("level", "libraries"), [("DEBUG", logging.INFO), ("WARNING", logging.WARNING)])
def test_the_level_is_chosen_and_libraries_show_nothing_that_they_are_sent(
    level: str, libraries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RRM_LOG_LEVEL", level)
    chosen: list[int] = []
    monkeypatch.setattr(logging, "basicConfig", lambda **options: chosen.append(options["level"]))
    configure_logging(Settings())
    assert chosen == [libraries]
    assert logging.getLogger("rrm_ui.somewhere").getEffectiveLevel() == logging.getLevelNamesMapping()[level]
