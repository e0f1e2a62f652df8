"""Serves the page. ``python app.py``, or a Hugging Face Space."""

import contextlib
import logging
import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

with contextlib.suppress(ImportError):
    import spaces  # noqa: F401  (a ZeroGPU Space has it, and there it must come before torch)

from rrm_ui.assembly import load_judge_model
from rrm_ui.model_host import ModelHost
from rrm_ui.server import serve
from rrm_ui.settings import get_settings, on_zero_gpu

settings = get_settings()
logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
logging.getLogger("httpx").setLevel(logging.WARNING)  # a line per request otherwise
host = ModelHost(lambda report: load_judge_model(settings, report))
if on_zero_gpu():
    host.load()  # here and now: the platform takes what the main thread has loaded when the page is launched

if __name__ == "__main__":
    if not on_zero_gpu():
        host.start()
    serve(host)
