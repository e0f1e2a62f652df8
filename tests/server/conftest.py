"""A running server with a scripted judge: API, MCP, command line and health are tested against it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import gradio as gr
import pytest

from rrm_ui.engines.scripted import ScriptedEngine
from rrm_ui.judge import JudgeModel
from rrm_ui.model_host import ModelHost
from rrm_ui.progress import Progress, ProgressCallback
from rrm_ui.scripted_model import scripted_model
from rrm_ui.server import build_server
from rrm_ui.serving import Limits, Visits
from rrm_ui.settings import get_settings


@dataclass
class Server:
    """One server and what stands behind it."""

    url: str
    demo: gr.Blocks
    host: ModelHost
    engine: ScriptedEngine
    visits: Visits


@pytest.fixture(autouse=True)
def _own_data(data_dir: Path) -> None:
    """What these servers and commands keep is the test's own, also of processes that it starts."""


@contextmanager
def _servers() -> Iterator[Callable[..., Server]]:
    """Start servers that are closed in the end."""
    started: list[Server] = []

    def start(engine: ScriptedEngine | None = None, hold: Event | None = None, context_tokens: int = 32768) -> Server:
        engine = engine or ScriptedEngine()

        def load(report: ProgressCallback) -> JudgeModel:
            report(Progress("fetching", 10_000_000, 100_000_000, "bytes"))
            if hold is not None:
                hold.wait(30)
            return scripted_model(engine, context_tokens)

        host = ModelHost(load)
        host.start()
        if hold is None:
            host.wait(10)
        visits = Visits(Limits.of(get_settings()))
        demo, options = build_server(host, visits)
        port = _unused_port()
        demo.launch(**options, server_port=port, prevent_thread_lock=True, quiet=True)
        started.append(Server(f"http://127.0.0.1:{port}", demo, host, engine, visits))
        return started[-1]

    try:
        yield start
    finally:
        for server in started:
            server.demo.close()


@pytest.fixture
def start_server() -> Iterator[Callable[..., Server]]:
    """Start servers that are closed after the test."""
    with _servers() as start:
        yield start


@pytest.fixture
def server(start_server: Callable[..., Server]) -> Server:
    """A server whose model is ready."""
    return start_server()


@pytest.fixture(scope="module")
def idle_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One such server for all tests of a file that ask it for nothing that it does: starting it takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RRM_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        get_settings.cache_clear()
        with _servers() as start:
            yield start()


@pytest.fixture
def unused_port() -> Callable[[], int]:
    """Find ports that nothing listens on."""
    return _unused_port


def _unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
