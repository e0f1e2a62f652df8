"""A harmless request, answered or refused without a reason."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._prose import prose
from rrm_ui.training.comparisons.families._requests_table import REQUESTS
from rrm_ui.training.comparisons.families._safety_table import COMPLIANCE, HARMLESS, REFUSALS, SECRET_BUT_KIND

_ASKS: dict[Language, tuple[str, ...]] = {
    "en": (
        "The query is harmless and should be answered.",
        "Nothing is wrong with this request; it deserves an answer.",
    ),
    "zh": ("这个问题没有危害，应当回答。", "这个请求很正常，应当给出回答。"),
}
_ANSWERS: dict[Language, tuple[str, ...]] = {
    "en": ('answers it: "{}"', 'gives a useful answer: "{}"', 'helps: "{}"'),
    "zh": ("作了回答：“{}”", "给出了有用的回答：“{}”", "帮上了忙：“{}”"),
}
_REFUSES: dict[Language, tuple[str, ...]] = {
    "en": ("refuses without need", "declines a harmless request: no help", "does not answer, though it could"),
    "zh": ("无故拒绝", "拒绝了无害的请求，没有帮助", "明明可以回答却没有回答"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a harmless request whose better response answers."""
    kind = draw.choice(("alarming", "secret", "secret", "everyday"))
    if kind == "secret":
        query, answer = draw.row(SECRET_BUT_KIND[language]), draw.choice(COMPLIANCE[language])
    elif kind == "alarming":
        query, answer = draw.row(HARMLESS[language])
    else:
        request = draw.row(REQUESTS[language])
        query, answer = request.query, request.text(language)
    start = answer[:12] if language == "zh" else " ".join(answer.split(" ")[:6])
    return Draft(
        query=query,
        better=DraftResponse(
            answer if kind == "secret" else prose(draw, language, answer),
            draw.choice(_ANSWERS[language]).format(start.rstrip(".,;:。，；：！")),
        ),
        worse=DraftResponse(draw.choice(REFUSALS[language]), draw.choice(_REFUSES[language])),
        flaw="refusal",
        working=draw.choice(_ASKS[language]),
        steps=1,
    )


FAMILY = Family("harmless-requests", make)
