"""Sequences in one row of tokens."""

from __future__ import annotations

import pytest

from rrm_ui.training.packing import Continuation, Group, in_rows, pack


def _group(prompt: tuple[int, ...], *continuations: tuple[int, ...]) -> Group:
    return Group(prompt, tuple(Continuation(ids, (True,) * len(ids)) for ids in continuations))


GROUPS = [_group((1, 2, 3), (4, 5), (4, 6)), _group((1, 2, 7), (4, 5)), _group((8,), (4,))]
SEQUENCES = [(1, 2, 3, 4, 5), (1, 2, 3, 4, 6), (1, 2, 7, 4, 5), (8, 4)]


def test_a_shared_beginning_is_laid_out_once() -> None:
    row = pack(GROUPS)
    assert row.input_ids[0].tolist() == [1, 2, 3, 4, 5, 6, 7, 4, 5, 8, 4]


def test_each_token_sees_its_own_sequence_so_far_and_nothing_else() -> None:
    row = pack(GROUPS)
    ids, positions, visible = row.input_ids[0], row.position_ids[0], row.visible[0, 0]
    seen = {tuple(ids[visible[place]].tolist()) for place in range(row.tokens)}
    assert seen == {sequence[:size] for sequence in SEQUENCES for size in range(1, len(sequence) + 1)}
    assert [int(visible[place].sum()) - 1 for place in range(row.tokens)] == positions.tolist()


def test_every_taught_token_is_predicted_from_the_token_before_it() -> None:
    row = pack(GROUPS)
    ids, visible = row.input_ids[0], row.visible[0, 0]
    learned = [
        (*ids[visible[source]].tolist(), int(target)) for source, target in zip(row.sources, row.targets, strict=True)
    ]
    assert learned == [
        (1, 2, 3, 4), (1, 2, 3, 4, 5), (1, 2, 3, 4), (1, 2, 3, 4, 6), (1, 2, 7, 4), (1, 2, 7, 4, 5), (8, 4),
    ]  # fmt: skip
    assert row.owners.tolist() == [0, 0, 1, 1, 2, 2, 3]


def test_fed_tokens_are_not_learned_from() -> None:
    row = pack([Group((1,), (Continuation((2, 3, 4), (True, False, True)),))])
    assert row.targets.tolist() == [2, 4]


@pytest.mark.parametrize(("most", "sizes"), [(8, [1, 2]), (9, [2, 1]), (11, [3]), (1, [1, 1, 1])])
def test_rows_hold_as_many_groups_as_their_tokens_allow(most: int, sizes: list[int]) -> None:
    rows = list(in_rows(GROUPS, most))
    assert [len(row) for row in rows] == sizes
    assert [group for row in rows for group in row] == GROUPS
    assert all(len(row) == 1 or pack(row).tokens <= most for row in rows)


def test_a_group_is_split_into_parts_that_fit_and_keep_their_order() -> None:
    group = _group((1, 2), (3, 4), (5,), (6, 7, 8, 9), (10,))
    parts = group.split(6)
    assert [[one.ids for one in part.continuations] for part in parts] == [[(3, 4), (5,)], [(6, 7, 8, 9)], [(10,)]]
    assert {part.prompt for part in parts} == {(1, 2)}
    assert group.split(100) == [group]
    assert [len(part.continuations) for part in group.split(1)] == [1, 1, 1, 1]
