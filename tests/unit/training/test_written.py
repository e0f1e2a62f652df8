"""Comparisons that were written, not generated: whole, balanced, apart from those that judges are measured on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from rrm_ui.training.comparisons.generate import LabelledComparison
from rrm_ui.training.data import read_comparisons
from rrm_ui.training.grpo import ABSENT
from rrm_ui.training.thoughts import is_well_formed
from rrm_ui.training.validation import ORDERS
from rrm_ui.ui.examples import load_examples
from rrm_ui.values import Comparison
from tests.unit.training.bag_of_words import BagOfWords, words

ASSETS = Path(__file__).parents[3] / "assets"
MEASURED = ("visitor-comparisons", "visitor-2", "visitor-3", "sample-comparisons")


@pytest.fixture(scope="module")
def written() -> list[LabelledComparison]:
    return read_comparisons(str(ASSETS / "written-comparisons.jsonl"), hub_timeout=1.0).comparisons


def share(values: list[bool]) -> float:
    return sum(values) / len(values)


def words_of(query: str) -> set[str]:
    return {*words(re.sub(r"[^\w\s]", "", query))}


def measured_queries() -> list[str]:
    rows = [json.loads(line) for name in MEASURED for line in (ASSETS / f"{name}.jsonl").read_text().splitlines()]
    return [row["query"] for row in rows] + [example.comparison.query for example in load_examples()]


def test_they_are_many_and_in_two_languages(written: list[LabelledComparison]) -> None:
    assert len(written) == len({one.id for one in written}) == len({one.query for one in written}) == 769
    assert 0.45 < share([one.language == "zh" for one in written]) < 0.55
    assert len({one.family for one in written}) > 40


def test_each_is_a_comparison_and_has_a_whole_thought_in_both_orders(written: list[LabelledComparison]) -> None:
    for one in written:
        Comparison(one.query, one.response_a, one.response_b)
        for order in ORDERS:
            assert not ABSENT.search(one.thought(order)), one.id
            assert is_well_formed(one.thought(order), 1 if (one.label == "A") == (order == "AB") else 2), one.id
        assert len(one.working) < 250, one.id


def test_neither_place_nor_length_nor_single_words_tell_which_is_better(written: list[LabelledComparison]) -> None:
    assert 0.45 < share([one.label == "A" for one in written]) < 0.55
    lengths = [(len(one.response_a), len(one.response_b), one.label) for one in written]
    assert 0.45 < share([(a > b) == (label == "A") for a, b, label in lengths if a != b]) < 0.55
    order = np.random.default_rng(0).permutation(len(written))
    right = []
    for part in range(5):
        held_out = {*order[part::5].tolist()}
        model = BagOfWords([one for place, one in enumerate(written) if place not in held_out])
        right += [model.prefers_a(written[place]) == (written[place].label == "A") for place in held_out]
    assert 0.42 < share(right) < 0.58


def test_none_asks_in_other_words_what_judges_are_measured_on(written: list[LabelledComparison]) -> None:
    """Read by eye as well, across languages; this keeps out what shares most of its words."""
    ours = {one.query: words_of(one.query) for one in written}
    for measured in measured_queries():
        asked = words_of(measured)
        for query, others in ours.items():
            assert len(asked & others) <= 0.7 * len(asked | others), (measured, query)
