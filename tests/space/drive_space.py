"""Scenario: a whole Space. A folder's weights are loaded, the page is launched, and visitors call it."""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.space.emulation import FACTS, emulate

FOLDER = Path(sys.argv[1])
API = emulate(FOLDER)

import httpx  # noqa: E402
from gradio_client import Client  # noqa: E402
from gradio_client.exceptions import AppError  # noqa: E402
from spaces.zero.torch import patching  # noqa: E402

from rrm_ui.engines.models.checkpoint import Recipe  # noqa: E402
from rrm_ui.engines.models.convert import convert  # noqa: E402
from rrm_ui.engines.models.load import load_model  # noqa: E402
from rrm_ui.judge import JudgeModel  # noqa: E402
from rrm_ui.progress import Progress  # noqa: E402
from rrm_ui.server import build_server  # noqa: E402
from rrm_ui.settings import Settings  # noqa: E402
from tests.unit.engines.models.tiny import write_gguf  # noqa: E402

CONTEXT = 8192
VISITOR = {"X-IP-Token": "e30." + base64.urlsafe_b64encode(b"{}").decode().rstrip("=") + ".signature"}


def folders() -> dict[str, Path]:
    """Return a plain bf16 model, and the same with weights that are NF4 already."""
    gguf = write_gguf(FOLDER / "tiny.gguf")
    made = {}
    for name in ("bf16", "nf4"):
        folder = made[name] = FOLDER / f"model-{name}"
        folder.mkdir()
        convert(gguf, folder, Recipe(name), None, lambda _progress: None)
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": CONTEXT}))
    return made


def loading(made: dict[str, Path]) -> dict[str, Any]:
    """Load every kind of folder as a Space does, and say where the weights are."""
    found = {}
    for folder, quantization in (("bf16", "nf4"), ("bf16", "none"), ("bf16", "int8"), ("nf4", "auto")):
        heard: list[Progress] = []
        settings = Settings(model=str(made[folder]), quantization=quantization)  # type: ignore[arg-type]
        loaded = load_model(settings, heard.append)
        weights = list(loaded.model.parameters())
        found[f"{folder} as {quantization}"] = {
            "said": [loaded.details.quantization, loaded.details.device],
            "layer": type(loaded.model.model.layers[0].mlp.up_proj).__name__,
            "devices": sorted({weight.device.type for weight in weights}),
            "kept": all(weight in patching.cuda_aliases for weight in weights),
            "stages": [progress.stage for progress in heard],
        }
        del loaded, weights
    return found


PAIR: dict[str, Any] = {"query": "2 + 2?", "response_a": "4", "response_b": "5", "votes": 2}
LONG: dict[str, Any] = {**PAIR, "votes": 32, "thinking_budget": 7000}
MANY: dict[str, Any] = {"query": "2 + 2?", "responses": ["4", "5", "22"], "votes": 2, "thinking_budget": 16}


def visits(made: dict[str, Path]) -> dict[str, Any]:
    """Start the app, launch its page and visit it."""
    os.environ |= {"RRM_MODEL": str(made["bf16"]), "RRM_QUANTIZATION": "nf4"}
    import app  # loads the model at module scope

    model = app.host.model()
    demo, options = build_server(app.host)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    _, url, _ = demo.launch(**options, server_port=port, prevent_thread_lock=True, quiet=True)
    packed = sum(original is None for original in patching.cuda_aliases.values())
    client = Client(url, headers=VISITOR, verbose=False)
    judgment = client.predict(**PAIR, thinking_budget=16, api_name="/judge")
    ranking = client.predict(**MANY, api_name="/rank")
    return {
        "packed": packed,
        "shares_batch": model.shares_batch,
        "judgment": judgment,
        "ranking": ranking,
        "token": VISITOR["X-IP-Token"],
        "tokens": [call.get("token") for call in API.asked],
        "refused": refusals(client),
        "gave_back": {"cancelled": cancelling(client, model), "vanished": vanishing(url, model)},
        "after": client.predict(**PAIR, thinking_budget=16, api_name="/judge"),
        "failed": API.released.count(True),
    }


def refusals(client: Client) -> dict[str, Any]:
    """Be refused a GPU at both endpoints."""
    refused = {}
    for answer in ("quota", "timeout"):
        API.answer = answer
        for name, arguments in (("/judge", {**PAIR, "thinking_budget": 16}), ("/rank", MANY)):
            try:
                client.predict(**arguments, api_name=name)
            except AppError as error:
                refused[f"{answer} {name}"] = [error.title, str(error.message)]
    API.answer = "lend"
    return refused


def cancelling(client: Client, model: JudgeModel) -> float:
    """Cancel a long judgment; return the seconds until the GPU is given back."""
    job = client.submit(**LONG, api_name="/judge")
    began = time.monotonic()
    while not (job.outputs() and model.engine.load().rows):  # without an output the client cancels nothing
        assert time.monotonic() < began + 120, f"no row was written: {API}"
        time.sleep(0.02)
    given_back = _giving_back()
    job.cancel()
    return given_back()


def vanishing(url: str, model: JudgeModel) -> float:
    """Begin a long judgment and drop the connection; return the seconds until the GPU is given back."""
    posted = httpx.post(f"{url}gradio_api/call/v2/judge", json=LONG, headers=VISITOR, timeout=60)
    read = f"{url}gradio_api/call/judge/{posted.json()['event_id']}"
    heard: list[str] = []
    with httpx.stream("GET", read, headers=VISITOR, timeout=60) as answer:
        for line in answer.iter_lines():
            heard.append(line[:200])
            if model.engine.load().rows:
                break
        else:
            raise AssertionError(f"the judgment ended before any row was written: {heard[-40:]}")
        given_back = _giving_back()
    return given_back()


def _giving_back() -> Callable[[], float]:
    """Return what waits until the GPU that is in use now is given back, and returns the seconds from now on."""
    released, started = len(API.released), time.monotonic()

    def given_back() -> float:
        while len(API.released) == released:
            assert time.monotonic() < started + 60, f"the GPU was not given back: {API}"
            time.sleep(0.02)
        return time.monotonic() - started

    return given_back


if __name__ == "__main__":
    made = folders()
    facts = {"loading": loading(made), "visits": visits(made)}
    (FOLDER / FACTS).write_text(json.dumps(facts))
