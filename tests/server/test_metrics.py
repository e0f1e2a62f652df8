"""The table of metrics in the serving documentation is the list of metrics that there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
from gradio_client import Client

SERVING = Path(__file__).parents[2] / "rrm_ui" / "serving" / "README.md"


def documented() -> set[str]:
    return set(re.findall(r"^\| `((?:rrm|process)_\w+)", SERVING.read_text(encoding="utf-8"), re.M))


def exported(text: str) -> set[str]:
    """Return the names as one asks for them: counters with their ``_total``, info with its ``_info``."""
    return {
        name
        for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M)
        if not name.endswith("_created") and not (kind == "gauge" and name == "python_info")
    }


def test_the_table_and_the_endpoint_name_the_same_metrics(server: Any) -> None:
    Client(server.url, verbose=False).predict("What is 2 + 2?", "4", "5", votes=2, api_name="/judge")
    assert exported(httpx.get(f"{server.url}/metrics").text) == documented()


def test_judgments_and_rankings_are_counted(server: Any) -> None:
    client = Client(server.url, verbose=False)
    client.predict("What is 2 + 2?", "4", "5", votes=2, thinking_budget=64, api_name="/judge")
    client.predict("Which?", ["one", "two", "three"], thinking_budget=64, api_name="/rank")
    text = httpx.get(f"{server.url}/metrics").text
    assert 'rrm_requests_total{kind="judgment"} 1.0' in text
    assert 'rrm_requests_total{kind="ranking"} 1.0' in text
    assert re.search(r"^rrm_judgment_seconds_count ([4-9]|\d\d)\.0$", text, re.M)
    assert re.search(r"^rrm_prompt_tokens_total [1-9]", text, re.M)
    assert re.search(r'^rrm_tokens_total\{phase="thinking"\} [1-9]', text, re.M)
    assert 'rrm_model_info{device="cpu",family="rrm",name="scripted",quantization="none",revision=""} 1.0' in text
    assert re.search(r"^process_resident_memory_bytes [1-9]", text, re.M)
