"""A response to the request against one that is about something else."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._prose import prose
from rrm_ui.training.comparisons.families._requests_table import REQUESTS

_ASKS: dict[Language, tuple[str, ...]] = {
    "en": ("The query is about {}.", "The query asks about {}.", "A good response must be about {}."),
    "zh": ("问题问的是：{}。", "好的回答应当讲{}。", "这里要回答的是{}。"),
}
_ON: dict[Language, tuple[str, ...]] = {
    "en": ("answers that", "talks about {}: on topic", "deals with {}, as asked"),
    "zh": ("回答了这个问题", "讲的是{}，切题", "讲{}，符合要求"),
}
_OFF: dict[Language, tuple[str, ...]] = {
    "en": (
        "talks about {} instead: off topic",
        "is about {}, which was not asked",
        "answers another question, about {}",
    ),
    "zh": ("讲的却是{}，跑题", "说的是{}，不是所问的", "答非所问，讲的是{}"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a request with its own response and the good response to another request."""
    asked, other = draw.sample(draw.rows(REQUESTS[language]), 2)
    return Draft(
        query=asked.query,
        better=DraftResponse(
            prose(draw, language, asked.text(language)), draw.choice(_ON[language]).format(asked.topic)
        ),
        worse=DraftResponse(
            prose(draw, language, other.text(language)), draw.choice(_OFF[language]).format(other.topic)
        ),
        flaw="off_topic",
        working=draw.choice(_ASKS[language]).format(asked.topic),
        steps=1,
    )


FAMILY = Family("on-topic", make)
