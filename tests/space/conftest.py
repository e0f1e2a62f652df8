"""Scenarios on an emulated ZeroGPU Space, each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.space.emulation import FACTS

ROOT = Path(__file__).parents[2]
SECONDS = 600
"""Most time a scenario may take; on an idle machine it is half a minute."""


def run_driver(name: str, folder: Path) -> dict[str, Any]:
    """Run ``tests.space.<name>`` as a program and return the facts that it writes into ``folder``."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", ""))),
        "RRM_DATA_DIR": str(folder / "data"),
        "OMP_NUM_THREADS": "1",
    }
    printed = folder / "printed"
    with printed.open("wb") as output:
        # A session of its own, so that what the platform forked ends with it.
        program = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", f"tests.space.{name}", str(folder)],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code: int | str = program.wait(SECONDS)
        except subprocess.TimeoutExpired:
            code = f"no end after {SECONDS} s"
            program.send_signal(signal.SIGABRT)  # it prints where its threads are
            program.wait()
        finally:
            _end_session(program.pid)
            program.wait()
    assert code == 0, f"{name} ended with {code}:\n{printed.read_text(errors='replace')}"
    facts: dict[str, Any] = json.loads((folder / FACTS).read_text())
    return facts


def _end_session(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return  # nothing of it is left
