"""How much memory a model takes, from its configuration alone: weights by quantization, a vote's keys and values.

Quantized are the matrices of the layers; embeddings, head, norms and biases stay in 16 bits. (Norms and biases in 32
beside int4, which is little.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rrm_ui.prompts.families import PromptFamily
from rrm_ui.settings import Quantization

WeightFormat = Literal["nf4", "int4", "int8", "none"]
"""``none`` is bfloat16."""
FORMATS: tuple[WeightFormat, ...] = ("nf4", "int8", "none")
"""Those that are listed, from the smallest to the largest: all that a GPU takes."""

SHARE_OF_STORED: dict[WeightFormat, float] = {"nf4": 0.37, "int4": 0.54, "int8": 0.6, "none": 1.0}
"""Size of loaded weights against stored ones in 16 bits, for layouts whose matrices are not known here."""

EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts")
"""How many experts a mixture has, by its configuration's name for it. ``transformers`` holds them as parameters of a
module of their own, which no library here quantizes: they stay in 16 bits, and are nearly all of the model."""

TYPICAL_PROMPT = 1024
"""Tokens of a comparison of ordinary length, with the words around it."""

HALF = 2
"""Bytes of a weight, key or value in 16 bits."""
NF4_BLOCK = 64
"""Weights that share a scale of one byte (double quantization)."""
NF4_SCALES = 256
"""Scales that share one of four bytes."""
NF4_TABLES = 4 * (16 + 256 + 1)
"""Bytes beside each matrix: the sixteen values, those of the scales, and the scales' mean."""
INT4_BLOCK = 32
"""Weights that share a scale of four bytes, which the library holds in three forms, and a zero point of half a byte."""
INT4_SCALES = 12
"""Bytes of the three."""
INT8_SCALE = 4
"""Bytes of a row's scale; on a CPU two to eight, with what else oneDNN takes for a row."""


@dataclass(frozen=True)
class ModelShape:
    """What a dense decoder's size follows from, by the names that its configuration has for them."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    context_tokens: int
    tied: bool = False
    """Whether one matrix embeds tokens and predicts them."""
    qkv_bias: bool = False
    output_bias: bool = False
    head_norms: bool = False
    """Whether queries and keys have norms of their own."""

    @property
    def layer_matrices(self) -> tuple[tuple[int, int], ...]:
        """Rows and columns of one layer's matrices: q, k, v, o, gate, up, down."""
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        return (
            (queries, self.hidden),
            (keys, self.hidden),
            (keys, self.hidden),
            (self.hidden, queries),
            (self.intermediate, self.hidden),
            (self.intermediate, self.hidden),
            (self.hidden, self.intermediate),
        )

    @property
    def kept_parameters(self) -> int:
        """Parameters that are never quantized."""
        biases = (self.heads + 2 * self.kv_heads) * self.head_dim if self.qkv_bias else 0
        norms = 2 * self.hidden + (2 * self.head_dim if self.head_norms else 0)
        layer = biases + norms + (self.hidden if self.output_bias else 0)
        return self.vocab * self.hidden * (1 if self.tied else 2) + self.layers * layer + self.hidden

    @property
    def parameters(self) -> int:
        """All parameters."""
        return self.kept_parameters + self.layers * sum(rows * columns for rows, columns in self.layer_matrices)

    @property
    def kv_bytes(self) -> int:
        """Bytes of one token's keys and values."""
        return 2 * self.layers * self.kv_heads * self.head_dim * HALF

    def weights_bytes(self, weights: WeightFormat) -> int:
        """Return the bytes of all weights in ``weights``."""
        layer = sum(_matrix_bytes(rows, columns, weights) for rows, columns in self.layer_matrices)
        return HALF * self.kept_parameters + self.layers * layer


def _matrix_bytes(rows: int, columns: int, weights: WeightFormat) -> int:
    count = rows * columns
    if weights == "nf4":
        scales = -(-count // NF4_BLOCK)
        return -(-count // 2) + scales + 4 * -(-scales // NF4_SCALES) + NF4_TABLES
    if weights == "int4":
        blocks = -(-columns // INT4_BLOCK)
        return count // 2 + rows * (INT4_SCALES * blocks + -(-blocks // 2))
    return count + INT8_SCALE * rows if weights == "int8" else HALF * count


def vote_tokens(family: PromptFamily, context_tokens: int) -> int:
    """Return the tokens of one vote at the family's budget, with a prompt of ordinary length."""
    return min(context_tokens, TYPICAL_PROMPT + family.thinking_budget + family.answer_tokens)


def weight_format(quantization: Quantization) -> WeightFormat:
    """Return the format for ``quantization``; for ``auto`` the smallest, which it takes where memory is short."""
    return "nf4" if quantization == "auto" else quantization


def loaded_bytes(config: Mapping[str, Any], stored: int, weights: WeightFormat) -> int:
    """Return the bytes in memory of a model with this ``config.json``, whose weights are ``stored`` bytes on disk."""
    if "quantization_config" in config:  # stays as it was stored
        return stored
    if any(config.get(name) for name in EXPERTS):
        return stored
    shape = shape_of(config)
    return shape.weights_bytes(weights) if shape else int(stored * SHARE_OF_STORED[weights])


def shape_of(config: Mapping[str, Any]) -> ModelShape | None:
    """Return the shape that ``config`` (a ``config.json``) describes; None for a layout that is not known here."""
    kind = config.get("model_type")
    bias = bool(config.get("attention_bias", False))
    layout: dict[str, dict[str, bool]] = {
        "qwen2": {"qkv_bias": True},
        "qwen3": {"qkv_bias": bias, "output_bias": bias, "head_norms": True},
        "llama": {"qkv_bias": bias, "output_bias": bias},
        "mistral": {},
    }
    if kind not in layout or config.get("mlp_bias"):
        return None
    try:
        hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
        return ModelShape(
            layers=int(config["num_hidden_layers"]),
            hidden=hidden,
            intermediate=int(config["intermediate_size"]),
            heads=heads,
            kv_heads=int(config.get("num_key_value_heads") or heads),
            head_dim=int(config.get("head_dim") or hidden // heads),
            vocab=int(config["vocab_size"]),
            context_tokens=int(config["max_position_embeddings"]),
            tied=bool(config.get("tie_word_embeddings", False)),
            **layout[str(kind)],
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
