"""ZeroGPU on a machine without one: the platform's own package over a device API and a device that are ours.

Real are the wrappers (fork, pickling, stop event, errors), the CUDA emulation of the main process and the packing of
weights to disk. Ours are the HTTP server that lends GPUs, and the GPU: the memory of the forked process.

It changes the process it runs in for good, so every scenario is a process of its own (``conftest.run_driver``). Call
``emulate`` before anything imports ``spaces``.
"""

from __future__ import annotations

import json
import os
import threading
import time
import types
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

FACTS = "facts.json"
"""The file into which a scenario writes what it found: the platform prints to the outputs as it likes."""

Answer = Literal["lend", "queue", "quota", "timeout", "illegal"]
GPU = {"idle": True, "nvidiaIndex": 0, "nvidiaUUID": "GPU-emulated", "allowToken": "allowed"}


@dataclass
class DeviceApi:
    """The platform's service that lends GPUs."""

    answer: Answer = "lend"
    """What the next requests for a GPU are answered."""
    queue_seconds: float = 0.5
    """How long a request waits where the answer is ``queue`` or ``timeout``."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """Every request for a GPU: ``durationSeconds``, and ``token`` where the visitor is known."""
    allowed: list[int] = field(default_factory=list)
    """The processes that were let use a GPU."""
    released: list[bool] = field(default_factory=list)
    """Every GPU given back; whether the call failed."""

    def serve(self) -> str:
        """Start serving on loopback and return the address."""
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                address = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(address.query).items()}
                if address.path == "/schedule":
                    api.asked.append(query)
                    _schedule(self, api)
                    return
                if address.path == "/allow":
                    api.allowed.append(int(query["pid"]))
                elif address.path == "/release":
                    api.released.append(query["fail"].lower() == "true")
                _send(self, 200, b"{}")

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"


def _schedule(handler: BaseHTTPRequestHandler, api: DeviceApi) -> None:
    answer = api.answer
    if answer == "lend":
        _send(handler, 200, json.dumps(GPU).encode())
    elif answer == "quota":
        _send(handler, 429, json.dumps({"left": 30, "wait": 3600}).encode())
    elif answer == "illegal":
        _send(handler, 429, json.dumps({"left": 30, "wait": -1}).encode())
    else:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.end_headers()
        until = time.monotonic() + api.queue_seconds
        while time.monotonic() < until:
            _tell(handler, "event: ping\n\n")
            time.sleep(0.1)
        _tell(handler, "event: failed\n\n" if answer == "timeout" else f"event: succeeded\ndata: {json.dumps(GPU)}\n\n")


def _tell(handler: BaseHTTPRequestHandler, text: str) -> None:
    handler.wfile.write(text.encode())
    handler.wfile.flush()


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def emulate(folder: Path) -> DeviceApi:
    """Make this process a ZeroGPU Space whose files are in ``folder``, and return what lends it GPUs."""
    api = DeviceApi()
    cgroup = folder / "cgroup"
    cgroup.write_text("0::/emulated\n")
    os.environ |= {
        "HOME": str(folder),
        "SPACES_ZERO_GPU": "true",
        "SPACES_ZERO_DEVICE_API_URL": api.serve(),
        "ZEROGPU_PROC_SELF_CGROUP_PATH": str(cgroup),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
    }
    _prepare_torch()
    return api


def _no_bad_fork() -> bool:
    return False


def _prepare_torch() -> None:
    """Give a CPU's torch what the platform's emulation expects of a CUDA one, and a device to move weights to."""
    import bitsandbytes  # noqa: F401  (it looks for a CUDA library of the version below otherwise)
    import torch

    torch.set_num_threads(1)  # a forked process waits for ever for the threads that its parent computed with
    torch.version.cuda = "13.0"
    torch._C._cuda_init = lambda: None
    torch.cuda._is_in_bad_fork = _no_bad_fork  # the platform calls it in a process of its own: it must be picklable

    import spaces  # noqa: F401
    from spaces.zero import torch as platform

    platform.init = lambda _uuid: None
    platform.move = _move


def _move(callback: Any = None) -> None:
    """Do what the platform does in a new process: put the weights where the main process has placeholders."""
    from spaces.zero.torch import patching

    for fake, original in patching.cuda_aliases.items():
        if original is not None:
            fake.data = original
    for pack in patching.tensor_packs:
        _unpack(pack)


def _unpack(pack: types.SimpleNamespace) -> None:
    """Read the weights back that launching the page wrote to disk, each on a page of its own."""
    import torch

    content = bytearray(Path(pack.path()).read_bytes())
    offset = 0
    for tensor, size, aligned_size in [*(one for batch in pack.batches for one in batch), *pack.big_tensors]:
        stored = torch.frombuffer(content, dtype=torch.uint8, offset=offset, count=size).clone().untyped_storage()
        weights = torch.empty(0, dtype=tensor.dtype).set_(stored, 0, tensor.shape, tensor.stride())
        for fake in pack.fakes[tensor]:
            fake.data = weights
        offset += aligned_size
