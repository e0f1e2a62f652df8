"""The shapes of published models, as plain numbers from their configurations, so that a listing needs no network."""

from __future__ import annotations

from dataclasses import replace

from rrm_ui.engines.models.memory import ModelShape

QWEN2_0_5B = ModelShape(
    layers=24,
    hidden=896,
    intermediate=4864,
    heads=14,
    kv_heads=2,
    head_dim=64,
    vocab=151_936,
    context_tokens=32_768,
    tied=True,
    qkv_bias=True,
)
QWEN2_1_5B = replace(QWEN2_0_5B, layers=28, hidden=1536, intermediate=8960, heads=12, head_dim=128)
QWEN2_7B = replace(
    QWEN2_1_5B,
    hidden=3584,
    intermediate=18944,
    heads=28,
    kv_heads=4,
    vocab=152_064,
    context_tokens=131_072,
    tied=False,
)
"""Qwen2.5-7B, and the models distilled from R1 or trained to judge on it."""
QWEN2_14B = replace(QWEN2_7B, layers=48, hidden=5120, intermediate=13824, heads=40, kv_heads=8)
QWEN2_32B = replace(QWEN2_14B, layers=64, intermediate=27648)

QWEN3_8B = ModelShape(
    layers=36,
    hidden=4096,
    intermediate=12288,
    heads=32,
    kv_heads=8,
    head_dim=128,
    vocab=151_936,
    context_tokens=40_960,
    head_norms=True,
)
QWEN3_14B = replace(QWEN3_8B, layers=40, hidden=5120, intermediate=17408, heads=40)
QWEN3_32B = replace(QWEN3_14B, layers=64, intermediate=25600, heads=64)
