"""One running server: the page, the API and MCP, ``/healthz`` and ``/metrics``."""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rrm_ui.metrics import Metrics
from rrm_ui.model_host import ModelHost
from rrm_ui.ui.api import add_api
from rrm_ui.ui.launch_options import launch_options
from rrm_ui.ui.mcp import serve_json
from rrm_ui.ui.page import build_page

log = logging.getLogger(__name__)

MAX_THREADS = 128
"""Threads for handlers: each judgment holds one while it streams, waiting ones too."""


def build_server(host: ModelHost) -> tuple[gr.Blocks, dict[str, Any]]:
    """Return the page with its API, and the arguments that its ``launch`` must get."""
    metrics = Metrics(host)
    demo = build_page(host, metrics.observe)
    with demo:
        add_api(host, metrics)
    serve_json()
    # Without this, requests could pass the queue by.
    demo.queue(api_open=False, default_concurrency_limit=MAX_THREADS)
    routes = [Route("/healthz", _healthz(host)), Route("/metrics", _metrics(metrics))]
    options = {
        **launch_options(),
        "app_kwargs": {"routes": routes, "docs_url": None, "redoc_url": None},
        "max_threads": MAX_THREADS,
        "mcp_server": True,
    }
    return demo, options


def serve(host: ModelHost) -> None:
    """Serve until the process ends, on ``GRADIO_SERVER_PORT`` (7860)."""
    demo, options = build_server(host)
    demo.launch(**options)


def _healthz(host: ModelHost) -> Any:
    def healthz(_: Request) -> JSONResponse:
        status = host.status()
        message = status.message
        if status.state == "preparing":
            message = status.progress.describe() if status.progress is not None else "starting"
        setup = host.model().setup if status.state == "ready" else ""
        body = {"state": status.state, "message": message, "setup": setup}
        return JSONResponse(body, status_code=200 if status.state == "ready" else 503)

    return healthz


def _metrics(metrics: Metrics) -> Any:
    def text(_: Request) -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return text
