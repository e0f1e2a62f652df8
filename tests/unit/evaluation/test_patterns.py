from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rrm_ui.errors import BadInput
from rrm_ui.evaluation.patterns import NAMES, PATTERNS_FILE, PatternSpan, count_patterns, find_patterns, load_patterns
from rrm_ui.values import Vote

KEYWORDS = json.loads(PATTERNS_FILE.read_text(encoding="utf-8"))


def names_in(text: str) -> list[str]:
    return [span.name for span in find_patterns(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Alternatively, I could weigh the tone.", ["transition"]),
        ("Wait, that sum is off.", ["reflection"]),
        ("LET’S TRY it again", ["transition"]),
        ("On the\nother hand it is short.", ["transition"]),
        ("Response 1 is clear, whereas the other rambles.", ["comparison"]),
        ("Let me go step by step.", ["breakdown"]),
        ("等等，这里不对。", ["reflection"]),
        ("換個角度看，兩者都對。", ["transition", "comparison"]),
        ("首先看事实。", ["breakdown"]),
        ("我们wait一下", ["reflection"]),
        ("await the waiter", []),
        ("The answer is 36.", []),
        ("", []),
    ],
)
def test_patterns_are_found_in_both_languages(text: str, names: list[str]) -> None:
    assert names_in(text) == names


def test_every_keyword_finds_its_own_pattern() -> None:
    for name, languages in KEYWORDS.items():
        for word in languages["en"] + languages["zh"]:
            assert name in names_in(f"“{word}”"), word


def test_no_keyword_stands_in_two_patterns() -> None:
    words = [word for languages in KEYWORDS.values() for words in languages.values() for word in words]
    assert len(words) == len(set(words)) > 100


def test_spans_are_characters_of_the_text_itself() -> None:
    text = "İstanbul?\nHold  on — let’s try.\nWAIT"
    spans = find_patterns(text)
    assert [text[span.start : span.end] for span in spans] == ["let’s try", "WAIT"]
    assert spans[1] == PatternSpan("reflection", len(text) - 4, len(text))


def test_the_longest_keyword_counts_once() -> None:
    text = "Let me double-check this."
    assert [text[span.start : span.end] for span in find_patterns(text)] == ["Let me double-check"]


def test_a_keyword_within_another_patterns_counts_for_neither_twice() -> None:
    text = "I keep going back to begin with hold on the other hand."
    assert [(span.name, text[span.start : span.end]) for span in find_patterns(text)] == [
        ("reflection", "going back to"),
        ("reflection", "hold on"),
    ]
    shares = {share.name: share.votes for share in count_patterns([Vote(0, "AB", 0, thinking=text)])}
    assert shares == {"transition": 0, "reflection": 1, "comparison": 0, "breakdown": 0}


PIECES = [
    "wait",
    "hold on",
    "on the other hand",
    "等等",
    "等一下",
    "İ",
    "first,",
    "\n",
    "going back to",
    "to begin with",
]


@given(st.lists(st.sampled_from([*"ab_ ,中", *PIECES, "hold ", "going back "]), max_size=20))
def test_searches_equal_one_regular_expression(parts: list[str]) -> None:
    text = "".join(parts)
    edge = "(?-i:[A-Za-z0-9_])"
    names = {
        word.lower(): name for name, languages in KEYWORDS.items() for words in languages.values() for word in words
    }

    def expression(word: str) -> str:
        # a word's edge is bounded only where it is a letter itself
        bounded = rf"(?:(?<!{edge})|(?!{edge})){re.escape(word)}(?:(?!{edge})|(?<!{edge}))"
        return bounded if word.isascii() else re.escape(word)

    pattern = re.compile("|".join(map(expression, sorted(names, key=len, reverse=True))), re.IGNORECASE)
    matches = pattern.finditer(text.replace("\n", " "))
    expected = [PatternSpan(names[match[0].lower()], *match.span()) for match in matches]
    assert find_patterns(text) == expected


def test_shares_are_over_votes_and_rates_over_tokens() -> None:
    votes = [
        Vote(0, "AB", 0, thinking="Wait. Wait. First, the facts.", thinking_tokens=300),
        Vote(1, "BA", 0, thinking="Fine.", thinking_tokens=200, answer="Wait, whereas."),
    ]
    shares = {one.name: one for one in count_patterns(votes)}
    assert tuple(shares) == NAMES
    assert (shares["reflection"].votes, shares["reflection"].share) == (1, 0.5)
    assert shares["reflection"].per_thousand_tokens == pytest.approx(4.0)
    assert shares["breakdown"].per_thousand_tokens == pytest.approx(2.0)
    assert shares["comparison"].votes == 0
    assert [one.share for one in count_patterns([])] == [0.0] * 4


def changed(**changes: object) -> str:
    return json.dumps({**KEYWORDS, **changes})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "must hold an object with the patterns"),
        (json.dumps({"transition": {}}), "must hold an object with the patterns"),
        (changed(extra={"en": ["x"], "zh": ["y"]}), "and no others"),
        (changed(reflection={"en": ["wait"]}), 'two lists of keywords, "en" and "zh"'),
        (changed(reflection={"en": "wait", "zh": ["等"]}), '"en" of "reflection" must be a list'),
        (changed(reflection={"en": ["wait", " "], "zh": ["等"]}), "none of them empty"),
        (changed(reflection={"en": ["wait", 3], "zh": ["等"]}), "none of them empty"),
    ],
)
def test_a_broken_keyword_file_says_what_is_wrong(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "patterns.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        load_patterns(path)


def test_a_missing_keyword_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        load_patterns(tmp_path / "none.json")


def test_ones_own_keywords_are_used(tmp_path: Path) -> None:
    path = tmp_path / "patterns.json"
    path.write_text(changed(reflection={"en": ["hmm"], "zh": ["嗯"]}), encoding="utf-8")
    assert [span.name for span in find_patterns("Hmm, wait. 嗯", load_patterns(path))] == ["reflection", "reflection"]
