"""Where the files that people upload lie, and how long."""

from __future__ import annotations

import logging
import os
import shutil
import time
from pathlib import Path

log = logging.getLogger(__name__)

LOOK_SECONDS = 3600
KEPT_SECONDS = 86400
"""A run has its comparisons in its own record by then."""


def keep_uploads_in(folder: Path) -> None:
    """Have Gradio keep uploads in ``folder`` from now on, unless its own variable names another.

    Gradio deletes what the running process was sent; what earlier ones left is deleted here.
    """
    if os.environ.setdefault("GRADIO_TEMP_DIR", str(folder)) != str(folder):
        return  # others may keep their files there
    oldest = time.time() - KEPT_SECONDS
    for place in folder.iterdir() if folder.is_dir() else ():
        try:
            if place.stat().st_mtime < oldest:
                shutil.rmtree(place) if place.is_dir() else place.unlink()
        except OSError as error:
            log.warning("An upload of an earlier day cannot be deleted: %s", error)
