"""A real server process, told to end while it works."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.server.test_api import long_thoughts
from tests.waiting import until

ROOT = Path(__file__).parents[2]
PAIR = {"query": "What is 2 + 2?", "response_a": "4", "response_b": "5"}
MOST_SECONDS = 5.0

SERVER = """
import sys, threading, time
from rrm_ui.engines.interface import EngineLoad, PromptRead
from rrm_ui.engines.scripted import ScriptedEngine, ScriptedRow
from rrm_ui.logs import configure_logging
from rrm_ui.model_host import ModelHost
from rrm_ui.scripted_model import scripted_model
from rrm_ui.server import serve
from rrm_ui.settings import get_settings

class Reading(ScriptedEngine):
    '''Reads a prompt without end; a step of it cannot be interrupted.'''
    def stream(self, request):
        with self._lock:
            self._running[0] = len(request.rows)
        while True:
            yield [PromptRead(1, 100_000)]
            time.sleep(0.1)
    def stop(self):
        time.sleep(600)

def ragged(request, row):
    return ScriptedRow(("word ",) * (20 if row == 0 else 4000))

def load(report):
    if sys.argv[1] == "loading":
        time.sleep(600)
    return scripted_model({"reading": Reading(), "writing": ScriptedEngine(ragged, tokens_per_second=20)}[sys.argv[1]])

configure_logging(get_settings())
host = ModelHost(load)
host.start()
serve(host)
"""


@dataclass
class Process:
    """A server in a process of its own."""

    url: str
    process: subprocess.Popen[str]

    def end(self, number: int = signal.SIGTERM) -> float:
        """Send a signal and return the seconds until the process ended."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - started


@pytest.fixture
def start(unused_port: Callable[[], int], tmp_path: Path) -> Iterator[Callable[[str], Process]]:
    """Start servers whose engine is ``writing``, ``reading``, or whose model is ``loading``; or ``app.py`` as it is."""
    started: list[Process] = []

    def start(engine: str) -> Process:
        port = unused_port()
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_ANALYTICS_ENABLED": "False",
            "RRM_DATA_DIR": str(tmp_path),
            "RRM_LOG_FORMAT": "json",
            "RRM_MODEL": "scripted",
        }
        command = [str(ROOT / "app.py")] if engine == "app.py" else ["-c", SERVER, engine]
        process = subprocess.Popen(
            [sys.executable, *command], env=environment, stderr=subprocess.PIPE, text=True, cwd=tmp_path
        )
        started.append(Process(f"http://127.0.0.1:{port}", process))
        until(lambda: _answers(started[-1], 503 if engine == "loading" else 200), 300)
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


def _answers(server: Process, code: int) -> bool:
    assert server.process.poll() is None, server.process.stderr.read() if server.process.stderr else ""
    try:
        return httpx.get(f"{server.url}/healthz").status_code == code
    except httpx.TransportError:
        return False


def test_sigterm_delivers_the_votes_that_finished(start: Callable[[str], Process]) -> None:
    server = start("writing")
    job = Client(server.url, verbose=False).submit(**PAIR, votes=3, thinking_budget=4000, api_name="/judge")
    until(lambda: any(event["event"] == "VoteFinished" for event in job.outputs()))
    assert server.end() < MOST_SECONDS
    assert server.process.returncode == 0
    judgment = job.outputs()[-1]
    assert sorted(vote["status"] for vote in judgment["votes"]) == ["cancelled", "cancelled", "finished"]
    assert judgment["outcome"] in ("A", "B")
    assert "shutting down" in judgment["error"]
    assert server.process.stderr is not None
    lines = [json.loads(line) for line in server.process.stderr if line.startswith("{")]
    (judged,) = [line for line in lines if "judgment" in line]
    assert judged["error"] == "shutting_down"


def test_what_runs_is_told_and_what_comes_later_is_refused(start_server: Callable[..., Any]) -> None:
    server = start_server(long_thoughts())
    client = Client(server.url, verbose=False)
    ranking = client.submit(PAIR["query"], ["4", "5", "6"], thinking_budget=4000, api_name="/rank")
    until(lambda: server.engine.load().rows == 6)
    server.visits.shut_down()
    assert server.visits.wait_until_over(2)
    told = ranking.result(timeout=20)
    assert told["finished"] is False
    assert any("shutting down" in error for error in told["errors"])
    answer = httpx.get(f"{server.url}/healthz")
    assert (answer.status_code, answer.json()["state"]) == (503, "stopping")
    with pytest.raises(AppError, match="shutting down"):
        client.predict(**PAIR, api_name="/judge")


def test_the_readmes_first_command_serves_the_page_and_ends_when_told(start: Callable[[str], Process]) -> None:
    server = start("app.py")
    assert "RRM" in httpx.get(server.url).text
    job = Client(server.url, verbose=False).submit(**PAIR, votes=2, thinking_budget=16, api_name="/judge")
    assert {vote["status"] for vote in job.result(timeout=60)["votes"]} == {"finished"}
    assert server.end() < MOST_SECONDS
    assert server.process.returncode == 0


@pytest.mark.parametrize("engine", ["reading", "loading"])
def test_neither_a_long_prompt_nor_loading_keeps_it(engine: str, start: Callable[[str], Process]) -> None:
    server = start(engine)
    job = Client(server.url, verbose=False).submit(**PAIR, votes=2, thinking_budget=64, api_name="/judge")
    if engine == "reading":
        until(lambda: any(event["event"] == "Reading" for event in job.outputs()))
    assert server.end(signal.SIGINT if engine == "loading" else signal.SIGTERM) < MOST_SECONDS
    assert server.process.returncode == 0
    if engine == "reading":
        assert {vote["status"] for vote in job.outputs()[-1]["votes"]} == {"cancelled"}
