"""Heads in 8 and 4 bits, and the two logits of a verdict, which no head rounds."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn
from transformers import PreTrainedTokenizerFast, Qwen2ForCausalLM

from rrm_ui.engines.interface import RowFinished
from rrm_ui.engines.local import head as heads
from rrm_ui.engines.local.head import (
    HeadBits,
    PackedHead,
    Product,
    TorchProduct,
    exact_logits,
    pack_head,
    why_not_packed,
)
from rrm_ui.engines.local.int8_product import Int8Product
from rrm_ui.engines.local.onnx_product import OnnxProduct
from rrm_ui.engines.models.packed_layers import PackedForm, pack_layers
from rrm_ui.values import Comparison
from tests.model.tiny import Loop, prompt_builder, random_qwen2

HIDDEN, VOCABULARY = 256, 1000
Make = Callable[[torch.Tensor, HeadBits], Product]
PRODUCTS = pytest.mark.parametrize(
    ("product", "bits"),
    [
        (TorchProduct, 8),
        (TorchProduct, 4),
        (OnnxProduct, 8),
        (OnnxProduct, 4),
        (lambda weight, _: Int8Product(weight), 8),
    ],
    ids=["torch-8", "torch-4", "onnx-8", "onnx-4", "onednn-8"],
)


@pytest.fixture
def matrix() -> nn.Parameter:
    torch.manual_seed(1)
    return nn.Parameter(torch.randn(VOCABULARY, HIDDEN).mul(0.03).bfloat16(), requires_grad=False)


@pytest.fixture
def rows() -> torch.Tensor:
    torch.manual_seed(2)
    return torch.randn(32, HIDDEN).bfloat16()


def tied_model(vocabulary: int) -> Qwen2ForCausalLM:
    model = random_qwen2(vocabulary)
    model.config.tie_word_embeddings = True
    model.tie_weights()
    return model.bfloat16()


@PRODUCTS
def test_a_packed_head_is_close_to_the_whole_one(
    bits: HeadBits, product: Make, matrix: nn.Parameter, rows: torch.Tensor
) -> None:
    whole = rows.float() @ matrix.float().T
    packed = PackedHead(matrix, bits, product)(rows).float()
    assert packed.shape == whole.shape
    assert (packed - whole).norm() / whole.norm() < {8: 0.02, 4: 0.11}[bits]  # 0.016 with codes of 7 bits


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize(
    ("form", "bits", "largest", "product"),
    [
        ("int4", 8, 127, OnnxProduct),  # whose threads must not meet torch's
        ("int8", 8, 127, Int8Product),
        ("int8", 8, 63, TorchProduct),  # which rounds less then
        ("int8", 4, 127, TorchProduct),
        (None, 8, 127, Int8Product),
        (None, 8, 63, TorchProduct),
        (None, 8, None, TorchProduct),
        (None, 4, 127, TorchProduct),
    ],
)
def test_a_head_is_packed_for_what_multiplies_best(
    dtype: torch.dtype,
    form: PackedForm | None,
    bits: HeadBits,
    largest: int | None,
    product: type[Product],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heads, "largest_code", lambda: largest)
    model = tied_model(VOCABULARY).requires_grad_(False)
    if form is not None:
        pack_layers(model, form, dtype)
    pack_head(model, bits)
    assert isinstance(model.get_output_embeddings().product, product)
    assert model(torch.tensor([[3, 4]])).logits.isfinite().all()


@pytest.mark.parametrize(("bits", "product"), [(8, TorchProduct), (4, TorchProduct), (8, lambda w, _: Int8Product(w))])
def test_the_logits_of_a_row_do_not_depend_on_how_many_go_with_it(
    bits: HeadBits, product: Make, matrix: nn.Parameter, rows: torch.Tensor
) -> None:
    head = PackedHead(matrix, bits, product)
    together = head(rows)
    for count in range(1, len(rows) + 1):
        assert torch.equal(head(rows[:count]), together[:count])
        assert torch.equal(head(rows[count - 1 : count])[0], together[count - 1])


def test_a_head_is_packed_piece_by_piece_as_it_would_be_whole(
    matrix: nn.Parameter, rows: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [PackedHead(matrix, bits)(rows) for bits in (8, 4)]
    monkeypatch.setattr(heads, "PACKED_AT_ONCE", 128)
    pieces = [PackedHead(matrix, bits)(rows) for bits in (8, 4)]
    assert torch.equal(whole[0], pieces[0])
    assert torch.equal(whole[1], pieces[1])


def test_the_embedding_stays_as_it_is() -> None:
    model = tied_model(512)
    embedding = model.model.embed_tokens.weight
    before = embedding.clone()
    pack_head(model, 4)
    assert model.get_output_embeddings().weight is embedding
    assert model.get_input_embeddings().weight is embedding
    assert isinstance(embedding, torch.Tensor)
    assert torch.equal(embedding, before)
    assert embedding.dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (nn.Linear(64, 128, dtype=torch.float32), "not a plain matrix"),  # it has a bias
        (nn.Linear(64, 128, bias=False, dtype=torch.float32), "only a bfloat16 head"),
        (nn.Linear(96, 128, bias=False, dtype=torch.bfloat16), "no multiple of 64"),
        (nn.Identity(), "not a plain matrix"),
    ],
)
def test_what_cannot_be_packed_says_why(head: nn.Module, reason: str) -> None:
    assert reason in str(why_not_packed(head))


def test_a_torch_without_the_products_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = nn.Linear(64, 128, bias=False, dtype=torch.bfloat16)
    assert why_not_packed(plain) is None
    monkeypatch.setattr(heads, "_has_operator", lambda name: "int4" not in name)
    assert "_weight_int4pack_mm_for_cpu" in str(why_not_packed(plain))


@pytest.mark.parametrize("packed", [True, False])
@PRODUCTS
def test_the_logits_that_decide_are_summed_in_full(
    packed: bool, bits: HeadBits, product: Make, rows: torch.Tensor
) -> None:
    model = tied_model(VOCABULARY)
    hidden = rows[:, :64]
    if packed:
        model.set_output_embeddings(PackedHead(model.lm_head.weight, bits, product))
    plain = model.lm_head(hidden)
    with exact_logits(model, [7, 900]):
        corrected = model.lm_head(hidden)
        alone = torch.cat([model.lm_head(row[None]) for row in hidden])
    expected = (hidden.double() @ model.lm_head.weight[[7, 900]].double().T).float()
    assert corrected.dtype == torch.float32
    assert torch.allclose(corrected[:, [7, 900]], expected, rtol=1e-5, atol=1e-6)
    assert torch.equal(alone[:, [7, 900]], corrected[:, [7, 900]])
    others = [token for token in range(VOCABULARY) if token not in (7, 900)]
    assert torch.equal(corrected[:, others], plain.float()[:, others])
    assert torch.equal(model.lm_head(hidden), plain)  # and it is over with the block


def test_a_packed_head_changes_no_direct_verdict(tokenizer: PreTrainedTokenizerFast) -> None:
    model = random_qwen2(len(tokenizer)).bfloat16()
    p_first = []
    for bits in (None, 8, 4):
        mine = copy.deepcopy(model)
        if bits:
            pack_head(mine, bits)
        loop = Loop(mine, prompt_builder(tokenizer))
        prompts = [loop.prompts.build(Comparison(f"What is {i} + 2?", "4", "5"), "AB") for i in range(6)]
        events = loop.run(loop.request(prompts, budget=0))[0]
        p_first.append([event.p_first for event in events if isinstance(event, RowFinished)])
    assert p_first[1] == pytest.approx(p_first[0], abs=2e-6)
    assert p_first[2] == pytest.approx(p_first[0], abs=2e-6)
    assert len(set(p_first[0])) == 6


@pytest.mark.parametrize("bits", [8, 4])
def test_a_vote_of_a_packed_head_does_not_depend_on_its_company(
    bits: HeadBits, tokenizer: PreTrainedTokenizerFast
) -> None:
    model = random_qwen2(len(tokenizer)).bfloat16()
    pack_head(model, bits)
    prompts = [prompt_builder(tokenizer).build(Comparison(f"What is {i} + 2?", "4", "5"), "AB") for i in range(5)]
    fresh = Loop(model, prompt_builder(tokenizer))
    alone = fresh.run(fresh.request(prompts[:1], seeds=[3], temperature=1.0, budget=40))[0]
    crowd = Loop(model, prompt_builder(tokenizer))
    together = crowd.run(crowd.request(prompts, seeds=[3, 4, 5, 6, 7], temperature=1.0, budget=40))[0]
    ids = {event.row: event.ids for event in together if isinstance(event, RowFinished)}
    assert ids[0] == next(event.ids for event in alone if isinstance(event, RowFinished))
    assert len(set(ids.values())) == 5
