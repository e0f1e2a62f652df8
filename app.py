"""Serves the page. ``python app.py``, or a Hugging Face Space."""

import contextlib
import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported

with contextlib.suppress(ImportError):
    import spaces  # noqa: F401  (a ZeroGPU Space has it, and there it must come before torch)

from rrm_ui.errors import BadInput
from rrm_ui.logs import configure_logging
from rrm_ui.model_host import ModelHost
from rrm_ui.model_source import NamedModels
from rrm_ui.server import serve
from rrm_ui.settings import get_settings, on_zero_gpu

try:
    settings = get_settings()
except BadInput as error:
    raise SystemExit(f"error: {error.message}") from error
configure_logging(settings)
models = NamedModels(settings)
# On ZeroGPU weights can be loaded before the launch only.
host = ModelHost(models.load_first, None if on_zero_gpu() else models)
if on_zero_gpu():
    host.load()  # here and now: the platform takes what the main thread has loaded when the page is launched

if __name__ == "__main__":
    if not on_zero_gpu():
        host.start()
    serve(host)
