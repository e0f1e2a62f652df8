"""Models of a known shape with random weights: as fast and as large as the real ones, and nothing to download.

One decoder layer is made, quantized and copied for the others, so that no more than a layer of the model is ever in
16 bits. How long a product takes does not depend on the numbers in it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from bitsandbytes.nn.modules import Int8Params, Linear4bit, Linear8bitLt, Params4bit
from tokenizers import Tokenizer, decoders, models
from torch import nn
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from rrm_ui.engines.models.devices import Placement, suit_layers
from rrm_ui.engines.models.packed_layers import pack_layers


@dataclass(frozen=True)
class Shape:
    """The measures of a Qwen2."""

    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int
    tied: bool = False


SHAPES = {
    "tiny": Shape(64, 128, 2, 4, 2, 512),
    "qwen2.5-0.5b": Shape(896, 4864, 24, 14, 2, 151_936, tied=True),
    "qwen2.5-1.5b": Shape(1536, 8960, 28, 12, 2, 151_936, tied=True),
    "qwen2.5-7b": Shape(3584, 18_944, 28, 28, 4, 152_064),
    "qwen2.5-14b": Shape(5120, 13_824, 48, 40, 8, 152_064),
    "qwen2.5-32b": Shape(5120, 27_648, 64, 40, 8, 152_064),
}
"""From the published configurations of Qwen2.5, which RRM-7B and RRM-32B share."""


def random_model(shape: Shape, placement: Placement) -> Qwen2ForCausalLM:
    """Return a model of ``shape`` where and as ``placement`` says."""
    with torch.device("meta"):
        model = Qwen2ForCausalLM(_config(shape, placement.attention))
    decoder = model.model
    first = _materialized(decoder.layers[0], placement)
    for index in range(shape.layers):
        layer = first if index == 0 else copy.deepcopy(first)
        layer.self_attn.layer_idx = index
        decoder.layers[index] = layer
    decoder.embed_tokens = _materialized(decoder.embed_tokens, placement)
    decoder.norm = _materialized(decoder.norm, placement)
    with torch.device(placement.device):
        decoder.rotary_emb = type(decoder.rotary_emb)(config=model.config)
    if shape.tied:
        model.lm_head.weight = decoder.embed_tokens.weight
    else:
        model.lm_head = _materialized(model.lm_head, placement)
    suit_layers(model, placement)
    if placement.packs_layers:
        pack_layers(model, placement.packs_layers, placement.dtype)
    return model.eval().requires_grad_(False)


def random_tokenizer(vocabulary: int) -> PreTrainedTokenizerFast:
    """Return a tokenizer that writes each of ``vocabulary`` ids as a word of its own."""
    inner = Tokenizer(models.WordLevel({f"w{index} ": index for index in range(vocabulary)}, unk_token="w0 "))
    inner.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="w1 ", pad_token="w1 ")


def _config(shape: Shape, attention: str) -> Qwen2Config:
    return Qwen2Config(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=131_072,
        tie_word_embeddings=shape.tied,
        attn_implementation=attention,  # type: ignore[call-arg]
    )


def _materialized(module: Any, placement: Placement) -> Any:
    """Return ``module`` with random weights in place of its meta tensors, its matrices quantized if need be."""
    if placement.quantization != "none" and not placement.packs_layers:
        for name, child in list(module.named_modules()):
            if isinstance(child, nn.Linear) and name:
                module.set_submodule(name, _quantized(child, placement))
    for name, parameter in list(module.named_parameters()):
        if parameter.is_meta:
            owner, _, attribute = name.rpartition(".")
            setattr(module.get_submodule(owner), attribute, _random(parameter.shape, placement))
    return module


def _random(shape: torch.Size, placement: Placement) -> nn.Parameter:
    options: dict[str, Any] = {"dtype": placement.loading_dtype, "device": placement.device}
    values = torch.ones(shape, **options) if len(shape) == 1 else torch.randn(shape, **options) * 0.02
    return nn.Parameter(values, requires_grad=False)


def _quantized(linear: nn.Linear, placement: Placement) -> nn.Module:
    weight = _random(linear.weight.shape, placement).data.cpu()
    has_bias = linear.bias is not None
    made: Linear4bit | Linear8bitLt
    if placement.quantization == "nf4":
        made = Linear4bit(
            linear.in_features, linear.out_features, has_bias, placement.dtype, True, "nf4", device="meta"
        )
        packed = Params4bit(weight, requires_grad=False, quant_type="nf4", module=made)
        made.weight = packed.to(placement.device)  # type: ignore[misc]
    else:
        made = Linear8bitLt(
            linear.in_features, linear.out_features, has_bias, has_fp16_weights=False, threshold=6.0, device="meta"
        )
        rounded = Int8Params(weight.half(), requires_grad=False, has_fp16_weights=False)
        made.weight = rounded.to(placement.device)  # type: ignore[misc]
    if has_bias:
        made.bias = nn.Parameter(torch.zeros(linear.out_features, dtype=placement.dtype, device=placement.device))
    return made
