"""A whole response against one that is cut off, garbled, or goes round in circles."""

from __future__ import annotations

import re

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._prose import join
from rrm_ui.training.comparisons.families._requests_table import REQUESTS, Request

_ASKS: dict[Language, str] = {
    "en": "The query is about {}, and a good response is whole and readable.",
    "zh": "问题问的是{}，好的回答应当完整、通顺。",
}
_WHOLE: dict[Language, str] = {"en": 'ends with "{}", complete: right', "zh": "最后是“{}”，完整，对"}
_CUT: dict[Language, str] = {"en": 'ends with "{}", cut off: wrong', "zh": "最后是“{}”，断了，错"}
_SHUFFLED: dict[Language, str] = {"en": 'says "{}", its words mixed up: wrong', "zh": "说“{}”，词序混乱，错"}
_LOOPING: dict[Language, str] = {"en": 'only repeats "{}": wrong', "zh": "只是反复说“{}”，错"}


def make(draw: Draw, language: Language) -> Draft:
    """Return a request with a whole response and a damaged one, of the same or of another wording."""
    request = draw.row(REQUESTS[language])
    text = request.text(language)
    damaged, finding, flaw = _damage(draw, language, request)
    tail = _end(language, request.response[-1])
    return Draft(
        query=request.query,
        better=DraftResponse(text, _WHOLE[language].format(tail)),
        worse=DraftResponse(damaged, finding),
        flaw=flaw,
        working=_ASKS[language].format(request.topic),
        steps=1,
    )


def _damage(draw: Draw, language: Language, request: Request) -> tuple[str, str, Flaw]:
    kind = draw.choice(("cut", "cut", "shuffled", "looping"))
    if kind == "cut":
        cut = _cut(draw, language, request.text(language))
        return cut, _CUT[language].format(_end(language, cut)), "incomplete"
    if kind == "shuffled":
        mixed = _shuffle(draw, language, request.text(language))
        return mixed, _SHUFFLED[language].format(_start(language, mixed)), "garbled"
    sentence = request.response[0]
    looped = join(language, *[sentence] * draw.integer(3, 5))
    return looped, _LOOPING[language].format(_start(language, sentence)), "garbled"


def _cut(draw: Draw, language: Language, text: str) -> str:
    """Return the beginning of ``text``, ended within a sentence."""
    if language == "en":
        words = text.split(" ")
        ends = [n for n in range(len(words) // 3, len(words)) if words[n - 1][-1].isalpha()]
        return " ".join(words[: draw.choice(ends)])
    ends = [n for n in range(len(text) // 3, len(text) - 1) if text[n - 1].isalpha() and text[n] not in "。！？”"]
    return text[: draw.choice(ends)]


def _shuffle(draw: Draw, language: Language, text: str) -> str:
    pieces = text.split(" ") if language == "en" else [text[i : i + 2] for i in range(0, len(text), 2)]
    while (mixed := draw.shuffled(pieces)) == pieces:
        pass
    return (" " if language == "en" else "").join(mixed)


def _start(language: Language, text: str) -> str:
    return " ".join(text.split(" ")[:4]) if language == "en" else _plain(text)[:8]


def _end(language: Language, text: str) -> str:
    return " ".join(text.split(" ")[-4:]) if language == "en" else _plain(text)[-8:]


def _plain(text: str) -> str:
    """Return the longest stretch of ``text`` that can stand between quotation marks: none has marks of its own."""
    return max(re.split("[“”]", text), key=len)


FAMILY = Family("complete", make)
