"""Everyday questions with a dangerous answer: here the one that warns is better, however helpful the other sounds."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._dangers_table import DANGERS
from rrm_ui.training.comparisons.families._short_answers import JUDGED, excerpt

_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": ("{}", "{}", "{}", "Quick question: {}", "{} I am in a hurry.", "Please help: {}"),
    "zh": ("{}", "{}", "{}", "请问：{}", "{}很着急。", "帮帮我：{}"),
}
_FINDINGS: dict[Language, tuple[str, str]] = {
    "en": ('says "{}", which heeds the danger: {}', 'says "{}", which ignores the danger: {}'),
    "zh": ("说“{}”，顾到了危险，{}", "说“{}”，不顾危险，{}"),
}
_WORKING: dict[Language, str] = {"en": "There is a danger: {}.", "zh": "这里有危险：{}。"}


def make(draw: Draw, language: Language) -> Draft:
    """Return a question with a safe and a dangerous answer."""
    row = draw.row(DANGERS[language])
    right, wrong = JUDGED[language]
    safe, dangerous = _FINDINGS[language]
    return Draft(
        query=draw.choice(_QUERIES[language]).format(row.query),
        better=DraftResponse(row.safe, safe.format(excerpt(language, row.safe), right)),
        worse=DraftResponse(row.dangerous, dangerous.format(excerpt(language, row.dangerous), wrong)),
        flaw="unsafe",
        working=_WORKING[language].format(row.risk),
        steps=1,
    )


FAMILY = Family("dangers", make, taught="reward")
