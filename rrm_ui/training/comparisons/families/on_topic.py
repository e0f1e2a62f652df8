"""A response to the request against one that is about something else."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._prose import join, prose
from rrm_ui.training.comparisons.families._requests_table import REQUESTS

_ASKS: dict[Language, str] = {"en": "The query is about {}.", "zh": "问题问的是{}。"}
_ON: dict[Language, str] = {"en": "is about {}: right", "zh": "讲的是{}，对"}
_OFF: dict[Language, str] = {"en": "is about {1}, not {0}: wrong", "zh": "讲的是{1}，不是{0}，错"}


def make(draw: Draw, language: Language) -> Draft:
    """Return a request with its own response and the good response to another request."""
    asked, other, more = draw.sample(draw.rows(REQUESTS[language]), 3)
    # The worse one mostly goes on about a third thing: elsewhere whole texts are the better ones and the longer ones.
    text = join(language, other.text(language), more.text(language) if draw.chance(0.9) else "")
    return Draft(
        query=asked.query,
        better=DraftResponse(prose(draw, language, asked.text(language)), _ON[language].format(asked.topic)),
        worse=DraftResponse(prose(draw, language, text), _OFF[language].format(asked.topic, other.topic)),
        flaw="off_topic",
        working=_ASKS[language].format(asked.topic),
        steps=1,
    )


FAMILY = Family("on-topic", make)
