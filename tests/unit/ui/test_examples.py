from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from rrm_ui.languages import LANGUAGES
from rrm_ui.ui.examples import find_example, load_examples

KINDS = {
    "arithmetic",
    "code",
    "instruction following",
    "factual",
    "safety",
    "long text",
    "Chinese",
    "length misleads",
}


def test_examples_cover_what_a_judge_is_asked() -> None:
    assert {example.kind for example in load_examples()} >= KINDS


def test_better_sides_are_balanced() -> None:
    sides = Counter(example.better for example in load_examples())
    assert abs(sides["A"] - sides["B"]) <= 1


def test_every_example_is_whole() -> None:
    examples = load_examples()
    assert len({example.id for example in examples}) == len(examples)
    for example in examples:
        assert set(example.title) == set(LANGUAGES)
        assert all(text.strip() for text in example.comparison.to_dict().values())
        assert example.comparison.response_a != example.comparison.response_b
        assert set(example.label()) == {"id", "title"}


def test_special_cases_are_what_they_say() -> None:
    long_text, length, chinese = (find_example(name) for name in ("long-text", "length", "chinese"))
    assert long_text is not None
    assert length is not None
    assert chinese is not None
    assert len(long_text.comparison.query) > 1200
    assert len(length.comparison.response_b) > 20 * len(length.comparison.response_a)
    assert length.better == "A"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese.comparison.query)


@pytest.mark.parametrize("wrong", ["nothing", "", None, 3, {"id": "code"}, ["code"]])
def test_an_unknown_example_is_none(wrong: object) -> None:
    assert find_example(wrong) is None


def test_a_side_that_is_neither_is_refused(tmp_path: Path) -> None:
    row = {"id": "x", "kind": "k", "title": {}, "query": "q", "response_a": "a", "response_b": "b", "better": "C"}
    file = tmp_path / "examples.json"
    file.write_text(json.dumps([row]), encoding="utf-8")
    with pytest.raises(ValueError, match="not A or B"):
        load_examples(file)
