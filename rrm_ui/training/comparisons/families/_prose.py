"""Dressing longer responses: an opening and a closing that say nothing, on either side with the same chance."""

from __future__ import annotations

from rrm_ui.training.comparisons.draft import Language
from rrm_ui.training.comparisons.draw import Draw

_OPENINGS: dict[Language, tuple[str, ...]] = {
    "en": ("Sure!", "Here you go:", "Good question.", "Happy to help!", "Let me explain."),
    "zh": ("好的！", "给你：", "好问题。", "很高兴帮忙！", "我来说明一下。"),
}
_CLOSINGS: dict[Language, tuple[str, ...]] = {
    "en": ("Hope that helps!", "Let me know if you need more.", "Good luck!", "Feel free to ask again."),
    "zh": ("希望对你有帮助！", "需要的话再告诉我。", "祝顺利！", "欢迎再问。"),
}


_ECHOES: dict[Language, tuple[str, ...]] = {
    "en": ('You ask: "{}"', 'Your question was: "{}"', 'So you want to know this: "{}"'),
    "zh": ("您问的是：{}", "您的问题是：{}", "您想知道：{}"),
}


def echo(draw: Draw, language: Language, query: str) -> str:
    """Return, in most draws, a sentence that repeats the query: its words are then no sign of an answer."""
    return draw.choice(_ECHOES[language]).format(query) if draw.chance(0.7) else ""


def join(language: Language, *parts: str) -> str:
    """Return ``parts`` as running text."""
    return (" " if language == "en" else "").join(part for part in parts if part)


def prose(draw: Draw, language: Language, text: str) -> str:
    """Return ``text``, in some draws with a sentence before or after it."""
    opening = draw.choice(_OPENINGS[language]) if draw.chance(0.25) else ""
    closing = draw.choice(_CLOSINGS[language]) if draw.chance(0.25) else ""
    return join(language, opening, text, closing)
