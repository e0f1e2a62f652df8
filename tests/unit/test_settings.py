"""What the environment may set, and how a value that cannot be is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rrm_ui.cli import main
from rrm_ui.errors import BadInput
from rrm_ui.serving import Limits
from rrm_ui.settings import Settings, get_settings
from rrm_ui.values import MAX_VOTES


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RRM_MAX_WAITING", "0"),
        ("RRM_MAX_ROWS", "-1"),
        ("RRM_MAX_BATCH_TOKENS", "-1"),
        ("RRM_CACHED_PREFIX_TOKENS", "-1"),
        ("RRM_DEVICE", "gpu"),
        ("RRM_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_value_that_cannot_be_is_one_sentence_with_the_variables_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=f"^{name} is '{value}': "):
        get_settings()
    assert main(["models"]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith(f"error: {name} is '{value}': ")
    assert len(printed.splitlines()) == 1


def test_zero_sets_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROWS", "BATCH_TOKENS", "VOTES", "THINKING_BUDGET", "REQUESTS_PER_PERSON", "TOKENS_PER_MINUTE"):
        monkeypatch.setenv(f"RRM_MAX_{name}", "0")
    limits = Limits.of(Settings())
    assert limits.votes == MAX_VOTES
    assert (limits.thinking_budget, limits.requests_per_person, limits.tokens_per_minute) == (None, None, None)


def test_the_level_of_the_log_may_be_written_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RRM_LOG_LEVEL", "debug")
    assert get_settings().log_level == "DEBUG"
