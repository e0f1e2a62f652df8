"""Reading a Qwen2 model out of a GGUF file: its configuration, and its weights a few rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from gguf import MODEL_ARCH, GGUFReader, ReaderTensor, get_tensor_name_map
from gguf.quants import dequantize
from transformers import Qwen2Config, Qwen2ForCausalLM

from rrm_ui.errors import ModelUnavailable

ARCHITECTURE = "qwen2"
CHUNK_ELEMENTS = 1 << 18
"""Elements dequantized at once: the intermediates stay within a CPU's cache."""
ROW_MULTIPLE = 64
"""Chunks end on this many rows, so that quantization blocks of 64 never straddle two chunks."""


@dataclass(frozen=True)
class Weight:
    """One tensor of the file under its ``transformers`` name."""

    name: str
    shape: tuple[int, ...]
    tensor: ReaderTensor

    def rows(self) -> Iterator[tuple[int, torch.Tensor]]:
        """Yield (first row, float32 rows) from top to bottom; a vector comes in one piece."""
        if len(self.shape) == 1:
            yield 0, self._dequantized(slice(None))
            return
        step = max(1, CHUNK_ELEMENTS // self.shape[1] // ROW_MULTIPLE) * ROW_MULTIPLE
        for start in range(0, self.shape[0], step):
            yield start, self._dequantized(slice(start, start + step))

    def _dequantized(self, rows: slice) -> torch.Tensor:
        stored = np.array(self.tensor.data[rows])
        # As one long row: gguf otherwise works on 16 rows at a time, too few for numpy to leave Python alone.
        values = dequantize(stored.reshape(1, -1), self.tensor.tensor_type)
        return torch.from_numpy(values).reshape(-1, *self.shape[1:])


class GgufFile:
    """A GGUF file, mapped rather than read."""

    def __init__(self, path: Path) -> None:
        """Open ``path``.

        Raises:
            ModelUnavailable: it is not a GGUF file, or holds another architecture than Qwen2.
        """
        try:
            self._reader = GGUFReader(path)
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise ModelUnavailable(f"{path} is not a readable GGUF file; remove it and start again.") from error
        if self._field("general.architecture") != ARCHITECTURE:
            raise ModelUnavailable(f"{path} does not hold a Qwen2 model, the only kind that can be converted.")

    def config(self) -> Qwen2Config:
        """Return the model's configuration, weights untied and in bfloat16."""
        heads = self._number("attention.head_count")
        epsilon = self._field(f"{ARCHITECTURE}.attention.layer_norm_rms_epsilon")
        theta = self._field(f"{ARCHITECTURE}.rope.freq_base")
        return Qwen2Config(
            vocab_size=len(self._reader.fields["tokenizer.ggml.tokens"].data),
            hidden_size=self._number("embedding_length"),
            intermediate_size=self._number("feed_forward_length"),
            num_hidden_layers=self._number("block_count"),
            num_attention_heads=heads,
            num_key_value_heads=self._number("attention.head_count_kv", heads),
            max_position_embeddings=self._number("context_length"),
            rms_norm_eps=float(f"{epsilon:.6g}"),  # stored in 32 bits; six digits give back 1e-06
            rope_parameters={"rope_type": "default", "rope_theta": float(theta)},
            bos_token_id=self._field("tokenizer.ggml.bos_token_id"),
            eos_token_id=self._field("tokenizer.ggml.eos_token_id"),
            pad_token_id=self._field("tokenizer.ggml.padding_token_id"),
            tie_word_embeddings=False,
            architectures=[Qwen2ForCausalLM.__name__],
            dtype=torch.bfloat16,
        )

    def weights(self) -> dict[str, Weight]:
        """Return the tensors by ``transformers`` name; a file with tied embeddings has no ``lm_head.weight``."""
        config = self.config()
        names = get_tensor_name_map(MODEL_ARCH.QWEN2, config.num_hidden_layers)
        with torch.device("meta"):
            parameters = [name for name, _ in Qwen2ForCausalLM(config).named_parameters()]
        tensors = {tensor.name: tensor for tensor in self._reader.tensors}
        weights: dict[str, Weight] = {}
        for parameter in parameters:
            stem, _, suffix = parameter.rpartition(".")
            tensor = tensors.get(f"{names.get_name(stem)}.{suffix}")
            if tensor is not None:
                weights[parameter] = Weight(parameter, tuple(int(n) for n in reversed(tensor.shape)), tensor)
            elif parameter != "lm_head.weight":
                raise ModelUnavailable(f"The GGUF file lacks {parameter}; remove it and start again.")
        return weights

    def _field(self, key: str) -> Any:
        field = self._reader.fields.get(key)
        return None if field is None else field.contents()

    def _number(self, key: str, default: int | None = None) -> int:
        value = self._field(f"{ARCHITECTURE}.{key}")
        return int(cast(int, default if value is None else value))
