"""Reasoning patterns in a thought, found by keywords (paper, analysis of reasoning patterns).

The keywords stand in ``patterns.json``, for anyone to edit. They find phrases, not meanings: a share says how often
a pattern is spoken of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.findings import PatternShare
from rrm_ui.values import Vote

PATTERNS_FILE = Path(__file__).with_name("patterns.json")
NAMES = ("transition", "reflection", "comparison", "breakdown")
LANGUAGES = ("en", "zh")

Patterns = Mapping[str, re.Pattern[str]]


@dataclass(frozen=True)
class PatternSpan:
    """Where a text shows a pattern: characters from ``start`` up to, not including, ``end``."""

    name: str
    start: int
    end: int


def find_patterns(text: str, patterns: Patterns | None = None) -> list[PatternSpan]:
    """Return the keywords found in ``text``, by place; those of different patterns may overlap."""
    spans = [
        PatternSpan(name, match.start(), match.end())
        for name, pattern in (patterns or load_patterns()).items()
        for match in pattern.finditer(text)
    ]
    return sorted(spans, key=lambda span: (span.start, span.end))


def count_patterns(votes: Iterable[Vote], patterns: Patterns | None = None) -> tuple[PatternShare, ...]:
    """Return how many of ``votes`` show each pattern in their thinking, and how often per 1,000 thinking tokens."""
    patterns = patterns or load_patterns()
    votes = list(votes)
    tokens = sum(vote.thinking_tokens for vote in votes)
    shares = []
    for name, pattern in patterns.items():
        found = [sum(1 for _ in pattern.finditer(vote.thinking)) for vote in votes]
        showing = sum(count > 0 for count in found)
        share = showing / len(votes) if votes else 0.0
        shares.append(PatternShare(name, showing, share, 1000 * sum(found) / tokens if tokens else 0.0))
    return tuple(shares)


@lru_cache(maxsize=4)
def load_patterns(path: Path = PATTERNS_FILE) -> Patterns:
    """Return the patterns of a keyword file, ready to search with.

    Raises:
        BadInput: the file cannot be read, or is not four patterns of keywords in English and Chinese.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"The reasoning patterns in {path} cannot be read: {error}.") from error
    if not isinstance(rows, dict) or set(rows) != set(NAMES):
        raise BadInput(f"{path} must hold an object with the patterns {', '.join(NAMES)} and no others.")
    return {name: _compile(path, name, rows[name]) for name in NAMES}


def _compile(path: Path, name: str, row: object) -> re.Pattern[str]:
    if not isinstance(row, dict) or set(row) != set(LANGUAGES):
        raise BadInput(f'{path}: "{name}" must hold two lists of keywords, "en" and "zh".')
    for language, words in row.items():
        if not isinstance(words, list) or not words or not all(isinstance(w, str) and w.strip() for w in words):
            raise BadInput(f'{path}: "{language}" of "{name}" must be a list of keywords, none of them empty.')
    english = "|".join(map(_english, sorted(row["en"], key=len, reverse=True)))
    chinese = "|".join(map(re.escape, sorted(row["zh"], key=len, reverse=True)))
    # ASCII letters alone bound a word: between Chinese characters there are no spaces to do it.
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{english})(?![A-Za-z0-9_])|{chinese}", re.IGNORECASE)


def _english(words: str) -> str:
    """Return an expression for ``words`` that takes any white space and either apostrophe."""
    return r"\s+".join(re.escape(word).replace("'", "['’]") for word in words.split())
