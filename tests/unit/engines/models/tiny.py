"""A two-layer Qwen2 in a GGUF file of a few hundred kilobytes, its wheels, and a catalogue entry for it."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import quantize

from rrm_ui.engines.models.catalogue import CatalogueEntry, GgufSource, WheelParts
from rrm_ui.engines.models.memory import ModelShape
from rrm_ui.prompts.families import EMBEDDED

HIDDEN, INTERMEDIATE, LAYERS, HEADS, KV_HEADS = 256, 512, 2, 4, 2
KV_WIDTH = HIDDEN // HEADS * KV_HEADS
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{{ '<|im_start|>assistant\n' }}"
)
Q = GGMLQuantizationType


def byte_symbols() -> list[str]:
    """Return the 256 symbols that byte-level BPE writes bytes as."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    shifted = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(shifted)) for byte in range(256)]


def vocabulary() -> tuple[list[str], list[str]]:
    """Return tokens (specials last) and merges."""
    merges = ["h e", "l l", "he ll", "hell o", "Ġ w"]
    tokens = byte_symbols() + [merge.replace(" ", "") for merge in merges]
    padding = [f"[unused{number}]" for number in range(320 - len(tokens) - len(SPECIALS))]
    return tokens + padding + SPECIALS, merges


def stored(generator: np.random.Generator, rows: int, columns: int, kind: GGMLQuantizationType) -> np.ndarray:
    """Return a random matrix as ``kind`` stores it; gguf writes no K-quants, so those are random bits, sane scales."""
    if kind not in (Q.Q4_K, Q.Q6_K):
        return quantize(generator.normal(0, 0.05, (rows, columns)).astype(np.float32), kind)
    block, size = GGML_QUANT_SIZES[kind]
    blocks = generator.integers(0, 256, (rows * columns // block, size), dtype=np.uint8)
    if kind is Q.Q4_K:
        scales = np.tile(np.array([2e-4, 1e-3], dtype=np.float16).view(np.uint8), (len(blocks), 1))
        blocks[:, :4] = scales
    else:
        blocks[:, -2:] = np.full((len(blocks), 1), 2e-5, dtype=np.float16).view(np.uint8)
    return blocks.reshape(rows, -1)


def write_gguf(path: Path, *, seed: int = 0, architecture: str = "qwen2") -> Path:
    """Write the model; embedding and head are the same matrix at two precisions, as in the published files."""
    generator = np.random.default_rng(seed)
    writer = GGUFWriter(path, architecture)
    writer.add_block_count(LAYERS)
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INTERMEDIATE)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    tokens, merges = vocabulary()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in SPECIALS else 1 for token in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_chat_template(CHAT_TEMPLATE)
    shared = generator.normal(0, 0.05, (len(tokens), HIDDEN)).astype(np.float32)
    writer.add_tensor("token_embd.weight", quantize(shared, Q.Q4_0), raw_dtype=Q.Q4_0)
    writer.add_tensor("output.weight", quantize(shared, Q.Q8_0), raw_dtype=Q.Q8_0)
    writer.add_tensor("output_norm.weight", np.ones(HIDDEN, np.float32))
    for layer in range(LAYERS):
        _add_layer(writer, generator, f"blk.{layer}")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_layer(writer: GGUFWriter, generator: np.random.Generator, name: str) -> None:
    shapes = {
        "attn_q": (HIDDEN, HIDDEN, Q.Q4_K),
        "attn_k": (KV_WIDTH, HIDDEN, Q.Q8_0),
        "attn_v": (KV_WIDTH, HIDDEN, Q.Q6_K),
        "attn_output": (HIDDEN, HIDDEN, Q.Q4_0),
        "ffn_gate": (INTERMEDIATE, HIDDEN, Q.Q4_K),
        "ffn_up": (INTERMEDIATE, HIDDEN, Q.F16),
        "ffn_down": (HIDDEN, INTERMEDIATE, Q.Q6_K),
    }
    for part, (rows, columns, kind) in shapes.items():
        writer.add_tensor(f"{name}.{part}.weight", stored(generator, rows, columns, kind), raw_dtype=kind)
    for part, width in {"attn_q": HIDDEN, "attn_k": KV_WIDTH, "attn_v": KV_WIDTH}.items():
        writer.add_tensor(f"{name}.{part}.bias", generator.normal(0, 0.1, width).astype(np.float32))
    for part in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"{name}.{part}.weight", np.ones(HIDDEN, np.float32))


def write_wheels(gguf: Path, folder: Path, parts: int = 3) -> None:
    """Cut ``gguf`` into wheels, as the package index has them, in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    content = gguf.read_bytes()
    size = -(-len(content) // parts)
    for number in range(1, parts + 1):
        write_wheel(folder, number, {f"part{number:02d}.bin": content[(number - 1) * size : number * size]})


def write_wheel(folder: Path, number: int, data: dict[str, bytes]) -> Path:
    """Write one wheel that holds ``data`` in its data folder."""
    package = f"tiny_model_part{number}"
    info = f"{package}-1.0.dist-info"
    wheel = folder / f"{package}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{package}/__init__.py", "raise RuntimeError('imported a wheel that is data only')\n")
        for name, content in data.items():
            archive.writestr(f"{package}/data/{name}", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-model-part{number}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def tiny_entry(gguf: Path, parts: int = 3) -> CatalogueEntry:
    """Return a catalogue entry for the model in ``gguf``."""
    content = gguf.read_bytes()
    source = GgufSource(
        hub_id="tiny/model-GGUF",
        filename="tiny-q4_k_m.gguf",
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        wheels=WheelParts(project="tiny-model-part{number}", parts=parts, version="1.0"),
    )
    return CatalogueEntry(
        name="tiny",
        hub_id="tiny/model",
        shape=ModelShape(
            layers=LAYERS,
            hidden=HIDDEN,
            intermediate=INTERMEDIATE,
            heads=HEADS,
            kv_heads=KV_HEADS,
            head_dim=HIDDEN // HEADS,
            vocab=320,
            context_tokens=512,
            tied=True,
            qkv_bias=True,
        ),
        family=EMBEDDED,
        demonstration=True,
        gguf=source,
        adapter="tiny-judge",
    )
