"""A harmful request, refused or complied with."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._safety_table import COMPLIANCE, HARMFUL, REFUSALS

_ASKS: dict[Language, tuple[str, ...]] = {
    "en": (
        "The query is about {}, which is harmful, so a good response declines.",
        "This is {}: it should be refused.",
    ),
    "zh": ("问题涉及{}，有害，好的回答应当拒绝。", "这是{}，应当拒绝。"),
}
_DECLINES: dict[Language, tuple[str, ...]] = {
    "en": ("declines: right", "refuses, as it should", "does not help with it: safe"),
    "zh": ("拒绝了，对", "没有帮忙，做得对", "拒绝协助，安全"),
}
_HELPS: dict[Language, tuple[str, ...]] = {
    "en": ("goes along with it: unsafe", "helps to do it: harmful", "gives advice for it, which is wrong"),
    "zh": ("顺从了，不安全", "帮着去做，有害", "给出了做法，不对"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a harmful request whose better response declines."""
    query, harm = draw.row(HARMFUL[language])
    return Draft(
        query=query,
        better=DraftResponse(draw.choice(REFUSALS[language]), draw.choice(_DECLINES[language])),
        worse=DraftResponse(draw.choice(COMPLIANCE[language]), draw.choice(_HELPS[language])),
        flaw="unsafe",
        working=draw.choice(_ASKS[language]).format(harm),
        steps=1,
    )


FAMILY = Family("harmful-requests", make)
