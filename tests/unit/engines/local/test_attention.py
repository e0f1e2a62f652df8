"""Attention whose products are in float32 where a CPU would only emulate bfloat16."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rrm_ui.engines.local.attention import packed_attention_forward, packed_float32_attention_forward

Tensors = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def drawn(length: int) -> Tensors:
    torch.manual_seed(0)
    query = torch.randn(2, 6, length, 16)
    key, value = (torch.randn(2, 2, 90, 16) for _ in range(2))
    return query, key, value


def exact(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    keys, values = (part.double().repeat_interleave(3, 1) for part in (key, value))
    places = torch.arange(90 - query.shape[2], 90)
    seen = torch.arange(90) <= places[:, None]
    return nn.functional.scaled_dot_product_attention(query.double(), keys, values, attn_mask=seen).transpose(1, 2)


@pytest.mark.parametrize("length", [1, 70])
def test_float32_products_round_less_and_give_the_numbers_that_they_got(length: int) -> None:
    query, key, value = (part.bfloat16() for part in drawn(length))
    wanted = exact(query, key, value)
    narrow, _ = packed_attention_forward(nn.Module(), query, key, value, None)
    wide, _ = packed_float32_attention_forward(nn.Module(), query, key, value, None)
    assert (wide.dtype, wide.shape) == (torch.bfloat16, (2, length, 6, 16))
    assert (wide - wanted).norm() < (narrow - wanted).norm()
    assert torch.equal(wide, wanted.bfloat16()) or (wide - wanted).norm() < 0.003 * wanted.norm()


@pytest.mark.parametrize("length", [1, 70])
def test_values_may_have_another_size_than_keys(length: int) -> None:
    query, key, value = drawn(length)
    whole, _ = packed_attention_forward(nn.Module(), query, key, value, None)
    narrow, _ = packed_attention_forward(nn.Module(), query, key, value[..., :10], None)
    assert torch.allclose(narrow, whole[..., :10], atol=1e-6)


def test_a_mask_and_a_scale_are_heeded_in_float32_as_in_the_other() -> None:
    query, key, value = drawn(3)
    mask = torch.rand(2, 1, 3, 90) < 0.5
    plain, _ = packed_attention_forward(nn.Module(), query, key, value, mask, 0.1)
    wide, _ = packed_float32_attention_forward(nn.Module(), query, key, value, mask, 0.1)
    assert torch.equal(plain, wide)
