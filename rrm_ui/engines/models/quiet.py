"""Libraries kept from writing over a terminal's progress line and a command's output."""

# mypy: allow-untyped-calls
# (transformers and bitsandbytes annotate only some of their functions)

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from transformers.utils import logging as transformers_logging

CHATTY_LOGGERS = ("bitsandbytes", "huggingface_hub", "httpx", "httpx2", "accelerate")


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silence progress bars and warnings of the model libraries while a model is made ready; errors still raise."""
    bars = transformers_logging.is_progress_bar_enabled()
    verbosity = transformers_logging.get_verbosity()
    levels = {name: logging.getLogger(name).level for name in CHATTY_LOGGERS}
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        transformers_logging.set_verbosity(verbosity)
        if bars:
            transformers_logging.enable_progress_bar()
