"""Prepares the tiny model in a process of its own, saying each step, so that a test can kill it at any of them.

Arguments: GGUF file, data folder. A pause after each step leaves the time to be killed at just that one.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from huggingface_hub import constants

from rrm_ui.engines.models.build import ready_checkpoint
from rrm_ui.engines.models.checkpoint import Recipe
from rrm_ui.progress import Progress
from rrm_ui.settings import Settings
from tests.unit.engines.models.tiny import tiny_entry

PAUSE_SECONDS = 0.02


def say(progress: Progress) -> None:
    print(progress.stage, progress.done, flush=True)
    time.sleep(PAUSE_SECONDS)


def main() -> None:
    constants.HF_HUB_OFFLINE = True
    entry = tiny_entry(Path(sys.argv[1]))
    assert entry.gguf is not None
    settings = Settings(data_dir=Path(sys.argv[2]))
    print("ready", ready_checkpoint(entry, entry.gguf, Recipe(), settings, say), flush=True)


if __name__ == "__main__":
    main()
