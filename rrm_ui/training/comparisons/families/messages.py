"""A message that somebody wants written: both responses are one, and the worse one strikes a tone that offends."""

from __future__ import annotations

import re

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._messages_table import MESSAGES
from rrm_ui.training.comparisons.families._prose import prose
from rrm_ui.training.comparisons.families._short_answers import JUDGED, excerpt

_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": ("{}", "{}", "{}", "{} Two sentences are enough.", "Please help me: {}", "{} It should sound nice."),
    "zh": ("{}", "{}", "{}", "{}一两句话就好。", "请帮个忙：{}", "{}语气要好。"),
}
_FINDINGS: dict[Language, tuple[str, str]] = {
    "en": ('says "{}", which is {}: {}', 'says "{}", which is rude: {}'),
    "zh": ("说“{}”，语气{}，{}", "说“{}”，语气不好，{}"),
}
_WORKING: dict[Language, str] = {"en": "The message must be {}.", "zh": "这条消息语气要{}。"}


def make(draw: Draw, language: Language) -> Draft:
    """Return a request with a message that fits and one that offends."""
    row = draw.row(MESSAGES[language])
    right, wrong = JUDGED[language]
    fits, offends = _FINDINGS[language]
    return Draft(
        query=draw.choice(_QUERIES[language]).format(row.query),
        better=DraftResponse(
            prose(draw, language, row.fitting), fits.format(excerpt(language, row.fitting), row.tone, right)
        ),
        worse=DraftResponse(
            prose(draw, language, row.offending),
            offends.format(excerpt(language, _last_sentence(row.offending)), wrong),
        ),
        flaw="form",
        working=_WORKING[language].format(row.tone),
        steps=1,
    )


def _last_sentence(text: str) -> str:
    """Return where an offending message shows it most."""
    return re.split(r"[.!?] |[。！？]", text.rstrip(".!?。！？"))[-1]


FAMILY = Family("messages", make)
