"""Sums and differences of two or three numbers."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Draft, DraftResponse, Family, Flaw, Language
from rrm_ui.training.comparisons.draw import Draw
from rrm_ui.training.comparisons.families._short_answers import right_finding, wrong_finding
from rrm_ui.training.comparisons.styles import dress

_QUERIES: dict[Language, tuple[str, ...]] = {
    "en": ("What is {}?", "Compute {}.", "Calculate {} for me.", "{} = ?", "How much is {}?"),
    "zh": ("{}等于多少？", "请计算{}。", "{} = ?", "帮我算一下{}。"),
}


def make(draw: Draw, language: Language) -> Draft:
    """Return a sum or difference whose worse response slips by a digit or takes the wrong operation."""
    terms = [draw.integer(12, 999) for _ in range(draw.choice((2, 2, 3)))]
    signs = [draw.choice("+-") for _ in terms[1:]]
    expression = str(terms[0]) + "".join(f" {sign} {term}" for sign, term in zip(signs, terms[1:], strict=True))
    partial, steps = terms[0], []
    for sign, term in zip(signs, terms[1:], strict=True):
        before, partial = partial, partial + term if sign == "+" else partial - term
        steps.append(f"{before} {sign} {term} = {partial}")
    wrong, flaw = _wrong(draw, terms, signs, partial)
    reasons = {"en": ". ".join(steps) + ".", "zh": "。".join(steps) + "。"}[language]
    *before_last, last = steps
    mistaken_steps = [*before_last, last.rpartition("= ")[0] + f"= {wrong}"]
    wrong_reasons = {"en": ". ".join(mistaken_steps) + ".", "zh": "。".join(mistaken_steps) + "。"}[language]
    right = right_finding(language, str(partial))
    mistaken = wrong_finding(language, str(wrong), str(partial))
    return Draft(
        query=draw.choice(_QUERIES[language]).format(expression),
        better=DraftResponse(dress(draw, language, str(partial), reasons), right),
        worse=DraftResponse(dress(draw, language, str(wrong), wrong_reasons), mistaken),
        flaw=flaw,
        working=reasons,
        steps=len(steps),
    )


def _wrong(draw: Draw, terms: list[int], signs: list[str], right: int) -> tuple[int, Flaw]:
    """Return a result that is off by a digit, or that of the opposite last operation."""
    if draw.chance(0.3):
        other = right - 2 * terms[-1] if signs[-1] == "+" else right + 2 * terms[-1]
        return other, "method"
    return right + draw.choice((-100, -10, -9, -2, -1, 1, 2, 9, 10, 100)), "slip"


FAMILY = Family("sums", make, from_numbers=True)
