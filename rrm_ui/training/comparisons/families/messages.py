"""A message that somebody wants written: both responses are one, and the worse one strikes a tone that offends."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._messages_table import MESSAGES
from rrm_ui.training.comparisons.families._short_answers import JUDGED, excerpt

_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": ("{}", "{}", "{}", "{} It should sound nice.", "Please help me: {}"),
    "zh": ("{}", "{}", "{}", "{}语气要好。"),
}
_FINDINGS: dict[Language, tuple[str, str]] = {
    "en": ('says "{}", which sounds {}: {}', 'says "{}", which is rude: {}'),
    "zh": ("说“{}”，语气{}，{}", "说“{}”，语气不好，{}"),
}
_WORKING: dict[Language, str] = {"en": "The message must sound {}.", "zh": "这条消息语气要{}。"}


def make(draw: Draw, language: Language) -> Draft:
    """Return a request with a message that fits and one that offends."""
    row = draw.row(MESSAGES[language])
    right, wrong = JUDGED[language]
    fits, offends = _FINDINGS[language]
    return Draft(
        query=draw.choice(_QUERIES[language]).format(row.query),
        better=DraftResponse(row.fitting, fits.format(excerpt(language, row.fitting), row.tone, right)),
        worse=DraftResponse(
            row.offending,
            offends.format(row.insult, wrong),
        ),
        flaw="form",
        working=_WORKING[language].format(row.tone),
        steps=1,
    )


FAMILY = Family("messages", make, taught="reward")
