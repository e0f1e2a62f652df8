"""A page with a scripted judge on a free port, and a browser that talks to nobody else."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from playwright.sync_api import Browser, Playwright

from rrm_ui.engines.interface import Engine
from rrm_ui.judge import JudgeModel
from rrm_ui.model_host import ModelHost
from rrm_ui.scripted_model import scripted_model
from rrm_ui.ui.launch_options import launch_options
from rrm_ui.ui.pages import build_pages
from rrm_ui.values import JudgeSettings

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
"""The system's browser; None where there is none."""
QUIET_BROWSER = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def judge_with(engine: Engine, defaults: JudgeSettings) -> JudgeModel:
    """Return a scripted judge whose page starts from ``defaults``."""
    return replace(scripted_model(engine), defaults=defaults)


@dataclass
class ServedPage:
    """A running page."""

    url: str
    host: ModelHost
    engine: Any


@contextmanager
def serve(host: ModelHost, engine: Any = None) -> Iterator[ServedPage]:
    """Serve the page for ``host`` until the context ends."""
    page = build_pages(host)
    page.queue(api_open=False)
    options = {**launch_options(), "server_port": free_port(), "server_name": "127.0.0.1"}
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, **options)
    try:
        yield ServedPage(url, host, engine)
    finally:
        page.close(verbose=False)


def ready_host(loader: Callable[[], JudgeModel]) -> ModelHost:
    """Return a host whose model is ready."""
    host = ModelHost(lambda _report: loader())
    host.load()
    return host


def launch_browser(playwright: Playwright) -> Browser:
    """Start the system's Chromium with everything off that would call out by itself."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET_BROWSER))
