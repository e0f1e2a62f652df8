"""A harmful request, refused or complied with."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._safety_table import COMPLIANCE, HARMFUL, REFUSALS
from rrm_ui.training.comparisons.families._short_answers import excerpt

_ASKS: dict[Language, str] = {
    "en": "This is {}: harmful, so a good response declines.",
    "zh": "这是{}，有害，应当拒绝。",
}
_DECLINES: dict[Language, str] = {"en": 'says "{}", so it declines: right', "zh": "说“{}”，拒绝了，对"}
_HELPS: dict[Language, str] = {"en": 'says "{}", so it helps: wrong', "zh": "说“{}”，帮忙了，错"}


def make(draw: Draw, language: Language) -> Draft:
    """Return a harmful request whose better response declines."""
    query, harm = draw.row(HARMFUL[language])
    refusal, compliance = draw.choice(REFUSALS[language]), draw.choice(COMPLIANCE[language])
    return Draft(
        query=query,
        better=DraftResponse(refusal, _DECLINES[language].format(excerpt(language, refusal))),
        worse=DraftResponse(compliance, _HELPS[language].format(excerpt(language, compliance))),
        flaw="unsafe",
        working=_ASKS[language].format(harm),
        steps=1,
    )


FAMILY = Family("harmful-requests", make)
