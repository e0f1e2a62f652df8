"""One running server: the page, the API and MCP, ``/healthz`` and ``/metrics``."""

from __future__ import annotations

import logging
import os
from typing import Any

import gradio as gr
from gradio.route_utils import FnIndexInferError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rrm_ui.logs import log_uncaught_errors, take_over
from rrm_ui.metrics import Metrics
from rrm_ui.model_host import ModelHost
from rrm_ui.serving import Limits, Visits
from rrm_ui.serving.shutdown import Shutdown, exit_at_once
from rrm_ui.settings import get_settings
from rrm_ui.ui.api import add_api
from rrm_ui.ui.calls import CheckedCalls
from rrm_ui.ui.launch_options import MAX_UPLOAD, launch_options
from rrm_ui.ui.mcp import serve_mcp
from rrm_ui.ui.pages import build_pages
from rrm_ui.ui.uploads import keep_uploads_in

log = logging.getLogger(__name__)

MAX_THREADS = 128
"""Threads for handlers: each judgment holds one while it streams, waiting ones too."""

MAX_BODY = MAX_UPLOAD + 1024**2
"""Bytes of a request that are read at most: a file as large as it may be, and what is written around it."""

MAX_SESSIONS = 256
"""Pages and calls of the API whose last texts Gradio keeps: one more drops the oldest. Nothing here reads them."""


def build_server(host: ModelHost, visits: Visits | None = None) -> tuple[gr.Blocks, dict[str, Any]]:
    """Return the page with its API, and the arguments that its ``launch`` must get."""
    visits = visits or Visits(Limits.of(get_settings()))
    visits.metrics.watch(host)
    demo = build_pages(host, visits)
    with demo:
        add_api(host, visits)
    serve_mcp()
    # Without this, requests could pass the queue by.
    demo.queue(api_open=False, default_concurrency_limit=MAX_THREADS)
    routes = [Route("/healthz", _healthz(host, visits)), Route("/metrics", _metrics(visits.metrics))]
    if not get_settings().evaluate_page:  # the only page with files to send; Gradio takes them all the same
        routes.append(Route("/gradio_api/upload", _not_found, methods=["POST"]))
    options = {
        **launch_options(),
        "app_kwargs": {
            "routes": routes,
            "middleware": [Middleware(CheckedCalls, blocks=demo)],
            # A name that is none, at an address past the queue; Gradio lets it be an error of the server.
            "exception_handlers": {FnIndexInferError: _not_found},
            "max_body_size": MAX_BODY,
            "docs_url": None,
            "redoc_url": None,
        },
        "max_threads": MAX_THREADS,
        "state_session_capacity": MAX_SESSIONS,
        "mcp_server": True,
    }
    # Who asks is decided in ``rrm_ui.ui.person``. By itself uvicorn would believe any local program that says it is a
    # proxy; it reads this variable, and Gradio's launch has no argument for it.
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "none")
    return demo, options


def serve(host: ModelHost) -> None:
    """Serve until the process is told to end, on ``GRADIO_SERVER_PORT`` (7860). Does not return."""
    log_uncaught_errors()
    keep_uploads_in(get_settings().data_dir / "uploads")
    visits = Visits(Limits.of(get_settings()))
    shutdown = Shutdown(visits, host.shut_down)
    shutdown.catch_signals()
    demo, options = build_server(host, visits)
    demo.launch(**options, prevent_thread_lock=True)
    take_over("uvicorn", "uvicorn.error", "uvicorn.access")
    shutdown.wait()
    exit_at_once(shutdown.end())


def _healthz(host: ModelHost, visits: Visits) -> Any:
    # No function of its own thread: those of the pool may all be taken, and a server that works must say so.
    async def healthz(_: Request) -> JSONResponse:
        status, model = host.standing()
        state: str = status.state
        message = status.message
        if status.state == "preparing":
            message = status.progress.describe() if status.progress is not None else "starting"
        if visits.shutting_down:
            state, message = "stopping", "shutting down"
        setup = model.setup if model is not None else ""
        body = {"state": state, "message": message, "setup": setup}
        return JSONResponse(body, status_code=200 if state == "ready" else 503)

    return healthz


def _not_found(_: Request, __: Exception | None = None) -> Response:
    return JSONResponse({"detail": "Not Found"}, status_code=404)


def _metrics(metrics: Metrics) -> Any:
    async def text(_: Request) -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return text
