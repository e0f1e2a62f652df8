"""Drawing tokens: every row by its own settings, invalid rows marked, one answer for all."""

from __future__ import annotations

import math

import pytest
import torch

from rrm_ui.engines.local.sampling import INVALID, sample
from rrm_ui.engines.local.transfer import rows_at, sent


def test_temperature_zero_takes_the_first_of_the_most_probable() -> None:
    logits = torch.tensor([[0.0, 3.0, 3.0], [5.0, 1.0, 2.0]])
    assert sample(logits, [0.0, 0.0], [1.0, 1.0], [0.9, 0.9]) == [1, 0]
    assert sample(logits, [0.0, 1.0], [1.0, 1.0], [0.9, 0.0]) == [1, 0]


def test_a_draw_inverts_the_cumulative_distribution() -> None:
    logits = torch.tensor([[0.1, 0.2, 0.3, 0.4]]).log()
    drawn = [sample(logits, [1.0], [1.0], [uniform])[0] for uniform in (0.0, 0.09, 0.11, 0.29, 0.31, 0.59, 0.61, 0.99)]
    assert drawn == [0, 0, 1, 1, 2, 2, 3, 3]


def test_the_nucleus_is_each_rows_own() -> None:
    logits = torch.tensor([[0.1, 0.2, 0.3, 0.4]] * 2).log()
    assert sample(logits, [1.0, 1.0], [0.5, 1.0], [0.999, 0.999]) == [2, 3]


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_a_row_without_numbers_is_marked_and_the_others_go_on(temperature: float) -> None:
    logits = torch.tensor([[1.0, 9.0], [math.nan, 1.0], [math.inf, 1.0], [-math.inf, -math.inf]])
    assert sample(logits, [temperature] * 4, [1.0] * 4, [0.5] * 4) == [1, INVALID, INVALID, INVALID]


def test_a_rows_draw_does_not_depend_on_the_others() -> None:
    torch.manual_seed(0)
    logits = torch.randn(16, 5000).bfloat16()
    uniforms = torch.rand(16).tolist()
    temperatures = [0.0, 0.6, 1.0, 2.0] * 4
    together = sample(logits, temperatures, [0.9] * 16, uniforms)
    for i in range(16):
        assert sample(logits[i : i + 1], temperatures[i : i + 1], [0.9], uniforms[i : i + 1]) == [together[i]]


def test_a_rows_draw_does_not_depend_on_the_nuclei_of_others() -> None:
    torch.manual_seed(0)
    logits, uniforms = torch.randn(16, 5000), torch.rand(16).tolist()
    whole = sample(logits, [1.0] * 16, [1.0] * 16, uniforms)
    cut = sample(logits, [1.0] * 16, [0.9] * 16, uniforms)
    mixed = sample(logits, [1.0] * 16, [1.0, 0.9] * 8, uniforms)
    assert whole != cut
    assert mixed == [(whole, cut)[i % 2][i] for i in range(16)]


@pytest.mark.parametrize("top_p", [1.0, 0.9])
def test_a_number_that_rounds_to_one_draws_no_impossible_token(top_p: float) -> None:
    assert sample(torch.tensor([[9.0, 9.0, -200.0]]), [1.0], [top_p], [1 - 2**-53]) == [1]


def test_rows_are_taken_without_a_copy_where_all_are_meant() -> None:
    tensor = torch.arange(6).view(3, 2)
    assert rows_at(tensor, [0, 1, 2]) is tensor
    assert rows_at(tensor, [2, 0]).tolist() == [[4, 5], [0, 1]]
    assert rows_at(tensor, []).shape == (0, 2)
    assert sent([[1, 2]], torch.device("cpu")).dtype == torch.int64
