"""The page's own scripts, styles and texts: files of this package, read as they are."""

from __future__ import annotations

from importlib.resources import files


def read_static(name: str) -> str:
    """Return the text of the file ``name`` in ``static/``."""
    return files("rrm_ui.ui").joinpath("static", *name.split("/")).read_text(encoding="utf-8")
