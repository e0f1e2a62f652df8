"""A response that says something against filler that fits any request."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._prose import echo, join, prose
from rrm_ui.training.comparisons.families._requests_table import REQUESTS

_ASKS: dict[Language, str] = {
    "en": "The query is about {}, and a good response is concrete.",
    "zh": "问题问的是{}，好的回答要具体。",
}
_CONCRETE: dict[Language, str] = {"en": 'says "{}", concrete: right', "zh": "说“{}”，很具体，对"}
_EMPTY: dict[Language, str] = {"en": 'only says "{}", vague: wrong', "zh": "只说“{}”，很空泛，错"}
_FILLER: dict[Language, tuple[str, ...]] = {
    "en": (
        "It depends on many factors.", "There are several ways to look at this.", "Everybody is different, after all.",
        "This is an important subject that deserves attention.", "You should consider all aspects carefully.",
        "Many people ask themselves the same.", "In the end the right way is the one that suits you.",
        "It is always good to be well informed.", "You are very wise to ask.",
        "With the right approach you will succeed.",
    ),
    "zh": (
        "这取决于很多因素。", "这个问题可以从很多角度来看。", "毕竟每个人的情况都不一样。", "这是一个值得重视的话题。",
        "你应该仔细考虑各个方面。", "很多人都有同样的疑问。", "最终适合你的才是最好的。", "多了解一些总是好的。",
        "你问得很有水平。", "只要方法对，就一定能成功。",
    ),
}  # fmt: skip


_ABOUT: dict[Language, tuple[str, ...]] = {
    "en": (
        "As for {}, it depends on many factors.", "There is a lot to say about {}.",
        "You can find good advice on {} in many places.", "When it comes to {}, every detail counts.",
    ),
    "zh": (
        "说到{}，要看很多因素。", "关于{}，可以说的有很多。", "{}的好建议到处都能找到。",
        "在{}这方面，每个细节都很重要。",
    ),
}  # fmt: skip


def make(draw: Draw, language: Language) -> Draft:
    """Return a request with a concrete response and a vague one, longer or shorter."""
    request = draw.row(REQUESTS[language])
    # The same phrases surround the concrete response: what tells the two apart is that it says something.
    padding = draw.sample(_FILLER[language], draw.integer(1, 3)) if draw.chance(0.95) else []
    if padding and draw.chance(0.7):
        padding[0] = draw.choice(_ABOUT[language]).format(request.topic)
    filler = draw.sample(_FILLER[language], draw.integer(1, 5))
    if draw.chance(0.7):  # it names its subject, and still says nothing about it
        filler[0] = draw.choice(_ABOUT[language]).format(request.topic)
    return Draft(
        query=request.query,
        better=DraftResponse(
            prose(
                draw, language, join(language, echo(draw, language, request.query), *padding, request.text(language))
            ),
            _CONCRETE[language].format(_short(language, request.response[0])),
        ),
        worse=DraftResponse(
            prose(draw, language, join(language, echo(draw, language, request.query), *filler)),
            _EMPTY[language].format(_short(language, filler[0])),
        ),
        flaw="vague",
        working=_ASKS[language].format(request.topic),
        steps=1,
    )


def _short(language: Language, sentence: str) -> str:
    bare = sentence.rstrip(".!。！")
    if language == "zh":
        return bare[:14]
    return " ".join(bare.split(" ")[:7])


FAMILY = Family("substance", make)
