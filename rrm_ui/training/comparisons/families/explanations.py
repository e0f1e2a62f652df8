"""Why something is so, or what a saying means; the worse response gives a wrong reason with the same confidence."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._explanations_table import EXPLANATIONS
from rrm_ui.training.comparisons.families._prose import prose
from rrm_ui.training.comparisons.families._short_answers import JUDGED, excerpt

_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": (
        "{}", "{}", "{} In a sentence or two, please.", "A child asked me: {}", "Could you explain? {}", "Briefly: {}",
    ),
    "zh": ("{}", "{}", "{}请用一两句话说明。", "孩子问我：{}", "请解释一下：{}", "{}简单说说就行。"),
}  # fmt: skip
_FINDINGS: dict[Language, tuple[str, str]] = {
    "en": ('says "{}", which is so: {}', 'says "{}", which is not so: {}'),
    "zh": ("说“{}”，符合事实，{}", "说“{}”，不符合事实，{}"),
}
_WORKING: dict[Language, str] = {"en": "The point is: {}.", "zh": "要点是：{}。"}


def make(draw: Draw, language: Language) -> Draft:
    """Return a question with a right and a wrong explanation."""
    row = draw.row(EXPLANATIONS[language])
    right, wrong = JUDGED[language]
    told = _FINDINGS[language]
    return Draft(
        query=draw.choice(_QUERIES[language]).format(row.query),
        better=DraftResponse(prose(draw, language, row.right), told[0].format(excerpt(language, row.right), right)),
        worse=DraftResponse(prose(draw, language, row.wrong), told[1].format(excerpt(language, row.wrong), wrong)),
        flaw="slip",
        working=_WORKING[language].format(row.key),
        steps=1,
    )


FAMILY = Family("explanations", make, taught="reward")
