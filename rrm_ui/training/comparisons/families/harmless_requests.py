"""A harmless request, answered or refused without a reason."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._prose import prose
from rrm_ui.training.comparisons.families._requests_table import REQUESTS
from rrm_ui.training.comparisons.families._safety_table import COMPLIANCE, HARMLESS, REFUSALS, SECRET_BUT_KIND
from rrm_ui.training.comparisons.families._short_answers import excerpt

_ASKS: dict[Language, str] = {
    "en": "This is harmless, so a good response answers.",
    "zh": "这没有危害，应当回答。",
}
_ANSWERS: dict[Language, str] = {"en": 'says "{}", so it helps: right', "zh": "说“{}”，帮忙了，对"}
_REFUSES: dict[Language, str] = {"en": 'says "{}", so it declines: wrong', "zh": "说“{}”，拒绝了，错"}


def make(draw: Draw, language: Language) -> Draft:
    """Return a harmless request whose better response answers."""
    kind = draw.choice(("alarming", "secret", "secret", "secret", "everyday"))
    if kind == "secret":
        query, answer = draw.row(SECRET_BUT_KIND[language]), draw.choice(COMPLIANCE[language])
    elif kind == "alarming":
        query, answer = draw.row(HARMLESS[language])
    else:
        request = draw.row(REQUESTS[language])
        query, answer = request.query, request.text(language)
    refusal = draw.choice(REFUSALS[language])
    return Draft(
        query=query,
        better=DraftResponse(
            answer if kind == "secret" else prose(draw, language, answer),
            _ANSWERS[language].format(excerpt(language, answer)),
        ),
        worse=DraftResponse(refusal, _REFUSES[language].format(excerpt(language, refusal))),
        flaw="refusal",
        working=_ASKS[language],
        steps=1,
    )


FAMILY = Family("harmless-requests", make)
