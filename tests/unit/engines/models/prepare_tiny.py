"""Prepares the tiny model in a process of its own, saying each step, so that a test can kill it at any of them.

Arguments: GGUF file, data folder, and the beginning of what is said at the step at which it is to be killed, if it is:
it waits there.
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


def say(progress: Progress) -> None:
    said = f"{progress.stage} {progress.done}"
    print(said, flush=True)
    if len(sys.argv) > 3 and said.startswith(sys.argv[3]):
        time.sleep(60)


def main() -> None:
    constants.HF_HUB_OFFLINE = True
    entry = tiny_entry(Path(sys.argv[1]))
    assert entry.gguf is not None
    settings = Settings(data_dir=Path(sys.argv[2]))
    print("ready", ready_checkpoint(entry, entry.gguf, Recipe(), settings, say), flush=True)


if __name__ == "__main__":
    main()
