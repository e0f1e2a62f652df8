"""The whole mix: reproducible, balanced, and not to be told by anything but reading."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rrm_ui.errors import BadInput
from rrm_ui.training.comparisons.catalogue import FAMILIES, HELD_OUT, REINFORCED, TRAINED, families_named
from rrm_ui.training.comparisons.draft import Language
from rrm_ui.training.comparisons.draw import Draw, Split, split_of
from rrm_ui.training.comparisons.generate import LabelledComparison, generate
from rrm_ui.training.data import ReadComparisons, read_comparisons, write_comparisons
from rrm_ui.training.grpo import ABSENT
from tests.unit.training.bag_of_words import BagOfWords

COUNT = 2400


@pytest.fixture(scope="module")
def mix() -> list[LabelledComparison]:
    return list(generate(TRAINED, COUNT, "train", 0))


def share(values: list[bool]) -> float:
    return sum(values) / len(values)


def test_a_language_alone_has_rows_of_its_own() -> None:
    chinese = list(generate(TRAINED, len(TRAINED), "train", 0, "zh"))
    assert {one.language for one in chinese} == {"zh"}
    assert not {one.id for one in chinese} & {one.id for one in generate(TRAINED, len(TRAINED), "train", 0)}


def test_there_are_enough_families_and_three_are_kept_out_of_training() -> None:
    assert len(TRAINED) >= 12
    assert len(HELD_OUT) >= 3
    assert len(REINFORCED) == 7
    assert not {family.name for family in TRAINED} & {family.name for family in HELD_OUT}


def test_the_same_seed_gives_the_same_comparisons_and_a_smaller_set_is_the_beginning() -> None:
    assert list(generate(FAMILIES, 60, "test", 5)) == list(generate(FAMILIES, 90, "test", 5))[:60]
    assert list(generate(FAMILIES, 60, "test", 5)) != list(generate(FAMILIES, 60, "test", 6))


def test_other_families_do_not_change_what_a_family_gives() -> None:
    alone = list(generate(TRAINED[:1], 4, "train", 0))
    among = [one for one in generate(TRAINED, 4 * len(TRAINED), "train", 0) if one.family == TRAINED[0].name]
    assert alone == among


def test_families_are_named_by_group_or_one_by_one() -> None:
    assert families_named("held-out") == HELD_OUT
    assert set(families_named("cold-start")) | set(families_named("reinforced")) == set(families_named("trained"))
    assert [family.name for family in families_named("sums, dates,sums")] == ["sums", "dates"]


@pytest.mark.parametrize("text", ["", ",", "sums,nope"])
def test_unknown_families_are_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(BadInput, match=r"There are: .*word-problems"):
        families_named(text)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_every_family_has_comparisons_for_every_split(split: Split) -> None:
    made = list(generate(FAMILIES, 60 * len(FAMILIES), split, 0))
    assert all(one.response_a != one.response_b for one in made)


def test_a_third_is_in_chinese(mix: list[LabelledComparison]) -> None:
    assert 0.30 < share([one.language == "zh" for one in mix]) < 0.37


def test_ids_are_unique_and_rows_survive_a_file(mix: list[LabelledComparison], tmp_path: Path) -> None:
    assert len({one.id for one in mix}) == len(mix)
    write_comparisons(tmp_path / "mix", mix)
    assert read_comparisons(str(tmp_path / "mix"), 1.0) == ReadComparisons(mix)


def test_neither_the_place_nor_the_length_tells_which_is_better(mix: list[LabelledComparison]) -> None:
    assert 0.45 < share([one.label == "A" for one in mix]) < 0.55
    lengths = [(len(one.response_a), len(one.response_b), one.label) for one in mix]
    told = [(a > b) == (label == "A") for a, b, label in lengths if a != b]
    assert 0.45 < share(told) < 0.55


def test_single_words_do_not_tell_which_is_better(mix: list[LabelledComparison]) -> None:
    """A bag of words fitted on these comparisons is no better than chance on others of the same families."""
    model = BagOfWords(mix)
    others = list(generate(TRAINED, 6000, "test", 1))
    assert 0.45 < share([model.prefers_a(one) == (one.label == "A") for one in others]) < 0.55


def test_the_thought_names_the_better_response_in_either_order(mix: list[LabelledComparison]) -> None:
    for one in mix[:300]:
        first_is_better = one.label == "A"
        for order, winner in (("AB", 1 if first_is_better else 2), ("BA", 2 if first_is_better else 1)):
            ending = {"en": f"Assistant {winner} is better.", "zh": f"助手{winner}更好。"}[one.language]
            assert one.thought(order).endswith("\n" + ending)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_thought_seems_to_speak_of_a_response_that_is_not_there(language: Language) -> None:
    """Reinforcement punishes such thoughts: a number behind the assistant's own would make another assistant of it."""
    for one in generate(FAMILIES, 60 * len(FAMILIES), "train", 0, language):
        for order in one.orders:
            assert not ABSENT.search(one.thought(order)), one.id


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_sentence_ends_before_its_judgement(language: Language) -> None:
    for one in generate(FAMILIES, 60 * len(FAMILIES), "train", 0, language):
        for finding in (one.finding_a, one.finding_b):
            assert not re.search(r"[.?!。？！](: (right|wrong)|，[对错])$", finding), (one.id, finding)


def test_tables_keep_their_rows_apart_between_the_splits() -> None:
    table = [f"row {number}" for number in range(200)]
    parts = [{*Draw(split, 0, "x", 0).rows(table)} for split in ("train", "validation", "test")]
    assert sorted(row for part in parts for row in part) == sorted(table)
    assert split_of("row 1") == split_of("row 1")


def test_a_table_without_rows_for_a_split_is_an_error() -> None:
    with pytest.raises(ValueError, match="none for"):
        Draw("validation", 0, "x", 0).rows(["one"] if split_of("one") != "validation" else ["two"])
