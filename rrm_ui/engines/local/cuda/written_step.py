"""A forward pass over single tokens, written out for the decoders that most reasoning models are built as.

Qwen2 (RRM, RM-R1), Qwen3, Llama and Mistral have the same layers but for biases and norms of heads. Their own forward
passes send some fifty kernels a layer; this one sends ten where the matrices are in NF4. What it computes is the same
up to rounding.
"""

# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from transformers import PreTrainedModel

from rrm_ui.engines.local.cuda.attend import Heads, Places, Projection, attend, rotate_and_store
from rrm_ui.engines.local.cuda.fused import add_and_norm, gate
from rrm_ui.engines.local.cuda.nf4 import MOST_ROWS, products, splits_for, why_not_nf4
from rrm_ui.engines.local.head import exact_logits

LAYERS = ("Qwen2DecoderLayer", "Qwen3DecoderLayer", "LlamaDecoderLayer", "MistralDecoderLayer")
STEADY_ROTATIONS = ("default", "linear", "llama3", "yarn")
"""Kinds of rotary embedding that do not depend on how long the text has become."""

MOST_PLAIN_ROWS = 256
"""Tokens of a step where no matrix is packed."""

Buffers = Sequence[tuple[torch.Tensor, torch.Tensor]]
"""Keys and values by layer, each (rows, KV heads, columns, dim)."""


@dataclass(frozen=True)
class Tokens:
    """Tokens to feed side by side, each (tokens) on the device, and which of them logits are wanted after."""

    ids: torch.Tensor
    rows: torch.Tensor
    """The row of the cache that each belongs to."""
    columns: torch.Tensor
    """Its column there; all earlier columns of the row are filled, or are among these tokens."""
    last: torch.Tensor
    """Indices of tokens, as many as rows of logits are wanted."""


def why_not_written(model: PreTrainedModel) -> str | None:
    """Return why ``WrittenStep`` does not know ``model``, as a clause; None if it does."""
    layers: list[Any] = list(getattr(model.get_decoder(), "layers", []))
    if not layers or any(type(layer).__name__ not in LAYERS for layer in layers):
        return f"its layers are no {', '.join(name.removesuffix('DecoderLayer') for name in LAYERS)}"
    config = model.config.get_text_config()
    rotation = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
    if config.hidden_act != "silu" or rotation not in STEADY_ROTATIONS:
        return f"its activation is {config.hidden_act} and its rotary embedding {rotation}"
    windows = [getattr(layer.self_attn, "sliding_window", None) for layer in layers]
    if any(windows) or (type(layers[0]).__name__ == "MistralDecoderLayer" and config.sliding_window):
        return "its attention looks through a window"
    if type(model.get_input_embeddings()) is not nn.Embedding:
        return "its embedding is no plain table"
    if layers[0].self_attn.head_dim not in (64, 128, 256):
        return f"its heads have {layers[0].self_attn.head_dim} dimensions"
    if model.dtype not in (torch.bfloat16, torch.float16):
        return f"it computes in {str(model.dtype).removeprefix('torch.')}"
    return next((reason for layer in layers if (reason := _why_not_layer(layer)) is not None), None)


def _why_not_layer(layer: Any) -> str | None:
    attention, mlp = layer.self_attn, layer.mlp
    plain = (attention.o_proj, mlp.gate_proj, mlp.up_proj, mlp.down_proj)
    if any(getattr(part, "bias", None) is not None for part in plain):
        return "its products have biases where none are known"
    matrices = (attention.q_proj, attention.k_proj, attention.v_proj, *plain)
    if all(type(part) is nn.Linear for part in matrices):
        return None
    return next((reason for part in matrices if (reason := why_not_nf4(part)) is not None), None)


class WrittenStep:
    """The forward pass of ``model``, which must be one that ``why_not_written`` has nothing against."""

    def __init__(self, model: PreTrainedModel) -> None:
        decoder: Any = model.get_decoder()
        self._model = model
        self._head = model.get_output_embeddings()
        self._embedding: Any = model.get_input_embeddings()
        self._rotation = decoder.rotary_emb
        self._norm = decoder.norm
        on_gpu = model.device.type == "cuda"
        processors = torch.cuda.get_device_properties(model.device).multi_processor_count if on_gpu else 1
        self._layers = [_Layer(layer, processors) for layer in decoder.layers]
        self.most_rows = MOST_ROWS if any(layer.packed for layer in self._layers) else MOST_PLAIN_ROWS
        """Tokens that may be fed at a time."""

    def __call__(self, tokens: Tokens, buffers: Buffers, choices: Sequence[int]) -> torch.Tensor:
        """Write the tokens' keys and values into ``buffers``; return the logits after ``last``, (last, vocabulary).

        The logits are in float32, those of ``choices`` exact.
        """
        stream = functional.embedding(tokens.ids, self._embedding.weight)
        cosines, sines = self._rotation(stream[:, None], tokens.columns[:, None])
        places = Places(tokens.rows, tokens.columns, cosines.flatten(0, 1), sines.flatten(0, 1))
        summands = None
        for layer, (keys, values) in zip(self._layers, buffers, strict=True):
            stream, summands = layer(stream, summands, places, keys, values)
        epsilon = self._norm.variance_epsilon
        _, normed = add_and_norm(stream, summands, self._norm.weight, epsilon, permuted=False)
        with exact_logits(self._model, choices):
            logits: torch.Tensor = self._head(normed[tokens.last])
        return logits.float()


class _Layer:
    def __init__(self, layer: Any, processors: int) -> None:
        attention, mlp = layer.self_attn, layer.mlp
        self._norms = (layer.input_layernorm, layer.post_attention_layernorm)
        self.packed = type(attention.o_proj) is not nn.Linear
        config = attention.config
        heads = Heads(config.num_attention_heads, config.num_key_value_heads, attention.head_dim)
        projections = (attention.q_proj, attention.k_proj, attention.v_proj)
        first_bias = projections[0].bias
        norm = getattr(attention, "q_norm", None)
        self._projection = Projection(
            heads,
            None if first_bias is None else (first_bias, projections[1].bias, projections[2].bias),
            None if norm is None else (norm.weight, attention.k_norm.weight),
            0.0 if norm is None else norm.variance_epsilon,
        )
        self._project = _product(projections, processors)
        self._output = _product((attention.o_proj,), processors)
        self._widen = _product((mlp.gate_proj, mlp.up_proj), processors)
        self._narrow = _product((mlp.down_proj,), processors)

    def __call__(
        self,
        stream: torch.Tensor,
        summands: torch.Tensor | None,
        places: Places,
        keys: torch.Tensor,
        values: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the stream after the attention, and the summands that the feed-forward part adds to it."""
        packed = self.packed
        before, after = self._norms
        stream, normed = add_and_norm(stream, summands, before.weight, before.variance_epsilon, permuted=packed)
        queries = rotate_and_store(self._project(normed), self._projection, places, keys, values)
        found = attend(queries, keys, values, places, permuted=packed)
        stream, normed = add_and_norm(
            stream, self._output(found), after.weight, after.variance_epsilon, permuted=packed
        )
        gated = gate(self._widen(normed), stream.dtype, permuted=packed)
        return stream, self._narrow(gated)


def _product(matrices: Sequence[Any], processors: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return the function from rows to summands, (rows, inner) to (splits, rows, columns), of ``matrices``."""
    if all(type(matrix) is nn.Linear for matrix in matrices):
        weights = [matrix.weight for matrix in matrices]

        def plain(rows: torch.Tensor) -> torch.Tensor:
            parts = [functional.linear(rows, weight) for weight in weights]
            return (parts[0] if len(parts) == 1 else torch.cat(parts, -1))[None]

        return plain
    columns = sum(matrix.weight.quant_state.shape[0] for matrix in matrices)
    splits = splits_for(columns, matrices[0].weight.quant_state.shape[1], processors)
    return lambda rows: products(rows, matrices, splits)
