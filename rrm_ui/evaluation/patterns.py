"""Reasoning patterns in a thought, found by keywords (paper, analysis of reasoning patterns).

The keywords stand in ``patterns.json``, for anyone to edit. They find phrases, not meanings: a share says how often
a pattern is spoken of.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.findings import PatternShare
from rrm_ui.values import Vote

PATTERNS_FILE = Path(__file__).with_name("patterns.json")
NAMES = ("transition", "reflection", "comparison", "breakdown")
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Keywords:
    """One pattern's keywords, folded as the text is that they are looked for in."""

    en: tuple[str, ...]
    """Found as whole words."""
    zh: tuple[str, ...]
    """Found anywhere."""


Patterns = Mapping[str, Keywords]


@dataclass(frozen=True)
class PatternSpan:
    """Where a text shows a pattern: characters from ``start`` up to, not including, ``end``."""

    name: str
    start: int
    end: int


def find_patterns(text: str, patterns: Patterns | None = None) -> list[PatternSpan]:
    """Return the keywords found in ``text``, by place and without overlaps: the first counts, and the longest there.

    The page marks the same spans (``ui/static/js/patterns.js``), so that what a reader sees is what is counted. Plain
    searches one after the other: many times as fast on long thoughts as one expression of them all.
    """
    folded = _fold(text)
    found = [
        PatternSpan(name, start, end)
        for name, keywords in (patterns or load_patterns()).items()
        for start, end in _places(folded, keywords)
    ]
    kept: list[PatternSpan] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def count_patterns(votes: Iterable[Vote], patterns: Patterns | None = None) -> tuple[PatternShare, ...]:
    """Return how many of ``votes`` show each pattern in their thinking, and how often per 1,000 thinking tokens."""
    patterns = patterns or load_patterns()
    cast = tokens = 0
    showing, found = dict.fromkeys(patterns, 0), dict.fromkeys(patterns, 0)
    for vote in votes:
        cast, tokens = cast + 1, tokens + vote.thinking_tokens
        counts = Counter(span.name for span in find_patterns(vote.thinking, patterns))
        for name, count in counts.items():
            showing[name] += 1
            found[name] += count
    return tuple(
        PatternShare(name, showing[name], showing[name] / max(cast, 1), 1000 * found[name] / max(tokens, 1))
        for name in patterns
    )


@lru_cache(maxsize=4)
def load_patterns(path: Path = PATTERNS_FILE) -> Patterns:
    """Return the patterns of a keyword file, ready to search with; a file is read once.

    Raises:
        BadInput: the file cannot be read, or is not four patterns of keywords in English and Chinese.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"The reasoning patterns in {path} cannot be read: {error}.") from error
    if not isinstance(rows, dict) or set(rows) != set(NAMES):
        raise BadInput(f"{path} must hold an object with the patterns {', '.join(NAMES)} and no others.")
    return {name: _keywords(path, name, rows[name]) for name in NAMES}


def _keywords(path: Path, name: str, row: object) -> Keywords:
    if not isinstance(row, dict) or set(row) != set(LANGUAGES):
        raise BadInput(f'{path}: "{name}" must hold two lists of keywords, "en" and "zh".')
    for language, words in row.items():
        if not isinstance(words, list) or not words or not all(isinstance(w, str) and w.strip() for w in words):
            raise BadInput(f'{path}: "{language}" of "{name}" must be a list of keywords, none of them empty.')
    return Keywords(**{language: tuple(_fold(word.strip()) for word in row[language]) for language in LANGUAGES})


def _fold(text: str) -> str:
    """Return ``text`` in small letters, with one apostrophe and no line ends; every character keeps its place."""
    folded = text.lower()
    if len(folded) != len(text):  # a few capitals have two small letters
        folded = "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
    return folded.replace("’", "'").replace("\n", " ")


def _places(folded: str, keywords: Keywords) -> Iterator[tuple[int, int]]:
    """Yield where each of the keywords stands."""
    for word in keywords.zh:
        yield from _search(folded, word)
    for word in keywords.en:
        yield from (place for place in _search(folded, word) if _is_whole(folded, *place))


def _search(folded: str, word: str) -> Iterator[tuple[int, int]]:
    start = folded.find(word)
    while start >= 0:
        yield start, start + len(word)
        start = folded.find(word, start + 1)


def _is_whole(folded: str, start: int, end: int) -> bool:
    """Return whether no word goes on across either edge; only ASCII letters do, as Chinese has no spaces between."""
    before, after = folded[max(start - 1, 0) : start + 1], folded[end - 1 : end + 1]
    return not any(len(edge) == 2 and all(map(_in_word, edge)) for edge in (before, after))


def _in_word(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter == "_")
