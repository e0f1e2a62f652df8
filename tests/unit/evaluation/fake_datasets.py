"""Datasets on the fake Hub: their addresses are those of models under another prefix."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

from tests.unit.engines.models.fake_hub import FakeHub, Handler


class DatasetHandler(Handler):
    """Answers ``api/datasets/…`` and ``datasets/…`` as the models' handler answers its own."""

    def _answer(self, body: bool) -> None:
        if self.path.startswith("/api/datasets/"):
            self.path = self.path.replace("/api/datasets/", "/api/models/", 1)
        else:
            self.path = self.path.removeprefix("/datasets")
        super()._answer(body)


@contextmanager
def serving_datasets(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve ``hub`` on a free port."""
    handler = type("BoundHandler", (DatasetHandler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
