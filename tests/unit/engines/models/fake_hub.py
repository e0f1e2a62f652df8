"""A Hub on a local port: what the real client asks for, answered from a dictionary."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class FakeHub:
    """Repositories by id, each a dictionary from path to content."""

    repositories: dict[str, dict[str, bytes]]
    gated: set[str] = field(default_factory=set)
    delay: float = 0.0
    """Seconds that every answer takes."""
    downloads: list[str] = field(default_factory=list)
    """Paths whose content was sent."""
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    hub: FakeHub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean."""

    def _answer(self, body: bool) -> None:
        time.sleep(self.hub.delay)
        path = self.path.partition("?")[0].lstrip("/")
        api = path.startswith("api/models/")
        parts = path.removeprefix("api/models/").split("/")
        repository = "/".join(parts[:2])
        files = self.hub.repositories.get(repository)
        if files is None:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body)
        elif api and "tree" in parts:
            rows = [
                {"type": "file", "path": name, "size": len(files[name]), "oid": _oid(files[name])} for name in files
            ]
            self._send(200, json.dumps(rows).encode(), {}, body)
        elif api:
            siblings = [{"rfilename": name, "size": len(content)} for name, content in files.items()]
            info = {"id": repository, "sha": COMMIT, "siblings": siblings, "tags": [], "private": False}
            self._send(200, json.dumps(info).encode(), {}, body)
        elif repository in self.hub.gated:
            self._send(403, b"{}", {"X-Error-Code": "GatedRepo"}, body)
        else:
            self._send_file("/".join(parts[4:]), files, body)

    def _send_file(self, name: str, files: dict[str, bytes], body: bool) -> None:
        if name not in files:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, body)
            return
        if body:
            self.hub.downloads.append(name)
        self._send(200, files[name], {"ETag": f'"{_oid(files[name])}"', "X-Repo-Commit": COMMIT}, body)

    def _send(self, status: int, content: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)


def _oid(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def serving(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve ``hub`` on a free port."""
    handler = type("BoundHandler", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
