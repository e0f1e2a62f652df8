"""The languages that pages and reports speak."""

from __future__ import annotations

LANGUAGES = ("en", "zh-CN", "zh-TW")
"""English, simplified and traditional Chinese, under the names that Gradio's frontend knows."""
